//! Digests of many files, made beside the reading.

use std::{
    collections::BTreeMap,
    sync::mpsc::{SyncSender, sync_channel},
    thread::{self, JoinHandle},
};

use sha2::{Digest, Sha256};

use crate::bag::Digest32;

/// Files up to here are digested where they are read: handing them over would take longer.
const SMALL: u64 = 32 * 1024;
/// How many threads digest beside the one that reads.
const THREADS: usize = 2;
/// How many pieces may wait for one of them.
const WAITING: usize = 8;

/// Digests under way, a file after the other.
#[derive(Default)]
pub(super) struct Digests {
    /// Of small files; the rest comes from the threads.
    done: Vec<Digest32>,
    small: Option<Sha256>,
    threads: Vec<Thread>,
    next: usize,
}

struct Thread {
    to: SyncSender<Job>,
    running: JoinHandle<BTreeMap<usize, Digest32>>,
}

enum Job {
    Bytes(Vec<u8>),
    End(usize),
}

impl Digests {
    /// A file of that size begins.
    pub(super) fn begin(&mut self, size: u64) {
        self.done.push(Digest32::default());
        self.small = (size <= SMALL).then(Sha256::new);
        if self.small.is_some() {
            return;
        }
        if self.threads.is_empty() {
            self.threads = (0..THREADS).filter_map(|_| Thread::start()).collect();
        }
        if self.threads.is_empty() {
            // no thread is to be had: then here
            self.small = Some(Sha256::new());
        }
        self.next += 1;
    }

    /// Its next bytes.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        match &mut self.small {
            Some(sha) => sha.update(bytes),
            None => self.send(Job::Bytes(bytes.to_vec())),
        }
    }

    /// It is over.
    pub(super) fn end(&mut self) {
        match (self.small.take(), self.done.len().checked_sub(1)) {
            (Some(sha), Some(last)) => self.done[last] = sha.finalize().into(),
            (None, Some(last)) => self.send(Job::End(last)),
            (_, None) => {}
        }
    }

    /// Of every file, in the order in which they came.
    pub(super) fn finish(self) -> Vec<Digest32> {
        let mut done = self.done;
        for thread in self.threads {
            drop(thread.to);
            // a panic there is one here
            let digests = thread
                .running
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            for (at, digest) in digests {
                done[at] = digest;
            }
        }
        done
    }

    fn send(&self, job: Job) {
        let thread = self.threads.get(self.next % self.threads.len().max(1));
        if let Some(thread) = thread {
            // it listens until this end is gone
            let _ = thread.to.send(job);
        }
    }
}

impl Thread {
    fn start() -> Option<Self> {
        let (to, from) = sync_channel(WAITING);
        let work = move || {
            let mut done = BTreeMap::new();
            let mut sha = Sha256::new();
            for job in from {
                match job {
                    Job::Bytes(bytes) => sha.update(&bytes),
                    Job::End(at) => {
                        let digest: Digest32 = std::mem::take(&mut sha).finalize().into();
                        done.insert(at, digest);
                    }
                }
            }
            done
        };
        let running = thread::Builder::new()
            .name("digest".to_owned())
            .spawn(work)
            .ok()?;
        Some(Self { to, running })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_come_in_the_order_of_the_files_whatever_their_size() {
        let files: Vec<Vec<u8>> = [0, 1, 40_000, 70_000, 5, 33_000, 0, 200_000]
            .iter()
            .map(|size| vec![7; *size])
            .collect();
        let mut digests = Digests::default();
        for file in &files {
            digests.begin(u64::try_from(file.len()).unwrap());
            for piece in file.chunks(10_000) {
                digests.bytes(piece);
            }
            digests.end();
        }
        let expected: Vec<Digest32> = files
            .iter()
            .map(|file| Sha256::digest(file).into())
            .collect();
        assert_eq!(digests.finish(), expected);
    }
}

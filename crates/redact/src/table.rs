//! Separated values, whose first line names the columns.

use crate::shapes::{Column, Hit, Page, Stop};

/// Where a table has got to.
pub(crate) struct Table {
    personal: bool,
    delimiter: u8,
    /// For each column what its name promises; empty before the first line was read.
    columns: Vec<Option<Column>>,
    /// Nothing is to be left out by column.
    idle: bool,
    at: u64,
    column: usize,
}

impl Table {
    pub(crate) fn new(personal: bool) -> Self {
        Self {
            personal,
            delimiter: b',',
            columns: Vec::new(),
            idle: false,
            at: 0,
            column: 0,
        }
    }

    /// Looks at the fields that begin before `to`.
    pub(crate) fn look(&mut self, page: Page<'_>, base: u64, to: usize, hits: &mut Vec<Hit>) {
        if self.idle {
            return;
        }
        let text = page.text;
        let mut at = usize::try_from(self.at.saturating_sub(base)).unwrap_or(usize::MAX);
        if self.columns.is_empty() {
            at = self.head(text);
            self.idle = self.columns.iter().all(Option::is_none);
        }
        while at < to && !self.idle {
            let (start, end, next) = self.field(text, at);
            if let Some(Some(column)) = self.columns.get(self.column) {
                let mut hit = column.hit(text, start, end);
                if let Some(hit) = hit.as_mut().filter(|_| end == text.len() && !page.last) {
                    hit.open = Some(Stop::Line);
                }
                hits.extend(hit);
            }
            let ended = next > 0 && text.get(next - 1) == Some(&b'\n');
            self.column = if ended { 0 } else { self.column + 1 };
            at = next;
        }
        self.at = base + at as u64;
    }

    /// Reads the first line.
    fn head(&mut self, text: &[u8]) -> usize {
        let line = memchr::memchr(b'\n', text).unwrap_or(text.len());
        let count = |sign: u8| memchr::memchr_iter(sign, &text[..line]).count();
        let most = [b'\t', b';', b'|', b',']
            .into_iter()
            .max_by_key(|sign| count(*sign));
        self.delimiter = most.unwrap_or(b',');
        let mut at = 0;
        while at <= line && at < text.len() {
            let (start, end, next) = self.field(text, at);
            let name = text[start..end]
                .strip_prefix(b"\xef\xbb\xbf")
                .unwrap_or(&text[start..end]);
            self.columns
                .push(Column::named(name.trim_ascii(), self.personal));
            at = next;
        }
        if self.columns.is_empty() {
            self.idle = true;
        }
        at
    }

    /// The field at `at`: its text, and where the next one begins.
    fn field(&self, text: &[u8], at: usize) -> (usize, usize, usize) {
        if text.get(at) != Some(&b'"') {
            let found = memchr::memchr2(self.delimiter, b'\n', &text[at..]);
            let end = found.map_or(text.len(), |found| at + found);
            let trimmed = if end > at && text[end - 1] == b'\r' {
                end - 1
            } else {
                end
            };
            return (at, trimmed, (end + 1).min(text.len().max(end)));
        }
        let mut end = at + 1;
        while let Some(found) = memchr::memchr(b'"', &text[end.min(text.len())..]) {
            end += found;
            if text.get(end + 1) != Some(&b'"') {
                let rest = memchr::memchr2(self.delimiter, b'\n', &text[end..]);
                return (at + 1, end, rest.map_or(text.len(), |rest| end + rest + 1));
            }
            end += 2;
        }
        (at + 1, text.len(), text.len())
    }
}

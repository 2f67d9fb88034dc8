//! Which step comes before which: the graph of `after` edges.

use std::collections::HashMap;

use crate::{document::Runbook, plan::StepId};

/// The edges of a runbook, and what follows from them.
pub(crate) struct Order {
    index: HashMap<StepId, usize>,
    /// `before[a][b]`: `b` has ended before `a` starts.
    before: Vec<Vec<bool>>,
    /// Steps that wait for themselves, directly or through others.
    circular: Vec<bool>,
}

impl Order {
    pub(crate) fn of(runbook: &Runbook) -> Self {
        let steps = &runbook.steps;
        let mut index = HashMap::new();
        for (at, step) in steps.iter().enumerate() {
            index.entry(step.id().clone()).or_insert(at);
        }
        let mut before = vec![vec![false; steps.len()]; steps.len()];
        for (start, ended) in before.iter_mut().enumerate() {
            let mut todo = vec![start];
            while let Some(at) = todo.pop() {
                for earlier in steps[at].after.iter().filter_map(|id| index.get(id)) {
                    if !std::mem::replace(&mut ended[*earlier], true) {
                        todo.push(*earlier);
                    }
                }
            }
        }
        let circular = (0..steps.len()).map(|at| before[at][at]).collect();
        Self {
            index,
            before,
            circular,
        }
    }

    /// The first step of this id.
    pub(crate) fn position(&self, id: &StepId) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// Whether step `earlier` has ended before step `later` starts.
    pub(crate) fn precedes(&self, earlier: usize, later: usize) -> bool {
        self.before[later][earlier]
    }

    /// Whether a step waits for itself.
    pub(crate) fn circles(&self, step: usize) -> bool {
        self.circular[step]
    }

    /// Whether a step waits for one that waits for itself.
    pub(crate) fn waits_for_a_circle(&self, step: usize) -> bool {
        (0..self.circular.len())
            .any(|earlier| self.precedes(earlier, step) && self.circles(earlier))
    }

    /// Whether two steps each wait for the other.
    pub(crate) fn share_a_circle(&self, one: usize, other: usize) -> bool {
        self.precedes(one, other) && self.precedes(other, one)
    }

    /// Whether the edge from `earlier` to step `later` is there and closes no circle.
    pub(crate) fn holds(&self, earlier: &StepId, later: usize) -> bool {
        self.position(earlier)
            .is_some_and(|earlier| earlier != later && !self.share_a_circle(earlier, later))
    }
}

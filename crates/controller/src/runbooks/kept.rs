//! Remarks in a document that keep a warning: `# keep RULE: why`, in the lines of remarks right
//! above what is warned of.
//!
//! A refusal cannot be kept.

/// What stands for the reason in a remark that is about to be written.
const REASON: &str = "REASON";

/// A document's lines, for finding remarks among them.
pub(super) struct Remarks<'a> {
    lines: Vec<&'a str>,
    text: &'a str,
}

impl<'a> Remarks<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            lines: text.lines().collect(),
            text,
        }
    }

    /// Why the person keeps what `rule` warns of in `line`, counted from 1.
    pub(super) fn reason(&self, rule: &str, line: usize) -> Option<&'a str> {
        self.lines[..line.saturating_sub(1).min(self.lines.len())]
            .iter()
            .rev()
            .map(|above| above.trim())
            .take_while(|above| above.starts_with('#'))
            .find_map(|above| reason_in(above, rule))
    }

    /// The whole text with a remark above `line` that keeps what `rule` warns of there.
    pub(super) fn with(&self, rule: &str, line: usize) -> String {
        let at = self.start_of(line);
        let indent = self
            .lines
            .get(line.saturating_sub(1))
            .map_or("", |line| &line[..line.len() - line.trim_start().len()]);
        format!(
            "{}{indent}# keep {rule}: {REASON}\n{}",
            &self.text[..at],
            &self.text[at..]
        )
    }

    /// The byte at which `line` begins.
    fn start_of(&self, line: usize) -> usize {
        self.text
            .split_inclusive('\n')
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum()
    }
}

/// The reason, if `remark` keeps `rule` and gives one.
fn reason_in<'a>(remark: &'a str, rule: &str) -> Option<&'a str> {
    let reason = remark
        .trim_start_matches('#')
        .trim_start()
        .strip_prefix("keep ")?
        .trim_start()
        .strip_prefix(rule)?
        .trim_start()
        .strip_prefix(':')?
        .trim();
    (!reason.is_empty() && reason != REASON).then_some(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "id = \"x\"\n\n# about\n# keep no-phone: I am the desk\n[[step]]\nid = 1\n";

    #[test]
    fn a_remark_right_above_keeps_its_own_rule_and_no_other() {
        let remarks = Remarks::of(TEXT);
        assert_eq!(remarks.reason("no-phone", 5), Some("I am the desk"));
        assert_eq!(remarks.reason("one-chain", 5), None);
        assert_eq!(remarks.reason("no-phone", 6), None);
        assert_eq!(remarks.reason("no-phone", 1), None);
        assert_eq!(remarks.reason("no-phone", 99), None);
    }

    #[test]
    fn a_remark_without_a_reason_keeps_nothing() {
        for remark in [
            "# keep no-phone:",
            "# keep no-phone: REASON",
            "# keep no-phone",
            "# keep no-phone-at-all: x",
        ] {
            let text = format!("{remark}\n[[step]]\n");
            assert_eq!(Remarks::of(&text).reason("no-phone", 2), None, "{remark}");
        }
    }

    #[test]
    fn a_remark_is_put_above_its_line_and_works_once_a_reason_is_given() {
        let text = "a = 1\n  b = 2\n";
        let kept = Remarks::of(text).with("one-chain", 2);
        assert_eq!(kept, "a = 1\n  # keep one-chain: REASON\n  b = 2\n");
        let reasoned = kept.replace(REASON, "it is short");
        let reason = Remarks::of(&reasoned).reason("one-chain", 3);
        assert_eq!(reason, Some("it is short"));
    }
}

//! What a file in a bundle may be called: the same rule when it is packed and when it is checked.

/// The longest path, in bytes.
const MAX_PATH: usize = 240;

/// Whether `path` is plain on every system: relative, of ASCII letters, digits, `.`, `_` and `-`,
/// segments joined by `/`, none of which begins or ends with a dot.
pub(crate) fn is_plain_path(path: &str) -> bool {
    path.len() <= MAX_PATH && path.split('/').all(is_plain_segment)
}

/// Whether `segment` is one plain piece of a path.
pub(crate) fn is_plain_segment(segment: &str) -> bool {
    !segment.is_empty()
        && segment.len() <= MAX_PATH
        && !segment.starts_with('.')
        && !segment.ends_with('.')
        && segment
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
        && !is_device(segment)
}

/// Whether Windows takes it for a device, whatever its extension.
fn is_device(segment: &str) -> bool {
    let stem = segment.split('.').next().unwrap_or(segment);
    let stem = stem.to_ascii_lowercase();
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
        || (stem.len() == 4
            && (stem.starts_with("com") || stem.starts_with("lpt"))
            && stem.as_bytes()[3].is_ascii_digit())
}

/// Text of unknown origin as it may stand in a sentence: one line, bounded, no control characters.
pub(crate) fn shown(text: &str) -> String {
    let clean = door::clean(text);
    if clean.is_empty() {
        "(nothing)".to_owned()
    } else {
        clean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leaves_the_folder_or_hides_is_not_plain() {
        for path in [
            "",
            "/a",
            "a/",
            "a//b",
            "..",
            "a/../b",
            ".",
            "a/.b",
            "a.",
            "a\\b",
            "C:a",
            "a b",
            "a\n",
            "nul",
            "NUL.txt",
            "a/com1.log",
            "é",
            "a%0Ab",
            "~a",
        ] {
            assert!(!is_plain_path(path), "{path:?}");
        }
        for path in [
            "bagit.txt",
            "data/20-captures/00001-main-tws-open_orders.json",
            "a/com.txt",
        ] {
            assert!(is_plain_path(path), "{path:?}");
        }
        assert!(!is_plain_path(&"a".repeat(241)));
    }
}

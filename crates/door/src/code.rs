//! The one-time code of an authenticator.

use zeroize::Zeroizing;

/// A code that a person typed. It cannot be printed, cloned or written, and its memory is
/// overwritten when it is dropped.
///
/// ```compile_fail,E0277
/// fn takes<T: std::fmt::Debug>() {}
/// takes::<door::Code>();
/// ```
pub struct Code(Zeroizing<String>);

impl Code {
    /// The most characters that a code has.
    pub const AT_MOST: usize = 64;

    /// From what was typed: blanks are left out. `None` when it is no code at all.
    pub fn typed(text: &str) -> Option<Self> {
        let code = Zeroizing::new(
            text.chars()
                .filter(|c| !c.is_whitespace())
                .collect::<String>(),
        );
        let good = !code.is_empty()
            && code.len() <= Self::AT_MOST
            && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        good.then_some(Self(code))
    }

    /// A second one, where a venue's doors each ask for it.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    /// The code itself. Hand it to the wire, and to nothing that keeps or prints it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_taken_as_people_type_it_and_anything_else_is_not() {
        assert_eq!(Code::typed(" 123 456\n").unwrap().expose(), "123456");
        for bad in ["", "  ", "12;34", &"1".repeat(65)] {
            assert!(Code::typed(bad).is_none(), "{bad:?}");
        }
    }
}

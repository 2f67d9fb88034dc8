//! The one type that a secret has.

use zeroize::Zeroizing;

/// A password, key or token. It can be read in one way only, and its memory is overwritten when it
/// is dropped.
///
/// ```
/// let secret = vault::Secret::new("sesame".to_owned());
/// assert_eq!(secret.expose(), "sesame");
/// ```
///
/// It cannot be cloned:
///
/// ```compile_fail,E0277
/// fn takes<T: Clone>() {}
/// takes::<vault::Secret>();
/// ```
///
/// nor printed for debugging:
///
/// ```compile_fail,E0277
/// fn takes<T: std::fmt::Debug>() {}
/// takes::<vault::Secret>();
/// ```
///
/// nor shown:
///
/// ```compile_fail,E0277
/// fn takes<T: std::fmt::Display>() {}
/// takes::<vault::Secret>();
/// ```
///
/// nor serialised:
///
/// ```compile_fail,E0277
/// fn takes<T: serde::Serialize>() {}
/// takes::<vault::Secret>();
/// ```
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes over `text`; the same memory holds it until it is overwritten.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// A second secret with the same text, where two owners are truly needed.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    /// The text itself. Hand it to the wire, and to nothing that keeps or prints it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// From a keychain's bytes, which are UTF-8 if Firebreak wrote them. Bytes that are not are
    /// overwritten.
    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        match String::from_utf8(bytes) {
            Ok(text) => Some(Self::new(text)),
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                None
            }
        }
    }
}

//! One run's evidence: packed, signed, reported, and checked by anyone.
//!
//! A bundle holds what was captured, byte for byte, and is never edited. Checking one needs no
//! keychain and no network, unpacks nothing, and believes nothing that it has not checked. All
//! functions here block on the disk.

pub mod acts;
mod archive;
mod bag;
mod bundle;
pub mod case;
mod error;
mod guide;
mod name;
pub mod report;
mod seal;
mod source;
mod story;
mod verify;

pub use bundle::{Bundle, Contents, Existing, Export, Phase, Progress, contents, report};
pub use error::EvidenceError;
pub use seal::{BundleKey, NAMESPACE};
pub use verify::{Check, CheckKind, Outcome, Verification, verify};

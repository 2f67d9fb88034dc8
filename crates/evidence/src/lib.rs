//! One run's evidence: packed, signed, reported, and checked by anyone.
//!
//! A bundle holds what was captured, byte for byte or as a derived copy that says so; no original is
//! ever edited. Checking one needs no keychain and no network, unpacks nothing, and believes nothing
//! that it has not checked. All functions here block on the disk.

pub mod acts;
mod archive;
mod bag;
mod bundle;
pub mod case;
mod chain;
mod encrypt;
mod error;
mod guide;
mod handover;
mod name;
mod pack;
pub mod report;
mod seal;
mod source;
mod stamp;
mod story;
mod verify;
mod volumes;
mod withhold;

pub use bundle::{
    Bundle, CaseHead, Contents, Existing, Export, Phase, Preview, Progress, WrittenFile, contents,
    preview, report,
};
pub use encrypt::{Opener, Recipient};
pub use error::EvidenceError;
pub use handover::{Handover, Lock, SMALLEST_VOLUME};
pub use seal::{BundleKey, NAMESPACE};
pub use stamp::{Stamped, Stamper, Stamping, request as stamp_request};
pub use verify::{Check, CheckKind, Outcome, StampSeen, Verification, verify, verify_opened};
pub use withhold::{NotSearched, Original, Redacted, Withholding};

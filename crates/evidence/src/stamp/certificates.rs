//! The certificates that a time stamp brings: whose they are, and what they may do.

use cms::{
    cert::CertificateChoices,
    signed_data::{SignedData, SignerIdentifier},
};
use der::{Decode as _, Encode as _, EncodePem as _, oid::ObjectIdentifier, pem::LineEnding};
use jiff::Timestamp;
use x509_cert::{
    Certificate,
    ext::{
        Extension,
        pkix::{ExtendedKeyUsage, SubjectKeyIdentifier},
    },
    time::Time,
};

use super::{answer::unreadable, signature};

const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
const SUBJECT_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
/// The most certificates that an answer may bring.
const MAX_CERTIFICATES: usize = 16;

/// The certificates of one answer.
pub(super) struct Certificates(Vec<Certificate>);

impl Certificates {
    pub(super) fn of(signed: &SignedData) -> Result<Self, String> {
        let brought = signed.certificates.as_ref();
        let brought = brought.map_or(&[][..], |all| all.0.as_slice());
        if brought.len() > MAX_CERTIFICATES {
            return Err("the time stamp brings too many certificates".to_owned());
        }
        let plain = brought.iter().filter_map(|one| match one {
            CertificateChoices::Certificate(certificate) => Some(certificate.clone()),
            CertificateChoices::Other(_) => None,
        });
        Ok(Self(plain.collect()))
    }

    pub(super) fn of_signer(&self, signer: &SignerIdentifier) -> Option<&Certificate> {
        self.0.iter().find(|one| match signer {
            SignerIdentifier::IssuerAndSerialNumber(named) => {
                one.tbs_certificate.issuer == named.issuer
                    && one.tbs_certificate.serial_number == named.serial_number
            }
            SignerIdentifier::SubjectKeyIdentifier(key) => {
                subject_key(one).is_some_and(|own| own == *key)
            }
        })
    }

    /// RFC 3161, section 2.3: for time stamps alone, and critical; and valid when it signed.
    pub(super) fn may_stamp(certificate: &Certificate, at: Timestamp) -> Result<(), String> {
        let usage = extension(certificate, EXTENDED_KEY_USAGE)
            .filter(|usage| usage.critical)
            .and_then(|usage| ExtendedKeyUsage::from_der(usage.extn_value.as_bytes()).ok());
        if usage.is_none_or(|usage| usage.0 != [TIME_STAMPING]) {
            return Err(
                "the certificate that signed it is not one for time stamps alone".to_owned(),
            );
        }
        let validity = &certificate.tbs_certificate.validity;
        if at < instant(validity.not_before)? || at > instant(validity.not_after)? {
            return Err("the certificate that signed it was not valid then".to_owned());
        }
        Ok(())
    }

    /// `certificate` and those that vouch for it, as far as they were brought and are good.
    pub(super) fn chain<'a>(&'a self, certificate: &'a Certificate) -> Vec<&'a Certificate> {
        let mut chain = vec![certificate];
        while let Some(last) = chain.last().copied() {
            let next = self.0.iter().find(|one| {
                one.tbs_certificate.subject == last.tbs_certificate.issuer
                    && !chain.contains(one)
                    && vouches(one, last)
            });
            let Some(next) = next else { break };
            chain.push(next);
        }
        chain
    }

    /// The chain, then all others, as PEM.
    pub(super) fn pem(&self, chain: &[&Certificate]) -> Result<String, String> {
        let others = self.0.iter().filter(|one| !chain.contains(one));
        chain
            .iter()
            .copied()
            .chain(others)
            .map(|one| one.to_pem(LineEnding::LF).map_err(unreadable))
            .collect()
    }
}

/// When a certificate's time is over.
pub(super) fn expires(certificate: &Certificate) -> Result<Timestamp, String> {
    instant(certificate.tbs_certificate.validity.not_after)
}

fn vouches(by: &Certificate, of: &Certificate) -> bool {
    let (Ok(message), Some(signature)) = (of.tbs_certificate.to_der(), of.signature.as_bytes())
    else {
        return false;
    };
    signature::check(
        &by.tbs_certificate.subject_public_key_info,
        (&of.signature_algorithm, None),
        &message,
        signature,
    )
    .is_ok()
}

fn extension(certificate: &Certificate, oid: ObjectIdentifier) -> Option<&Extension> {
    let all = certificate.tbs_certificate.extensions.as_ref()?;
    all.iter().find(|one| one.extn_id == oid)
}

fn subject_key(certificate: &Certificate) -> Option<SubjectKeyIdentifier> {
    let extension = extension(certificate, SUBJECT_KEY)?;
    SubjectKeyIdentifier::from_der(extension.extn_value.as_bytes()).ok()
}

fn instant(time: Time) -> Result<Timestamp, String> {
    i64::try_from(time.to_unix_duration().as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or_else(|| "a certificate's time cannot be read".to_owned())
}

#[cfg(test)]
mod tests {
    use der::DecodePem as _;

    use super::*;

    #[test]
    fn only_a_certificate_for_time_stamps_alone_may_stamp() {
        let at = "2030-01-01T00:00:00Z".parse().unwrap();
        let may = |pem: &str| {
            let certificate = Certificate::from_pem(pem).unwrap();
            Certificates::may_stamp(&certificate, at)
        };
        assert_eq!(may(include_str!("fixtures/stamps.pem")), Ok(()));
        for pem in [
            include_str!("fixtures/not-critical.pem"),
            include_str!("fixtures/more-uses.pem"),
        ] {
            let why = may(pem).unwrap_err();
            assert!(why.contains("for time stamps alone"), "{why}");
        }
    }

    #[test]
    fn a_certificate_stamps_only_within_its_time() {
        let certificate = Certificate::from_pem(include_str!("fixtures/stamps.pem")).unwrap();
        let why = Certificates::may_stamp(&certificate, "2020-01-01T00:00:00Z".parse().unwrap());
        assert!(why.unwrap_err().contains("not valid then"));
    }
}

//! An authority's answer, read and checked (RFC 3161, section 2.4.2; RFC 5652, section 5).

use cms::{
    content_info::ContentInfo,
    signed_data::{SignedData, SignerInfo},
};
use der::{
    Any, Decode as _, Encode as _, Sequence, Tag, Tagged as _,
    asn1::{Int, OctetString},
    oid::ObjectIdentifier,
};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use x509_cert::{Certificate, attr::Attribute, ext::Extensions};

use super::{Imprint, MAX_ANSWER, SHA_256, certificates::Certificates, signature::Hash};
use crate::name::shown;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const STAMP_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
/// RFC 2634, section 5.4, and RFC 5035, section 3.
const SIGNING_CERTIFICATE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_2: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// What a good answer says.
pub(crate) struct Answer {
    /// When, by the authority's clock.
    pub(crate) at: Timestamp,
    /// Whose certificate signed it.
    pub(crate) authority: String,
    /// Who stands at the end of the chain that it brought.
    pub(crate) vouched_by: String,
    /// When the certificate that signed it expires.
    pub(crate) expires: Timestamp,
    /// The certificates that it brought, as PEM, the signing one first.
    pub(crate) chain: String,
}

/// `TimeStampResp`.
#[derive(Clone, Debug, Eq, PartialEq, Sequence)]
struct Response {
    status: Status,
    #[asn1(optional = "true")]
    token: Option<ContentInfo>,
}

/// `PKIStatusInfo`.
#[derive(Clone, Debug, Eq, PartialEq, Sequence)]
struct Status {
    code: u8,
    #[asn1(optional = "true")]
    words: Option<Vec<Any>>,
    #[asn1(optional = "true")]
    failure: Option<der::asn1::BitString>,
}

/// `TSTInfo`. What comes behind the nonce is not used.
#[derive(Clone, Debug, Eq, PartialEq, Sequence)]
struct Info {
    version: u8,
    policy: ObjectIdentifier,
    imprint: Imprint,
    serial: Int,
    /// May have fractions of a second.
    time: Any,
    #[asn1(optional = "true")]
    accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    ordering: bool,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    authority: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

#[derive(Clone, Debug, Eq, PartialEq, Sequence)]
struct Accuracy {
    #[asn1(optional = "true")]
    seconds: Option<u64>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    millis: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    micros: Option<u16>,
}

/// Checks that `response` is a stamp of `digest`, and that it answers the request with `nonce`,
/// where one is given.
pub(crate) fn read(
    response: &[u8],
    digest: [u8; 32],
    nonce: Option<&[u8]>,
) -> Result<Answer, String> {
    if response.len() > MAX_ANSWER {
        return Err("the answer is larger than any time stamp".to_owned());
    }
    let signed = token(response)?;
    let content = content(&signed)?;
    let info = Info::from_der(content).map_err(unreadable)?;
    if info.imprint.algorithm.oid != SHA_256 || info.imprint.digest.as_bytes() != digest {
        return Err("the time stamp is of something else".to_owned());
    }
    if nonce.is_some() && info.nonce.as_ref().map(Int::as_bytes) != nonce {
        return Err("the time stamp answers another request".to_owned());
    }
    let at = time(&info.time)?;
    let [signer] = signed.signer_infos.0.as_slice() else {
        return Err("the time stamp is not signed by exactly one".to_owned());
    };
    let certificates = Certificates::of(&signed)?;
    let certificate = certificates
        .of_signer(&signer.sid)
        .ok_or("the time stamp does not bring the certificate that signed it")?;
    signed_by(signer, content, certificate)?;
    Certificates::may_stamp(certificate, at)?;
    let chain = certificates.chain(certificate);
    Ok(Answer {
        at,
        authority: shown(&certificate.tbs_certificate.subject.to_string()),
        vouched_by: chain.last().map_or_else(String::new, |last| {
            shown(&last.tbs_certificate.issuer.to_string())
        }),
        expires: super::certificates::expires(certificate)?,
        chain: certificates.pem(&chain)?,
    })
}

fn token(response: &[u8]) -> Result<SignedData, String> {
    let response = Response::from_der(response).map_err(unreadable)?;
    // granted, or granted with changes, which the other checks judge
    if response.status.code > 1 {
        let words = response.status.words.unwrap_or_default();
        let words: Vec<String> = words
            .iter()
            .map(|word| shown(&String::from_utf8_lossy(word.value())))
            .collect();
        return Err(format!(
            "the authority refused (status {}) {}",
            response.status.code,
            words.join("; ")
        )
        .trim_end()
        .to_owned());
    }
    let token = response.token.ok_or("the answer brings no time stamp")?;
    if token.content_type != SIGNED_DATA {
        return Err("the time stamp is not signed".to_owned());
    }
    let bytes = token.content.to_der().map_err(unreadable)?;
    SignedData::from_der(&bytes).map_err(unreadable)
}

fn content(signed: &SignedData) -> Result<&[u8], String> {
    let inside = &signed.encap_content_info;
    match &inside.econtent {
        Some(content)
            if inside.econtent_type == STAMP_INFO && content.tag() == Tag::OctetString =>
        {
            Ok(content.value())
        }
        Some(_) | None => Err("what is signed is no time stamp".to_owned()),
    }
}

/// Whether the holder of `certificate` signed `content` (RFC 5652, section 5.4).
fn signed_by(signer: &SignerInfo, content: &[u8], certificate: &Certificate) -> Result<(), String> {
    let hash = Hash::of(&signer.digest_alg.oid)
        .ok_or("the time stamp is made with a digest other than SHA-256, SHA-384 or SHA-512")?;
    let attributes = signer
        .signed_attrs
        .as_ref()
        .ok_or("the time stamp signs no attributes")?;
    let only = |oid: ObjectIdentifier| {
        let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
        let first = found.next()?;
        found.next().is_none().then_some(first).and_then(value)
    };
    let kind =
        only(CONTENT_TYPE).and_then(|value| ObjectIdentifier::from_der(&value.to_der().ok()?).ok());
    if kind != Some(STAMP_INFO) {
        return Err("the signature is for something else than a time stamp".to_owned());
    }
    let digest = only(MESSAGE_DIGEST)
        .and_then(|value| OctetString::from_der(&value.to_der().ok()?).ok())
        .ok_or("the signature names no digest")?;
    if digest.as_bytes() != hash.digest(content) {
        return Err("the signature is of another time stamp".to_owned());
    }
    names(
        certificate,
        only(SIGNING_CERTIFICATE),
        only(SIGNING_CERTIFICATE_2),
    )?;
    let message = attributes.to_der().map_err(unreadable)?;
    super::signature::check(
        &certificate.tbs_certificate.subject_public_key_info,
        (&signer.signature_algorithm, Some(hash)),
        &message,
        signer.signature.as_bytes(),
    )
}

/// The one value of an attribute.
fn value(attribute: &Attribute) -> Option<&Any> {
    let [value] = attribute.values.as_slice() else {
        return None;
    };
    Some(value)
}

/// Whether what is signed names the certificate that signed it, as RFC 3161 asks.
fn names(
    certificate: &Certificate,
    first: Option<&Any>,
    second: Option<&Any>,
) -> Result<(), String> {
    let whole = certificate.to_der().map_err(unreadable)?;
    let named = match (first, second) {
        (_, Some(value)) => named_2(value, &whole),
        (Some(value), None) => named_1(value, &whole),
        (None, None) => None,
    };
    if named == Some(true) {
        Ok(())
    } else {
        Err("the time stamp does not name the certificate that signed it".to_owned())
    }
}

/// `ESSCertID`: SHA-1 of the certificate, then whose it is.
fn named_1(value: &Any, certificate: &[u8]) -> Option<bool> {
    let ids = Vec::<Any>::from_der(&value.to_der().ok()?).ok()?;
    let first = Vec::<Any>::from_der(&ids.first()?.to_der().ok()?).ok()?;
    let id = Vec::<Any>::from_der(&first.first()?.to_der().ok()?).ok()?;
    let sha1 = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, certificate);
    Some(id.first()?.value() == sha1.as_ref())
}

/// `ESSCertIDv2`: the digest's algorithm where it is not SHA-256, the digest, then whose it is.
fn named_2(value: &Any, certificate: &[u8]) -> Option<bool> {
    let ids = Vec::<Any>::from_der(&value.to_der().ok()?).ok()?;
    let first = Vec::<Any>::from_der(&ids.first()?.to_der().ok()?).ok()?;
    let id = Vec::<Any>::from_der(&first.first()?.to_der().ok()?).ok()?;
    let (hash, digest) = match id.as_slice() {
        [digest, ..] if digest.tag() == Tag::OctetString => (Hash::Sha256, digest),
        [algorithm, digest, ..] => {
            let parts = Vec::<Any>::from_der(&algorithm.to_der().ok()?).ok()?;
            let oid = ObjectIdentifier::from_der(&parts.first()?.to_der().ok()?).ok()?;
            (Hash::of(&oid)?, digest)
        }
        [] | [_] => return None,
    };
    Some(digest.value() == hash.digest(certificate))
}

/// `GeneralizedTime` in UTC, with fractions where there are any.
fn time(value: &Any) -> Result<Timestamp, String> {
    let read = || {
        let text = std::str::from_utf8(value.value()).ok()?.strip_suffix('Z')?;
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if value.tag() != Tag::GeneralizedTime
            || whole.len() != 14
            || fraction.len() > 9
            || !digits(whole)
            || !digits(fraction)
        {
            return None;
        }
        let at = DateTime::strptime("%Y%m%d%H%M%S", whole).ok()?;
        let nanos: i32 = format!("{fraction:0<9}").parse().ok()?;
        let at = at.with().subsec_nanosecond(nanos).build().ok()?;
        TimeZone::UTC.to_timestamp(at).ok()
    };
    read().ok_or_else(|| "the time stamp's time cannot be read".to_owned())
}

pub(super) fn unreadable(error: der::Error) -> String {
    format!("the answer is no time stamp ({error})")
}

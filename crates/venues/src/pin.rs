//! TLS to the Client Portal gateway: its self-signed certificate is trusted by fingerprint alone.
//!
//! Without a fingerprint nothing is trusted. Signatures of the handshake are checked in any case.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use door::{DoorError, ErrorClass};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use sha2::{Digest, Sha256};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::TlsConnector;

use crate::{
    config::{Address, Fingerprint},
    config_error::ConfigError,
};

/// How long a gateway may take to show its certificate.
const SHOWS_WITHIN: Duration = Duration::from_secs(5);

/// The fingerprint of the certificate that the gateway at `address` shows, to compare and to pin.
///
/// Nothing is sent but the beginning of a handshake, which is then broken off: no certificate is
/// trusted here. `address` is on this computer, or nothing is asked.
pub async fn shown_certificate(address: &Address) -> Result<Fingerprint, DoorError> {
    let host = address.host.parse::<IpAddr>().ok();
    let Some(host) = host.filter(IpAddr::is_loopback) else {
        return Err(DoorError::new(
            ErrorClass::Refused,
            "",
            format!("{} is not on this computer; it was not asked", address.host),
        )
        .next("Read the fingerprint on the gateway's own computer, and type it."));
    };
    let pinned = Arc::new(Pinned::new(None));
    let config = pinned
        .client_config()
        .map_err(|error| DoorError::new(ErrorClass::Refused, "", error.what))?;
    let shaking_hands = async {
        let stream = TcpStream::connect((host, address.port)).await?;
        TlsConnector::from(Arc::new(config))
            .connect(ServerName::IpAddress(host.into()), stream)
            .await
    };
    let end = timeout(SHOWS_WITHIN, shaking_hands).await;
    if let Some(shown) = pinned.take_refused() {
        return Ok(shown);
    }
    let at = address.authority();
    Err(match end {
        Err(_) => DoorError::new(
            ErrorClass::TimedOut,
            "",
            format!(
                "{at} showed no certificate within {} s",
                SHOWS_WITHIN.as_secs()
            ),
        )
        .next("See that it is the Client Portal gateway that listens there."),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => DoorError::new(
            ErrorClass::Unreachable,
            "",
            format!("nothing listens at {at}"),
        )
        .next("Start the gateway, then read its certificate again."),
        Ok(answer) => {
            let words = answer.err().map(|error| error.to_string());
            DoorError::new(
                ErrorClass::Malformed,
                &words.unwrap_or_default(),
                format!("what listens at {at} shows no certificate"),
            )
            .next("See that it is the Client Portal gateway that listens there, over https.")
        }
    })
}

/// Accepts one certificate, and remembers which other one it was shown.
#[derive(Debug)]
pub(crate) struct Pinned {
    pin: Option<Fingerprint>,
    provider: Arc<CryptoProvider>,
    refused: Mutex<Option<Fingerprint>>,
}

impl Pinned {
    pub(crate) fn new(pin: Option<Fingerprint>) -> Self {
        Self {
            pin,
            provider: Arc::new(ring::default_provider()),
            refused: Mutex::new(None),
        }
    }

    /// The fingerprint of the certificate that was last refused, once.
    pub(crate) fn take_refused(&self) -> Option<Fingerprint> {
        self.refused
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Whether a fingerprint is configured.
    pub(crate) fn is_set(&self) -> bool {
        self.pin.is_some()
    }

    /// A client configuration that trusts this certificate and no other.
    pub(crate) fn client_config(self: &Arc<Self>) -> Result<ClientConfig, ConfigError> {
        let config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| {
                ConfigError::new(
                    format!("TLS could not be set up: {error}"),
                    "report this; it is a fault of the program",
                )
            })?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(self) as Arc<dyn ServerCertVerifier>)
            .with_no_client_auth();
        Ok(config)
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = Fingerprint(Sha256::digest(end_entity.as_ref()).into());
        if self.pin == Some(shown) {
            return Ok(ServerCertVerified::assertion());
        }
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(shown);
        Err(Error::InvalidCertificate(
            CertificateError::ApplicationVerificationFailure,
        ))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

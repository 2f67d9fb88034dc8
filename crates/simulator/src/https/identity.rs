//! Certificates of simulated servers: made at every start, and never written down with their keys.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

/// A certificate that is ready to serve.
pub struct Identity {
    /// Greets clients with it.
    pub acceptor: TlsAcceptor,
    /// SHA-256 of the certificate's DER, in lower-case hex.
    pub pin: String,
}

/// A throwaway authority: what it signs is worth nothing outside one simulation.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    /// A new one.
    pub fn new() -> Result<Self, String> {
        let key = KeyPair::generate().map_err(|error| error.to_string())?;
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "simulated authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params
            .self_signed(&key)
            .map_err(|error| error.to_string())?;
        Ok(Self {
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        })
    }

    /// Its own certificate, for clients that can only be told whom to trust.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A server's certificate on loopback.
    pub fn identity(&self) -> Result<Identity, String> {
        let (key, params) = server()?;
        let certificate = params
            .signed_by(&key, &self.issuer)
            .map_err(|error| error.to_string())?;
        Identity::of(certificate.der(), &key)
    }
}

impl Identity {
    /// Self-signed, as a program on somebody's own computer makes it.
    pub(crate) fn self_signed() -> Result<Self, String> {
        let (key, params) = server()?;
        let certificate = params
            .self_signed(&key)
            .map_err(|error| error.to_string())?;
        Self::of(certificate.der(), &key)
    }

    fn of(certificate: &CertificateDer<'static>, key: &KeyPair) -> Result<Self, String> {
        let pin = hex::encode(Sha256::digest(certificate));
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .map_err(|error| error.to_string())?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            pin,
        })
    }
}

fn server() -> Result<(KeyPair, CertificateParams), String> {
    let key = KeyPair::generate().map_err(|error| error.to_string())?;
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut params = CertificateParams::new(names).map_err(|error| error.to_string())?;
    params
        .distinguished_name
        .push(DnType::CommonName, "simulated server");
    params.use_authority_key_identifier_extension = true;
    Ok((key, params))
}

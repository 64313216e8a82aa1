//! Whom to believe that it is the server: Mozilla's list of authorities, a file of certificates, or
//! an authority that is known by its fingerprint, as Elasticsearch prints it when it is set up.

use std::io;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dateline::internals::digest::hex;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme};
use sha2::{Digest, Sha256};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use crate::feed::address::Address;
use crate::feed::error::FeedError;

/// Whom to believe.
#[derive(Clone, Debug)]
pub enum Trust {
    /// The authorities that browsers know.
    Public,
    /// Those in a file of certificates in PEM.
    File(PathBuf),
    /// The authority whose certificate has this SHA-256, in hexadecimal digits with or without colons.
    Fingerprint(String),
    /// Anybody.
    Anybody,
}

/// How to encrypt what goes to `address`.
///
/// # Errors
/// If the certificates cannot be used, or no authority with the fingerprint stands behind the server.
pub fn config(address: &Address, trust: &Trust, timeout: Duration) -> Result<TlsConfig, FeedError> {
    let builder = TlsConfig::builder();
    let builder = match trust {
        Trust::Public => builder,
        Trust::Anybody => builder.disable_verification(true),
        Trust::File(path) => {
            let pem = std::fs::read(path).map_err(|source| FeedError::Secret { path: path.clone(), source })?;
            let certificates = parse_pem(&pem).filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            });
            let certificates: Vec<Certificate<'static>> = certificates.collect();
            if certificates.is_empty() {
                let problem = "expected certificates in PEM, found none".to_owned();
                return Err(FeedError::NotASecret { place: path.display().to_string(), problem });
            }
            builder.root_certs(RootCerts::from(certificates))
        }
        Trust::Fingerprint(text) => {
            let wanted = fingerprint(text)?;
            let url = address.base.clone();
            let chain = shown_by(address, timeout)
                .map_err(|error| FeedError::Unreachable { url: url.clone(), message: error.to_string() })?;
            let digests: Vec<String> = chain.iter().map(|it| hex(&Sha256::digest(it))).collect();
            let Some(at) = digests.iter().position(|digest| *digest == wanted) else {
                let message = format!(
                    "none of the certificates that the server shows has the fingerprint {wanted}; theirs are {}",
                    digests.join(", ")
                );
                return Err(FeedError::Untrusted { url, message });
            };
            // From here on it is believed, and nobody else: names and signatures are checked as ever.
            builder.root_certs(RootCerts::from([Certificate::from_der(&chain[at]).to_owned()]))
        }
    };
    Ok(builder.build())
}

/// `AB:CD:…` or `abcd…` as 64 lower-case digits.
fn fingerprint(text: &str) -> Result<String, FeedError> {
    let digits: String = text.chars().filter(|&c| c != ':').map(|c| c.to_ascii_lowercase()).collect();
    if digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(digits);
    }
    let problem = "expected the SHA-256 of a certificate, 64 hexadecimal digits".to_owned();
    Err(FeedError::NotASecret { place: "--ca-fingerprint".to_owned(), problem })
}

/// The certificates that the server shows, its own first. Nothing is sent to it.
fn shown_by(address: &Address, timeout: Duration) -> io::Result<Vec<CertificateDer<'static>>> {
    let socket = (address.host.as_str(), address.port).to_socket_addrs()?.next();
    let socket = socket.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    let mut stream = TcpStream::connect_timeout(&socket, timeout)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    let shown = Arc::new(Listener::default());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&shown) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    let name = ServerName::try_from(address.host.clone()).map_err(io::Error::other)?;
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    // The listener refuses every certificate after it has looked at it, and that ends the handshake.
    let mut handshake = || -> io::Result<()> {
        while connection.is_handshaking() {
            connection.complete_io(&mut stream)?;
        }
        Ok(())
    };
    let ended = handshake();
    let chain = std::mem::take(&mut *shown.0.lock().map_err(|_| io::Error::other("a thread has died"))?);
    match ended {
        Err(error) if chain.is_empty() => Err(error),
        _ => Ok(chain),
    }
}

/// Remembers the certificates that a server shows, and believes none of them.
#[derive(Default, Debug)]
struct Listener(Mutex<Vec<CertificateDer<'static>>>);

impl ServerCertVerifier for Listener {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Ok(mut shown) = self.0.lock() {
            *shown = std::iter::once(end_entity).chain(intermediates).map(|it| it.clone().into_owned()).collect();
        }
        Err(Error::General("the certificates have been looked at".to_owned()))
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("nothing is believed here".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("nothing is believed here".to_owned()))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_as_they_are_printed() {
        let digits = "ab".repeat(32);
        assert_eq!(fingerprint(&digits.to_uppercase()).expect("64 digits"), digits);
        assert_eq!(fingerprint(&["AB"; 32].join(":")).expect("64 digits"), digits);
        for wrong in ["", "ab", &digits[1..], &"xy".repeat(32)] {
            assert!(fingerprint(wrong).is_err(), "{wrong}");
        }
    }
}

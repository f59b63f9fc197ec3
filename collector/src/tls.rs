//! The collector's certificate: read from two PEM files, and read again when they change.
//!
//! Certificates are renewed by other programs, which know nothing of this one. So the files are compared with what is in
//! use once a minute, and at a `SIGHUP` at once. What cannot be used is told, and the certificate before it stays.

use rustls::ServerConfig;
use rustls::pki_types::pem::{Error as PemError, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use thiserror::Error;
use tokio_rustls::TlsAcceptor;

/// Chains and keys are a few kilobytes.
const MAX_BYTES: u64 = 1 << 20;

#[derive(Debug, Error)]
#[non_exhaustive]
pub(crate) enum Error {
    #[error("read {}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{} is larger than a certificate or key is", .0.display())]
    Large(PathBuf),
    #[error("{} holds no certificate in PEM form", .0.display())]
    NoCertificate(PathBuf),
    #[error("{} holds no private key in PEM form; one under a passphrase cannot be used", .0.display())]
    NoKey(PathBuf),
    #[error("{} is not the key of the certificate in {}", key.display(), certificate.display())]
    Apart { certificate: PathBuf, key: PathBuf },
    #[error("the certificate in {} cannot be used: {source}", path.display())]
    Unfit { path: PathBuf, source: rustls::Error },
}

/// Where certificate and key lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Files {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// The certificate in use.
#[derive(Debug)]
pub(crate) struct Certificate {
    files: Files,
    now: Mutex<(Pair, Arc<ServerConfig>)>,
}

/// What the files hold.
#[derive(PartialEq, Eq)]
struct Pair {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// Half of it is a secret.
impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pair")
    }
}

impl Certificate {
    /// # Errors
    ///
    /// When the files cannot be read, or do not hold a certificate and its key.
    pub(crate) fn load(files: Files) -> Result<Self, Error> {
        let pair = Pair { certificate: read(&files.certificate)?, key: read(&files.key)? };
        let config = Arc::new(config(&files, &pair)?);
        Ok(Self { files, now: Mutex::new((pair, config)) })
    }

    /// Takes what the files hold now. `false`: it is what is in use.
    ///
    /// # Errors
    ///
    /// As [`Certificate::load`]; what was in use stays so.
    pub(crate) fn renew(&self) -> Result<bool, Error> {
        let pair = Pair { certificate: read(&self.files.certificate)?, key: read(&self.files.key)? };
        if self.now.lock().unwrap_or_else(PoisonError::into_inner).0 == pair {
            return Ok(false);
        }
        let config = Arc::new(config(&self.files, &pair)?);
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = (pair, config);
        Ok(true)
    }

    /// For the next connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let config = Arc::clone(&self.now.lock().unwrap_or_else(PoisonError::into_inner).1);
        TlsAcceptor::from(config)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let told = |source| Error::File { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(told)?;
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(file, MAX_BYTES + 1), &mut bytes).map_err(told)?;
    if bytes.len() as u64 > MAX_BYTES { Err(Error::Large(path.to_owned())) } else { Ok(bytes) }
}

fn config(files: &Files, pair: &Pair) -> Result<ServerConfig, Error> {
    let chain: Result<Vec<_>, PemError> = CertificateDer::pem_slice_iter(&pair.certificate).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| Error::NoCertificate(files.certificate.clone()))?;
    let key = PrivateKeyDer::from_pem_slice(&pair.key).map_err(|_| Error::NoKey(files.key.clone()))?;
    let unfit = |source| match source {
        rustls::Error::InconsistentKeys(_) => {
            Error::Apart { certificate: files.certificate.clone(), key: files.key.clone() }
        }
        source => Error::Unfit { path: files.certificate.clone(), source },
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unfit)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(unfit)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};
    use tempfile::TempDir;

    fn made() -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    fn files(folder: &TempDir, certificate: &str, key: &str) -> Files {
        let files = Files { certificate: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
        std::fs::write(&files.certificate, certificate).unwrap();
        std::fs::write(&files.key, key).unwrap();
        files
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_its_file_and_reason() {
        let folder = tempfile::tempdir().unwrap();
        let ((certificate, key), (other, _)) = (made(), made());
        assert!(Certificate::load(files(&folder, &certificate, &key)).is_ok());
        let said =
            |certificate: &str, key: &str| Certificate::load(files(&folder, certificate, key)).unwrap_err().to_string();
        assert!(said("nothing", &key).contains("cert.pem holds no certificate"));
        assert!(said(&key, &key).contains("cert.pem holds no certificate"));
        assert!(said(&certificate, &certificate).contains("key.pem holds no private key"));
        assert!(said(&other, &key).contains("key.pem is not the key of the certificate in"), "{}", said(&other, &key));
        let torn = certificate.replace("MII", "%%%");
        assert!(said(&torn, &key).contains("holds no certificate"), "{}", said(&torn, &key));
        let absent = Files { certificate: folder.path().join("none"), key: folder.path().join("key.pem") };
        assert!(Certificate::load(absent).unwrap_err().to_string().starts_with("read "));
        let large = format!("{certificate}{}", "x".repeat(2 << 20));
        assert!(said(&large, &key).contains("larger than"));
    }

    #[test]
    fn a_new_pair_is_taken_and_half_of_one_leaves_the_old_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let ((first, first_key), (second, second_key)) = (made(), made());
        let certificate = Certificate::load(files(&folder, &first, &first_key)).unwrap();
        let in_use = || Arc::clone(&certificate.now.lock().unwrap().1);
        let before = in_use();
        assert!(!certificate.renew().unwrap());
        // As another program writes them, one after the other.
        files(&folder, &second, &first_key);
        assert!(matches!(certificate.renew(), Err(Error::Apart { .. })));
        assert!(Arc::ptr_eq(&before, &in_use()));
        files(&folder, &second, &second_key);
        assert!(certificate.renew().unwrap() && !Arc::ptr_eq(&before, &in_use()));
    }
}

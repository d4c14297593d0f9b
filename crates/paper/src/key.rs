//! An RSA key that signs with SHA-256 (RSASSA-PKCS1-v1_5, RFC 8017): what Apple's and Google's wallets want.
//!
//! The signature is the same every time, so the same pass is the same file.

use ring::{
    rand::SystemRandom,
    rsa,
    signature::{self, KeyPair as _},
};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject as _};

/// Why a text is not a key that can be used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no key in it that is readable without a password.
    #[error("it holds no private key in PEM form without a password")]
    NoKey,
    /// It is of another kind, or too short.
    #[error("it holds no RSA key of 2048 to 4096 bits")]
    NotRsa,
}

/// A private key.
pub(crate) struct Key(rsa::KeyPair);

impl Key {
    /// Reads PEM text: PKCS #8 or PKCS #1, without a password.
    pub(crate) fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let pair = match PrivateKeyDer::from_pem_slice(pem).map_err(|_| KeyError::NoKey)? {
            PrivateKeyDer::Pkcs8(der) => rsa::KeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => rsa::KeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err(KeyError::NotRsa),
        };
        pair.map(Self).map_err(|_| KeyError::NotRsa)
    }

    /// The public half: an `RSAPublicKey` (RFC 8017, appendix A.1.1) in DER.
    pub(crate) fn public(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// Signs a message. The random numbers hide the key from whoever watches the clock; they do not change the
    /// signature.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .expect("a signature is as long as its key's modulus");
        signature
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

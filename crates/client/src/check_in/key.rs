//! An Ed25519 key (RFC 8032), as it lies in the vault: PKCS#8 in base64url.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::check_in::token::{CONTEXT, Token};
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use sha2::{Digest as _, Sha256};

/// A device's key for one business.
pub(super) struct Key(Ed25519KeyPair);

impl Key {
    /// A new key, and the secret to keep. Nothing when the system gives no randomness.
    pub(super) fn make() -> Option<(Self, String)> {
        let secret = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).ok()?;
        let pair = Ed25519KeyPair::from_pkcs8(secret.as_ref()).ok()?;
        Some((Self(pair), URL_SAFE_NO_PAD.encode(secret.as_ref())))
    }

    /// The key of a kept secret; nothing when the secret is not one.
    pub(super) fn read(secret: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(secret).ok()?;
        Ed25519KeyPair::from_pkcs8(&bytes).ok().map(Self)
    }

    /// The public half, 32 bytes.
    pub(super) fn public(&self) -> Vec<u8> {
        self.0.public_key().as_ref().to_vec()
    }

    /// The code: what it says and the signature.
    pub(super) fn sign(&self, token: &Token) -> Vec<u8> {
        let mut code = token.bytes();
        let signature = self.0.sign(&[CONTEXT, &code].concat());
        code.extend(signature.as_ref());
        code
    }
}

/// The first eight bytes of the SHA-256: enough to tell things apart, and short.
pub(super) fn short(bytes: &[u8]) -> [u8; 8] {
    let mut short = [0; 8];
    short.copy_from_slice(&Sha256::digest(bytes)[..8]);
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ring::signature::{ED25519, UnparsedPublicKey};

    use super::*;

    fn token(key: &Key) -> Token {
        Token {
            business: short(b"https://salon.example"),
            booking: domain::BookingId(uuid::Uuid::from_u128(7)),
            key: short(&key.public()),
            issued: "2026-03-05T09:00:00Z".parse().unwrap(),
            seconds: 120,
            nonce: [7; 8],
            place: "mitte".parse().unwrap(),
        }
    }

    /// As the counter does it.
    fn genuine(key: &Key, code: &[u8]) -> bool {
        let Ok((_, signature)) = Token::read(code) else { return false };
        let said = &code[..code.len() - signature.len()];
        UnparsedPublicKey::new(&ED25519, key.public()).verify(&[CONTEXT, said].concat(), &signature).is_ok()
    }

    #[test]
    fn a_kept_key_is_the_same_key() {
        let (key, secret) = Key::make().unwrap();
        let again = Key::read(&secret).unwrap();
        assert_eq!(key.public(), again.public(), "the vault gives back what was put in");
        assert!(genuine(&key, &again.sign(&token(&key))), "and it signs the same");
        assert!(Key::read("nonsense").is_none(), "what is no key is none");
        assert!(!genuine(&Key::make().unwrap().0, &key.sign(&token(&key))), "another device's key fits nothing");
    }

    proptest! {
        #[test]
        fn a_code_with_any_bit_turned_is_refused(bit in 0usize..121 * 8) {
            let (key, _) = Key::make().unwrap();
            let mut code = key.sign(&token(&key));
            prop_assert_eq!(code.len(), 121, "every bit is turned in some run");
            prop_assert!(genuine(&key, &code), "as it was made it holds");
            code[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!genuine(&key, &code), "bit {} says something else now", bit);
        }
    }
}

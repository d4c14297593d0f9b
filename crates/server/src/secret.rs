//! Random secrets and what is kept of them.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::Rng as _;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// 256 random bits, base64url without padding: 43 characters.
pub(crate) fn token() -> String {
    URL_SAFE_NO_PAD.encode(rand::rng().random::<[u8; 32]>())
}

/// Six random digits.
pub(crate) fn digits() -> String {
    format!("{:06}", rand::rng().random_range(0..1_000_000_u32))
}

/// SHA-256 in hexadecimal: what is kept of a token.
pub(crate) fn hash(text: &str) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let hash = Sha256::digest(text.as_bytes());
    let mut digits = String::with_capacity(2 * hash.len());
    for byte in hash {
        digits.push(DIGITS[usize::from(byte >> 4)]);
        digits.push(DIGITS[usize::from(byte & 15)]);
    }
    digits
}

/// SHA-256 in base64url without padding: the challenge of a verifier (RFC 7636, section 4.2), and a CSP source.
pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

/// Compares without telling by its duration where two texts differ.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        // RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_hash_is_written_as_everybody_writes_it() {
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash("abc"), abc, "each byte as two digits, the high one first");
    }

    #[test]
    fn secrets_have_their_length_and_differ() {
        assert_eq!((token().len(), digits().len(), hash("a").len()), (43, 6, 64));
        assert_ne!(token(), token(), "a token is never given twice");
        assert!(same("abc", "abc") && !same("abc", "abd") && !same("abc", "ab"), "equal means equal");
    }
}

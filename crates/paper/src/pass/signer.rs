//! Who signs passes: the business's certificate for its pass type, its key, and Apple's intermediate certificate.
//!
//! **Invariant:** a signer that was made fits together: the key is the certificate's, the certificate names a pass type
//! and a team and was issued by the intermediate. What Wallet would refuse without a word is an error here.
//!
//! The signature is a detached CMS `SignedData` (RFC 5652) over the manifest, with both certificates in it and the time
//! of signing, which Wallet asks for.

use std::time::Duration;

use cms::{
    cert::{
        CertificateChoices, IssuerAndSerialNumber,
        x509::{
            Certificate,
            attr::Attribute,
            der::{
                self, Any, Decode as _, DecodePem as _, Encode as _, Tag, Tagged,
                asn1::{GeneralizedTime, ObjectIdentifier, OctetString, SetOfVec, UtcTime},
            },
            spki::AlgorithmIdentifierOwned,
        },
    },
    content_info::{CmsVersion, ContentInfo},
    signed_data::{CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos},
};
use domain::Timestamp;
use ring::digest;

use crate::key::{Key, KeyError};

// RFC 5652, sections 4, 5.1 and 11; RFC 5754, section 2.2; RFC 8017, appendix C; RFC 4519, sections 2.19 and 2.39.
const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const USER_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.1");
const UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");

/// Why three files do not make a signer. Said to whoever starts the server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignerError {
    /// The pass certificate cannot be read.
    #[error("the pass certificate is not a certificate in PEM or DER form")]
    Certificate,
    /// The intermediate cannot be read.
    #[error("the intermediate is not a certificate in PEM or DER form")]
    Intermediate,
    /// The key cannot be used.
    #[error("the pass key cannot be used: {0}")]
    Key(#[from] KeyError),
    /// The certificate is of another key.
    #[error("the pass certificate belongs to another key")]
    OtherKey,
    /// The certificate is of another issuer.
    #[error("the pass certificate was not issued by this intermediate, but by {issuer}")]
    OtherIssuer {
        /// Who did, as the certificate says (RFC 4514).
        issuer: String,
    },
    /// Apple's pass certificates carry their pass type as UID.
    #[error("the certificate names no pass type (UID): it is not one for passes")]
    NoPassType,
    /// And the team as OU.
    #[error("the certificate names no team (OU): it is not one for passes")]
    NoTeam,
}

/// Who signs passes.
#[derive(Debug)]
pub struct Signer {
    certificate: Certificate,
    intermediate: Certificate,
    key: Key,
    pass_type: String,
    team: String,
}

impl Signer {
    /// Puts the files together: the certificates as PEM or DER, the key as PEM without a password.
    ///
    /// # Errors
    /// See [`SignerError`].
    pub fn new(certificate: &[u8], key: &[u8], intermediate: &[u8]) -> Result<Self, SignerError> {
        let certificate = read(certificate).ok_or(SignerError::Certificate)?;
        let intermediate = read(intermediate).ok_or(SignerError::Intermediate)?;
        let key = Key::from_pem(key)?;
        let of = &certificate.tbs_certificate;
        if of.subject_public_key_info.subject_public_key.as_bytes() != Some(key.public()) {
            return Err(SignerError::OtherKey);
        }
        if of.issuer != intermediate.tbs_certificate.subject {
            return Err(SignerError::OtherIssuer { issuer: of.issuer.to_string() });
        }
        let pass_type = named(&certificate, USER_ID).ok_or(SignerError::NoPassType)?;
        let team = named(&certificate, UNIT).ok_or(SignerError::NoTeam)?;
        Ok(Self { certificate, intermediate, key, pass_type, team })
    }

    /// The pass type's identifier, for example `pass.example.salon`.
    pub fn pass_type(&self) -> &str {
        &self.pass_type
    }

    /// The team's identifier, ten characters.
    pub fn team(&self) -> &str {
        &self.team
    }

    /// From then on Wallet takes no new pass of this certificate.
    pub fn expires(&self) -> Timestamp {
        let validity = self.certificate.tbs_certificate.validity;
        let seconds = i64::try_from(validity.not_after.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
        Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
    }

    /// The detached signature over some bytes, in DER.
    pub(super) fn sign(&self, content: &[u8], at: Timestamp) -> der::Result<Vec<u8>> {
        let sha_256 = AlgorithmIdentifierOwned { oid: SHA_256, parameters: None };
        // The parameters of RSA are NULL (RFC 8017, appendix A.1).
        let rsa = AlgorithmIdentifierOwned { oid: RSA, parameters: Some(Any::new(Tag::Null, Vec::new())?) };
        let digest = digest::digest(&digest::SHA256, content);
        let attributes = SetOfVec::try_from(vec![
            attribute(CONTENT_TYPE, Any::from(&DATA))?,
            attribute(SIGNING_TIME, signing_time(at)?)?,
            attribute(MESSAGE_DIGEST, Any::encode_from(&OctetString::new(digest.as_ref())?)?)?,
        ])?;
        // Signed is the SET as it stands by itself (RFC 5652, section 5.4).
        let signature = self.key.sign(&attributes.to_der()?);
        let of = &self.certificate.tbs_certificate;
        let sid = IssuerAndSerialNumber { issuer: of.issuer.clone(), serial_number: of.serial_number.clone() };
        let signer = SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(sid),
            digest_alg: sha_256.clone(),
            signed_attrs: Some(attributes),
            signature_algorithm: rsa,
            signature: OctetString::new(signature)?,
            unsigned_attrs: None,
        };
        let certificates =
            [&self.certificate, &self.intermediate].map(|one| CertificateChoices::Certificate(one.clone()));
        let signed = SignedData {
            version: CmsVersion::V1,
            digest_algorithms: SetOfVec::try_from(vec![sha_256])?,
            encap_content_info: EncapsulatedContentInfo { econtent_type: DATA, econtent: None },
            certificates: Some(CertificateSet(SetOfVec::try_from(Vec::from(certificates))?)),
            crls: None,
            signer_infos: SignerInfos(SetOfVec::try_from(vec![signer])?),
        };
        ContentInfo { content_type: SIGNED_DATA, content: Any::encode_from(&signed)? }.to_der()
    }
}

fn read(file: &[u8]) -> Option<Certificate> {
    // Exports of a keychain have words before the PEM text.
    let begin = file.windows(10).position(|part| part == b"-----BEGIN");
    match begin {
        Some(at) => Certificate::from_pem(file.get(at..)?).ok(),
        None => Certificate::from_der(file).ok(),
    }
}

/// The first value of a kind in the certificate's subject.
fn named(certificate: &Certificate, kind: ObjectIdentifier) -> Option<String> {
    let parts = certificate.tbs_certificate.subject.0.iter().flat_map(|part| part.0.iter());
    let value = parts.filter(|part| part.oid == kind).map(|part| &part.value).next()?;
    let text = matches!(value.tag(), Tag::Utf8String | Tag::PrintableString | Tag::Ia5String);
    let text = text.then(|| std::str::from_utf8(value.value()).ok())??;
    (!text.is_empty()).then(|| text.to_owned())
}

fn attribute(oid: ObjectIdentifier, value: Any) -> der::Result<Attribute> {
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![value])? })
}

/// Until 2049 with two digits for the year, then with four (RFC 5652, section 11.3).
fn signing_time(at: Timestamp) -> der::Result<Any> {
    let since = Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0));
    match UtcTime::from_unix_duration(since) {
        Ok(time) => Any::encode_from(&time),
        Err(_) => Any::encode_from(&GeneralizedTime::from_unix_duration(since)?),
    }
}

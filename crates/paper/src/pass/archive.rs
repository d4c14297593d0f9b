//! The file itself: a zip archive of the parts, a manifest of their SHA-1 and the manifest's signature.
//!
//! **Invariant:** the same parts at the same moment are the same bytes.

use std::{
    collections::BTreeMap,
    io::{Cursor, Write as _},
};

use domain::Timestamp;
use ring::digest;
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use super::{PassError, Signer};

/// The parts by their names.
pub(super) type Parts = BTreeMap<String, Vec<u8>>;

/// Adds manifest and signature and packs everything.
pub(super) fn pack(mut parts: Parts, signer: &Signer, at: Timestamp) -> Result<Vec<u8>, PassError> {
    let sum = |part: &[u8]| hexadecimal(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, part).as_ref());
    let manifest: BTreeMap<&str, String> = parts.iter().map(|(name, part)| (name.as_str(), sum(part))).collect();
    let manifest = serde_json::to_vec_pretty(&manifest).map_err(|error| PassError(error.to_string()))?;
    let signature = signer.sign(&manifest, at).map_err(|error| PassError(error.to_string()))?;
    parts.insert("manifest.json".to_owned(), manifest);
    parts.insert("signature".to_owned(), signature);

    // Images are packed already, and the rest is smaller than they are.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::DEFAULT);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, part) in &parts {
        zip.start_file(name.as_str(), options).map_err(|error| PassError(error.to_string()))?;
        zip.write_all(part).map_err(|error| PassError(error.to_string()))?;
    }
    Ok(zip.finish().map_err(|error| PassError(error.to_string()))?.into_inner())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

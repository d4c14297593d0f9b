//! Customers with a session each, written beneath the API: hundreds that signed in by mail would be another test.

use std::path::Path;

use domain::{CustomerId, DeviceId, Profile, Timestamp};
use portal::{documents, spaces};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::{Batch, Engine, Key, Store as _, UniqueKey, Write};

/// Writes so many customers into a server's folder while it does not run, and gives their tokens.
pub(crate) async fn plant(folder: &Path, count: usize) -> Vec<String> {
    let engine = Engine::open(&format!("sqlite:{}", folder.join("datebook.sqlite").display())).await.unwrap();
    let tokens: Vec<String> = (0..count).map(|number| format!("crowd-{number}")).collect();
    let writes = tokens.iter().flat_map(|token| customer(token)).collect();
    engine.realm("business/main").commit(Batch { writes, ..Batch::default() }).await.unwrap();
    engine.close().await;
    tokens
}

fn customer(token: &str) -> [Write; 3] {
    let (id, device, now) = (CustomerId::new(), DeviceId::new(), Timestamp::now());
    let email = format!("{token}@people.example");
    let profile = Profile { id, name: String::new(), email, phone: String::new(), created: now };
    let hash: String = Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect();
    let expires = now + jiff::SignedDuration::from_hours(1);
    let session = json!({ "customer": id, "device": device, "created": now, "expires": expires });
    let key = vec![UniqueKey::new("session", hash.clone())];
    [
        documents::write(spaces::customer(id), &profile),
        write(spaces::device(device), "device", "device", &json!({ "customer": id, "last": 0 }), Vec::new()),
        write(spaces::identity(id), "session", &hash, &session, key),
    ]
}

fn write(space: store::Space, kind: &str, id: &str, body: &serde_json::Value, keys: Vec<UniqueKey>) -> Write {
    let key = Key { space, kind: kind.to_owned(), id: id.to_owned() };
    Write { key, sort: String::new(), body: Some(body.to_string().into()), keys }
}

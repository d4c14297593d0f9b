//! Which phone holds which passes: what Apple Wallet tells the business's web service.
//!
//! **Invariant:** a phone is written at the pass and the pass at the phone, in one commit. A phone's own name is kept as
//! its hash only: whoever reads the database cannot speak in its place.

use domain::CustomerId;
use portal::{Pass, PassOf, PassPhone, spaces};
use serde::{Deserialize, Serialize};
use store::{Batch, CommitError, Guard, Key, Store as _};

use super::ROUNDS;
use crate::{
    app::Hosted,
    document::{self, Found},
    fault::Fault,
    secret,
};

/// Most phones that one pass tells; then the one that came first is not told any more.
const PHONES: usize = 16;
/// Most passes that one phone is told of.
const PASSES: usize = 500;

/// The passes that a phone holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Phone {
    passes: Vec<Held>,
}

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    customer: CustomerId,
    of: PassOf,
}

fn phone_key(hash: &str) -> Key {
    Key { space: spaces::wallet_phone(hash), kind: "phone".to_owned(), id: "phone".to_owned() }
}

/// A phone wants to be told of a pass. Says whether that is new.
pub(crate) async fn register(hosted: &Hosted, phone: &str, pass: &Pass, push_token: &str) -> Result<bool, Fault> {
    let hash = secret::hash(phone);
    commit(hosted, &hash, Held { customer: pass.customer, of: pass.of }, |pass, passes, held| {
        let before = pass.phones.iter().position(|known| known.phone == hash);
        if let Some(at) = before {
            if pass.phones[at].push_token == push_token && passes.contains(&held) {
                return None;
            }
            pass.phones.remove(at);
        }
        pass.phones.push(PassPhone { phone: hash.clone(), push_token: push_token.to_owned() });
        let too_many = pass.phones.len().saturating_sub(PHONES);
        pass.phones.drain(..too_many);
        passes.retain(|known| *known != held);
        passes.push(held);
        let too_many = passes.len().saturating_sub(PASSES);
        passes.drain(..too_many);
        Some(before.is_none())
    })
    .await
    .map(Option::unwrap_or_default)
}

/// A phone does not want to be told of a pass any more.
pub(crate) async fn unregister(hosted: &Hosted, phone: &str, pass: &Pass) -> Result<(), Fault> {
    forget(hosted, &secret::hash(phone), pass.customer, pass.of).await
}

/// The same, by the phone's hash.
pub(crate) async fn forget(hosted: &Hosted, hash: &str, customer: CustomerId, of: PassOf) -> Result<(), Fault> {
    commit(hosted, hash, Held { customer, of }, |pass, passes, held| {
        let before = pass.phones.len() + passes.len();
        pass.phones.retain(|known| known.phone != hash);
        passes.retain(|known| *known != held);
        (pass.phones.len() + passes.len() < before).then_some(())
    })
    .await
    .map(|_| ())
}

/// The passes that a phone is told of.
pub(crate) async fn of(hosted: &Hosted, phone: &str) -> Result<Vec<Pass>, Fault> {
    let hash = secret::hash(phone);
    let read = hosted.store.snapshot().await?;
    let Some(Found { value: phone, .. }) = document::read::<Phone>(&read, &phone_key(&hash)).await? else {
        return Ok(Vec::new());
    };
    let mut passes = Vec::with_capacity(phone.passes.len());
    for Held { customer, of } in phone.passes {
        let found = document::read::<Pass>(&read, &portal::pass_at(customer, of)).await?;
        // A pass that tells others in this phone's place is not the phone's any more.
        passes
            .extend(found.map(|found| found.value).filter(|pass| pass.phones.iter().any(|known| known.phone == hash)));
    }
    Ok(passes)
}

/// Changes a pass and a phone together; `how` says nothing when both stay as they are.
async fn commit<T>(
    hosted: &Hosted,
    hash: &str,
    held: Held,
    how: impl Fn(&mut Pass, &mut Vec<Held>, Held) -> Option<T>,
) -> Result<Option<T>, Fault> {
    let (pass_key, phone_key) = (portal::pass_at(held.customer, held.of), phone_key(hash));
    for _ in 0..ROUNDS {
        let read = hosted.store.snapshot().await?;
        let Some(Found { value: mut pass, version }) = document::read::<Pass>(&read, &pass_key).await? else {
            return Ok(None);
        };
        let phone = document::read::<Phone>(&read, &phone_key).await?;
        drop(read);
        let (phone_version, mut phone) = phone.map_or((0, Phone::default()), |found| (found.version, found.value));
        let Some(answer) = how(&mut pass, &mut phone.passes, held) else { return Ok(None) };
        let batch = Batch {
            guards: vec![
                Guard { key: pass_key.clone(), version },
                Guard { key: phone_key.clone(), version: phone_version },
            ],
            writes: vec![
                portal::documents::write(pass_key.space.clone(), &pass),
                match phone.passes.is_empty() {
                    true => document::delete(phone_key.clone()),
                    false => document::write(phone_key.clone(), &phone, Vec::new()),
                },
            ],
            jobs: Vec::new(),
        };
        match hosted.store.commit(batch).await {
            Ok(_) => return Ok(Some(answer)),
            Err(CommitError::Changed(_) | CommitError::Taken(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::busy())
}

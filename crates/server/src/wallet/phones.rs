//! Which phone holds which passes: what Apple Wallet tells the business's web service.
//!
//! **Invariant:** a phone is written at the pass and the pass at the phone, in one commit; so it is taken away, also where
//! there are too many. A phone's own name is kept as its hash only: whoever reads the database cannot speak in its place.

use domain::CustomerId;
use portal::{Pass, PassOf, PassPhone, spaces};
use serde::{Deserialize, Serialize};
use store::{AnySnapshot, Batch, CommitError, Guard, Key, Store as _};

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
    let hash = secret::hash(phone);
    commit(hosted, &hash, Held { customer: pass.customer, of: pass.of }, |pass, passes, held| {
        let before = pass.phones.len() + passes.len();
        pass.phones.retain(|known| known.phone != hash);
        passes.retain(|known| *known != held);
        (pass.phones.len() + passes.len() < before).then_some(())
    })
    .await
    .map(|_| ())
}

/// Apple does not reach a phone any more. One that has said meanwhile where it is reached stays.
pub(crate) async fn forget(hosted: &Hosted, gone: &PassPhone, customer: CustomerId, of: PassOf) -> Result<(), Fault> {
    commit(hosted, &gone.phone, Held { customer, of }, |pass, passes, held| {
        let at = pass.phones.iter().position(|known| known == gone)?;
        pass.phones.remove(at);
        passes.retain(|known| *known != held);
        Some(())
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

/// Changes a pass and a phone together; `how` says nothing when both stay as they are. Whichever other phone or pass it
/// takes away loses this one too.
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
        let (phone_version, mut phone) = phone.map_or((0, Phone::default()), |found| (found.version, found.value));
        let (phones, passes) = (pass.phones.clone(), phone.passes.clone());
        let Some(answer) = how(&mut pass, &mut phone.passes, held) else { return Ok(None) };
        let mut batch = Batch::default();
        batch.guards.push(Guard { key: pass_key.clone(), version });
        batch.writes.push(portal::documents::write(pass_key.space.clone(), &pass));
        put(&mut batch, phone_key.clone(), phone_version, &phone);
        let told = |hash: &str| pass.phones.iter().any(|known| known.phone == hash);
        for gone in phones.iter().filter(|known| known.phone != hash && !told(&known.phone)) {
            let key = self::phone_key(&gone.phone);
            let Some(Found { value: mut other, version }) = document::read::<Phone>(&read, &key).await? else {
                continue;
            };
            other.passes.retain(|known| *known != held);
            put(&mut batch, key, version, &other);
        }
        for gone in passes.iter().filter(|known| **known != held && !phone.passes.contains(known)) {
            untell(&read, &mut batch, *gone, hash).await?;
        }
        drop(read);
        match hosted.store.commit(batch).await {
            Ok(_) => return Ok(Some(answer)),
            Err(CommitError::Changed(_) | CommitError::Taken(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::busy())
}

/// Writes a phone, or takes it away when it holds nothing any more.
fn put(batch: &mut Batch, key: Key, version: u64, phone: &Phone) {
    batch.guards.push(Guard { key: key.clone(), version });
    batch.writes.push(match phone.passes.is_empty() {
        true => document::delete(key),
        false => document::write(key, phone, Vec::new()),
    });
}

/// Takes a phone away from a pass.
async fn untell(read: &AnySnapshot, batch: &mut Batch, held: Held, hash: &str) -> Result<(), Fault> {
    let key = portal::pass_at(held.customer, held.of);
    let Some(Found { value: mut pass, version }) = document::read::<Pass>(read, &key).await? else { return Ok(()) };
    pass.phones.retain(|known| known.phone != hash);
    batch.guards.push(Guard { key: key.clone(), version });
    batch.writes.push(portal::documents::write(key.space, &pass));
    Ok(())
}

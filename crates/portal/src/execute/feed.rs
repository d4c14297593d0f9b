//! The customer's calendar feed (Y12): on, with another link, off.
//!
//! **Invariant:** no link is replaced unless its owner asked for another one: a second device that turns the feed on finds
//! it on, and one that renews it after it was turned off does not turn it on again. **Invariant:** a secret opens one
//! customer's feed.

use domain::{CustomerId, Feed, FeedSecret, Refusal, refusal::Noun};
use store::{Batch, Document, Guard, Key, Read, Write};

use super::customer;
use crate::{
    Changes, Context, Failure, Outcome, RenewFeed, TurnFeedOn,
    documents::{self, Kind},
    no::No,
    spaces,
};

/// A customer's feed and the document it is in, if it is on.
pub(crate) async fn feed<R: Read>(read: &R, customer: CustomerId) -> Result<Option<(Document, Feed)>, Failure> {
    let Some(document) = read.get(&key(customer)).await? else { return Ok(None) };
    let feed = documents::decode(&document)?;
    Ok(Some((document, feed)))
}

fn key(customer: CustomerId) -> Key {
    Key { space: spaces::customer(customer), kind: Feed::KIND.to_owned(), id: Feed::KIND.to_owned() }
}

pub(super) async fn turn_on<R: Read>(read: &R, context: &Context, ask: &TurnFeedOn) -> Result<Changes, No> {
    let customer = customer(context)?;
    if feed(read, customer).await?.is_some() {
        return Err(Refusal::AlreadyExists { what: Noun::Feed }.into());
    }
    open(read, context, (customer, 0), &ask.secret).await
}

pub(super) async fn renew<R: Read>(read: &R, context: &Context, ask: &RenewFeed) -> Result<Changes, No> {
    let customer = customer(context)?;
    let (document, old) = feed(read, customer).await?.ok_or(Refusal::NotFound { what: Noun::Feed })?;
    if old.secret == ask.secret {
        return Err(Refusal::NothingChanged.into());
    }
    open(read, context, (customer, document.version), &ask.secret).await
}

/// Turned off twice is turned off.
pub(super) async fn turn_off<R: Read>(read: &R, context: &Context) -> Result<Changes, No> {
    let mut batch = Batch::default();
    if let Some((document, _)) = feed(read, customer(context)?).await? {
        batch.guards.push(Guard { key: document.key.clone(), version: document.version });
        batch.writes.push(Write { key: document.key, sort: String::new(), body: None, keys: Vec::new() });
    }
    Ok(Changes { batch, outcome: Outcome::FeedTurnedOff })
}

async fn open<R: Read>(
    read: &R,
    context: &Context,
    (customer, version): (CustomerId, u64),
    secret: &FeedSecret,
) -> Result<Changes, No> {
    if read.find(&documents::feed_key(secret)).await?.is_some() {
        // A device that makes secrets as it should never meets this one; whoever knows another's has it anyway.
        return Err(Refusal::BadText { field: "secret".to_owned(), most: 43 }.into());
    }
    let feed = Feed { secret: secret.clone(), since: context.now };
    let mut batch = Batch::default();
    batch.guards.push(Guard { key: key(customer), version });
    batch.writes.push(documents::write(spaces::customer(customer), &feed));
    Ok(Changes { batch, outcome: Outcome::FeedTurnedOn })
}

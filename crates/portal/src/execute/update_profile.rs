//! The customer's name and telephone number (N01, N04).

use domain::Refusal;
use store::{Batch, Guard, Read};

use super::{customer, profile, text};
use crate::{Changes, Context, Outcome, PassOf, UpdateProfile, documents, no::No, pass};

/// Most characters of a name.
const NAME: u16 = 100;
/// Most characters of a telephone number.
const PHONE: u16 = 40;

pub(super) async fn decide<R: Read>(read: &R, context: &Context, ask: &UpdateProfile) -> Result<Changes, No> {
    let customer = customer(context)?;
    let name = text("name", &ask.name, NAME)?;
    if name.is_empty() {
        return Err(Refusal::BadText { field: "name".to_owned(), most: NAME }.into());
    }
    let phone = text("phone", &ask.phone, PHONE)?;
    let (document, mut profile) = profile(read, customer).await?;
    profile.name = name;
    profile.phone = phone;
    let mut batch = Batch::default();
    batch.guards.push(Guard { key: document.key.clone(), version: document.version });
    batch.writes.push(documents::write(document.key.space, &profile));
    pass::follow(read, &mut batch, customer, PassOf::Membership, context.now).await?;
    Ok(Changes { batch, outcome: Outcome::ProfileUpdated })
}

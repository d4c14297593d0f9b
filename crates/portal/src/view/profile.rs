//! The customer as the business knows them.

use domain::CustomerId;
use serde::{Deserialize, Serialize};
use store::Read;

use crate::{Context, execute, no::No};

/// The customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct ProfileView {
    /// The id.
    pub id: CustomerId,
    /// Empty until the customer says it.
    pub name: String,
    /// Where mails go.
    pub email: String,
    /// May be empty.
    pub phone: String,
    /// Whether this shows something that the server has not confirmed yet.
    pub waiting: bool,
}

pub(super) async fn answer<R: Read>(read: &R, context: &Context) -> Result<ProfileView, No> {
    let (document, profile) = execute::profile(read, execute::customer(context)?).await?;
    let domain::Profile { id, name, email, phone, created: _ } = profile;
    Ok(ProfileView { id, name, email, phone, waiting: document.provisional })
}

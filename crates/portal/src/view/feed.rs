//! The customer's calendar feed (Y12).

use domain::{FeedSecret, Timestamp};
use serde::{Deserialize, Serialize};
use store::Read;

use crate::{Context, execute, no::No};

/// The customer's calendar feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct FeedView {
    /// The link, if the feed is on.
    pub link: Option<FeedLink>,
}

/// What opens a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
pub struct FeedLink {
    /// The feed is at `/feed/<secret>.ics` of the business's server.
    pub secret: FeedSecret,
    /// Since when.
    pub since: Timestamp,
    /// Whether the server does not know it yet: then it opens nothing so far.
    pub waiting: bool,
}

pub(super) async fn answer<R: Read>(read: &R, context: &Context) -> Result<FeedView, No> {
    let feed = execute::feed(read, execute::customer(context)?).await?;
    let link = |(document, feed): (store::Document, domain::Feed)| FeedLink {
        secret: feed.secret,
        since: feed.since,
        waiting: document.provisional,
    };
    Ok(FeedView { link: feed.map(link) })
}

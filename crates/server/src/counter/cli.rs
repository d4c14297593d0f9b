//! Counters and doors, for the operator.

use std::sync::Arc;

use anyhow::Context as _;
use domain::PlaceId;
use store::{AnyStore, Engine, Store as _};
use url::Url;
use uuid::Uuid;

use super::{Counter, all, day, make, revoke};
use crate::{Settings, app::SystemClock, hosting::Hosting};

/// What to do with counters.
#[derive(clap::Subcommand)]
pub(crate) enum What {
    /// Print a link that makes the machine that opens it a counter; it works once, within a day
    ///
    /// It begins with --origin, as the server has it: what stands in the unit of a service reaches no other shell.
    Link {
        /// The place where the machine stands, by its id in the business's file
        #[arg(long, value_name = "PLACE")]
        place: PlaceId,
        /// What to call it
        #[arg(long, value_name = "WORDS", default_value = "Counter")]
        label: String,
    },
    /// List the counters
    List,
    /// Take a counter back: its machine sees nobody any more
    Revoke {
        /// Which, as listed
        id: Uuid,
    },
    /// Print the link for the door of a place; as a QR code on paper, customers check in by it with their own phone
    ///
    /// It begins with --origin, as the server has it: what stands in the unit of a service reaches no other shell.
    Door {
        /// The place, by its id in the business's file
        #[arg(long, value_name = "PLACE")]
        place: PlaceId,
    },
}

/// Does it. Answers the lines to print.
pub(crate) async fn run(settings: &Settings, engine: Engine, name: &str, what: What) -> anyhow::Result<String> {
    let hosting = Hosting::new(engine, Arc::new(SystemClock));
    let businesses = hosting.all().await.map_err(|fault| anyhow::anyhow!("{fault:?}"))?;
    let hosted = businesses.into_iter().find(|hosted| hosted.slug == name);
    let hosted = hosted.with_context(|| format!("there is no business called {name}: load it with apply first"))?;
    let origin = || -> anyhow::Result<String> {
        settings.check_links()?;
        if settings.origin.is_empty() {
            anyhow::ensure!(
                hosted.hosts.is_empty() || !settings.listen.ip().is_loopback(),
                "{} is not where the business's hosts lead to: say with --origin what people type to come here",
                settings.listen
            );
            eprintln!("made from --listen {}: if people come by another address, give --origin", settings.listen);
        }
        let scheme = if settings.tls() { "https" } else { "http" };
        let own = format!("{scheme}://{}", settings.listen);
        let mut url: Url = if settings.origin.is_empty() { own.parse() } else { settings.origin.parse() }?;
        if let Some(host) = hosted.hosts.first() {
            url.set_host(Some(host)).context("the business's host is none")?;
        }
        Ok(url.as_str().trim_end_matches('/').to_owned())
    };
    let read = hosted.store.snapshot().await?;
    let places = day::catalogue(&read).await.map_err(|fault| anyhow::anyhow!("{fault:?}"))?.places;
    drop(read);
    let known = |place: &PlaceId| {
        let ids: Vec<String> = places.iter().map(|place| place.id.to_string()).collect();
        anyhow::ensure!(ids.contains(&place.to_string()), "there is no place {place}; there are {}", ids.join(", "));
        Ok(())
    };
    match what {
        What::Link { place, label } => {
            known(&place)?;
            anyhow::ensure!((1..=60).contains(&label.chars().count()), "--label has 1 to 60 characters");
            let origin = origin()?;
            let (_, token) = make(&hosted.store, place, &label, hosted.now()).await?;
            Ok(format!("{origin}/counter#{token}"))
        }
        What::List => {
            let lines = all(&hosted.store).await?.into_iter().map(|counter| {
                let opened = counter.opened.map_or("not opened yet".to_owned(), |at| format!("opened {at}"));
                format!("{}  {}  {}  {opened}", counter.id, counter.place, counter.label)
            });
            let lines: Vec<String> = lines.collect();
            Ok(if lines.is_empty() { "no counters".to_owned() } else { lines.join("\n") })
        }
        What::Revoke { id } => {
            anyhow::ensure!(revoke(&hosted.store, id).await?, "there is no counter {id}");
            Ok(format!("{id} sees nobody any more"))
        }
        What::Door { place } => {
            known(&place)?;
            Ok(format!("{}/open/check-in#token=at_{place}", origin()?))
        }
    }
}

/// A line for each counter at a place that the business does not have any more, also where its link was never opened.
pub(crate) async fn without_place(store: &AnyStore) -> anyhow::Result<Vec<String>> {
    let counters = all(store).await?;
    let read = store.snapshot().await?;
    let places = day::catalogue(&read).await.map_err(|fault| anyhow::anyhow!("{fault:?}"))?.places;
    drop(read);
    let lost = counters.into_iter().filter(|counter| !places.iter().any(|place| place.id == counter.place));
    let line = |counter: Counter| {
        let Counter { id, label, place, .. } = counter;
        format!("the counter {label} ({id}) has no place: there is no {place}")
    };
    Ok(lost.map(line).collect())
}

//! The books: what must be so when all is quiet.
//!
//! Nothing here asks the server's program: the database itself is read, and the log of what devices were given and
//! the counter did.

mod bookings;
mod check_ins;
mod mails;
mod mirrors;
mod verdicts;

use domain::Booking;
use portal::documents::{self, Kind};
use store::{AnySnapshot, List, Read as _, Space, Store as _};

use crate::{shop, world::World};

/// In the tally: letters that told of a change.
pub(crate) const TOLD: &str = "letters about changes";
/// In the tally: letters that lack because another told of what came later.
pub(crate) const OVERTAKEN: &str = "letters that were overtaken";

/// The server's database at one moment.
pub(crate) struct Books {
    store: store::AnyStore,
    read: AnySnapshot,
}

impl Books {
    /// Checks everything. The devices' programs have ended.
    pub(crate) async fn balance(world: &mut World) -> Result<(), String> {
        let engine = &world.nodes[0].engine;
        let realms = engine.realms().await.map_err(|error| error.to_string())?;
        let name = realms.into_iter().find(|name| name.ends_with(&format!("/{}", shop::SLUG))).ok_or("no business")?;
        let store = engine.realm(&name);
        let read = store.snapshot().await.map_err(|error| error.to_string())?;
        let books = Self { store, read };
        let verdicts = books.verdicts().await?;
        books.verdicts_agree(world, &verdicts)?;
        let bookings = books.bookings().await?;
        world.trace.tell(|| format!("{bookings:?}"));
        let arrived = books.check_ins_agree(&world.counter).await?;
        books.bookings_follow(world, &verdicts, &bookings, arrived).await?;
        for what in bookings.iter().flat_map(|booking| &booking.ledger).filter_map(bookings::of_coming) {
            world.tally.note(what);
        }
        books.calendars_hold(&bookings).await?;
        let (sent, overtaken) = books.mails_tell(&bookings, &world.letters, world.time.ahead(0)).await?;
        world.tally.add(TOLD, sent);
        world.tally.add(OVERTAKEN, overtaken);
        for device in &world.devices {
            books.mirror_agrees(&device.folder).await?;
        }
        Ok(())
    }

    /// All bookings.
    async fn bookings(&self) -> Result<Vec<Booking>, String> {
        let mut bookings = Vec::new();
        for space in self.spaces("customer/").await? {
            bookings.extend(self.all::<Booking>(space, Booking::KIND).await?);
        }
        Ok(bookings)
    }

    async fn spaces(&self, prefix: &str) -> Result<Vec<Space>, String> {
        self.read.spaces(prefix).await.map_err(|error| error.to_string())
    }

    /// All documents of a kind in a space.
    async fn all<T: serde::de::DeserializeOwned>(&self, space: Space, kind: &str) -> Result<Vec<T>, String> {
        let documents = self.read.list(&List::all(space, kind)).await.map_err(|error| error.to_string())?;
        documents.iter().map(|document| documents::decode(document).map_err(|error| error.to_string())).collect()
    }
}

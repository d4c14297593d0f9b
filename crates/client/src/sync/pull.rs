//! Taking over what changed on the server.

use std::{collections::BTreeMap, sync::Arc};

use domain::{CommandId, zone};
use protocol::{Pull, Pulled, SpaceChanges};
use store::{ApplyError, Batch, Mirror, Read, Space, Store};

use super::Failed;
use crate::{
    Trouble,
    account::{Account, Session, to_the_end},
    desk::outbox,
    wire::WireError,
};

/// The most pages in a row. A server that always has one more would never be done with.
const PAGES: usize = 10_000;

impl Account {
    /// Asks what changed until the server has nothing more, then shows it. Screens see the state before or the state
    /// after, nothing between.
    pub(crate) async fn pull(self: &Arc<Self>) -> Result<(), Failed> {
        let session = self.session().await;
        if session == Session::Ended {
            return Ok(());
        }
        let accepted: Vec<CommandId> = {
            let desk = self.desk().await;
            desk.waiting.iter().filter(|kept| kept.accepted).map(|kept| kept.id).collect()
        };
        let asked = self.surroundings.clock.now();
        let mut touched = false;
        let result = self.pull_pages(&session, &mut touched).await;
        let mut desk = self.desk().await;
        if self.session().await != session {
            // Whoever signed in or out has shown what there is.
            return Err(Failed::Overtaken);
        }
        let account = Arc::clone(self);
        to_the_end(async move {
            let zones = match result {
                Ok(zones) => zones,
                Err(failed) => {
                    // What has come so far is good; the rest comes with the next pull.
                    if touched {
                        account.thaw(&desk).await?;
                    }
                    return Ok(Err(failed));
                }
            };
            let changed = touched || !desk.account.ready || !accepted.is_empty();
            account
                .change(&mut desk, |desk| {
                    desk.settle(&accepted);
                    desk.account.as_of = Some(asked);
                    desk.account.ready = true;
                    desk.account.zones = zones;
                    Ok(())
                })
                .await?;
            if changed {
                account.thaw(&desk).await?;
            } else {
                account.confirm(&desk).await;
            }
            Ok(Ok(()))
        })
        .await?
    }

    async fn pull_pages(self: &Arc<Self>, session: &Session, touched: &mut bool) -> Result<String, Failed> {
        for _ in 0..PAGES {
            let pulled = self.wire.pull(session.token(), &Pull { have: self.have().await? }).await?;
            let more = pulled.more;
            if !more && pulled.spaces.is_empty() && pulled.gone.is_empty() {
                return Ok(self.compare_zones(pulled.zones).await);
            }
            let zones = pulled.zones.clone();
            *touched = true;
            let again = self.take(session, pulled).await?;
            if !more && !again {
                return Ok(self.compare_zones(zones).await);
            }
        }
        Err(Failed::Stuck)
    }

    /// The versions of what this device has.
    async fn have(&self) -> Result<BTreeMap<String, u64>, Failed> {
        let snapshot = self.store.snapshot().await?;
        let mut have = BTreeMap::new();
        for space in snapshot.spaces("").await? {
            if space != outbox() {
                have.insert(space.to_string(), snapshot.version(&space).await?);
            }
        }
        Ok(have)
    }

    /// Writes an answer into the mirror. Says whether everything has to be asked for again.
    async fn take(&self, session: &Session, pulled: Pulled) -> Result<bool, Failed> {
        let _desk = self.desk().await;
        if self.session().await != *session {
            return Err(Failed::Overtaken);
        }
        self.freeze().await?;
        for name in pulled.gone {
            self.store.forget(&foreign(&name)?).await?;
        }
        for SpaceChanges { space, version, changes } in pulled.spaces {
            let space = foreign(&space)?;
            let changes: Vec<_> = changes.into_iter().map(change).collect();
            match self.store.apply(&space, version, &changes, Batch::default()).await {
                Ok(_) => {}
                Err(ApplyError::Behind { current }) => {
                    tracing::warn!(%space, current, version, "the server was put back: it is believed");
                    // Other spaces may have the version they had, or a higher one, and yet another history.
                    self.forget_mirror().await?;
                    return Ok(true);
                }
                Err(ApplyError::Unfit) => return Err(WireError::Strange(format!("changes of {space}")).into()),
                Err(ApplyError::Commit(error)) => return Err(Trouble::from(error).into()),
            }
        }
        Ok(false)
    }

    /// Forgets everything that a server said.
    async fn forget_mirror(&self) -> Result<(), Failed> {
        for space in self.store.snapshot().await?.spaces("").await? {
            if space != outbox() {
                self.store.forget(&space).await?;
            }
        }
        Ok(())
    }

    /// Two releases may show one appointment at two times after a change of law; whoever looks for the reason finds it.
    async fn compare_zones(&self, zones: String) -> String {
        let here = zone::database_version();
        if zones != here && zones != self.shown().await.desk.account.zones {
            tracing::warn!(business = %self.id, here, server = zones, "the time zone databases differ");
        }
        zones
    }
}

/// A space that the server may speak of: any but this device's own.
fn foreign(name: &str) -> Result<Space, Failed> {
    let space: Space = name.parse().map_err(|_| WireError::Strange("the name of a space".to_owned()))?;
    if space == outbox() { Err(WireError::Strange("a name that is taken".to_owned()).into()) } else { Ok(space) }
}

fn change(changed: protocol::Changed) -> store::Changed {
    let protocol::Changed { kind, id, version, sort, body } = changed;
    store::Changed { kind, id, version, sort, body: body.map(|body| body.to_string().into()) }
}

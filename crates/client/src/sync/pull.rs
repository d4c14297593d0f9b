//! Taking over what changed on the server.

use std::{collections::BTreeMap, sync::Arc};

use domain::{CommandId, zone};
use protocol::{Pull, Pulled, SpaceChanges};
use store::{ApplyError, Mirror, Read, Replacement, Space, Store};

use super::Failed;
use crate::{
    Trouble,
    account::{Account, Session, to_the_end},
    desk::{Desk, outbox},
    wire::WireError,
};

/// The most pages in a row. A server that always has one more would never be done with.
const PAGES: usize = 10_000;

/// The most bytes of another history that are gathered before they are written. A device has no room for any number.
const MOST: usize = 256 << 20;

impl Account {
    /// Asks what changed until the server has nothing more, then shows it. Screens see the state before or the state
    /// after, nothing between.
    pub(crate) async fn pull(self: &Arc<Self>) -> Result<(), Failed> {
        let session = self.session().await;
        if matches!(session, Session::Ended | Session::Locked) {
            return Ok(());
        }
        let accepted: Vec<CommandId> = {
            let desk = self.desk().await;
            desk.waiting.iter().filter(|kept| kept.accepted).map(|kept| kept.id).collect()
        };
        let asked = self.surroundings.clock.now();
        let result = self.pull_pages(&session).await;
        let mut desk = self.desk().await;
        if self.session().await != session {
            // Whoever signed in or out has shown what there is.
            return Err(Failed::Overtaken);
        }
        let account = Arc::clone(self);
        to_the_end(async move {
            // Something was written: by this pull, or by one before that did not come to its end.
            let mut changed = account.is_frozen().await;
            let done = match result {
                Ok(zones) => {
                    changed |= !desk.account.ready || !accepted.is_empty();
                    let kept = account.change(&mut desk, |desk| {
                        desk.settle(&accepted);
                        desk.account.as_of = Some(asked);
                        desk.account.ready = true;
                        desk.account.zones = zones;
                        Ok(())
                    });
                    kept.await.map_err(Failed::from)
                }
                Err(failed) => Err(failed),
            };
            if changed {
                // Whatever failed: what has come so far is good; the rest comes with the next pull.
                account.thaw(&desk).await?;
            } else if done.is_ok() {
                account.confirm(&desk).await;
            }
            Ok(done)
        })
        .await?
    }

    async fn pull_pages(self: &Arc<Self>, session: &Session) -> Result<String, Failed> {
        for _ in 0..PAGES {
            let (have, epoch) = (self.have().await?, self.desk().await.account.epoch.clone());
            let fresh = have.is_empty();
            let ask = Pull { have, epoch: Some(epoch.clone()).filter(|epoch| !epoch.is_empty()) };
            let whole = fresh || ask.epoch.is_some();
            let pulled = self.wire.pull(session.token(), &ask).await?;
            if !fresh && !pulled.epoch.is_empty() && pulled.epoch != epoch {
                // Who was told of our epoch has answered from the beginning.
                return self.pull_anew(session, Some(pulled).filter(|_| whole), MOST).await;
            }
            let (more, zones) = (pulled.more, pulled.zones.clone());
            if !more && pulled.spaces.is_empty() && pulled.gone.is_empty() {
                return Ok(self.compare_zones(zones).await);
            }
            match Arc::clone(self).take(session.clone(), pulled).await? {
                Taken::All if more => {}
                Taken::All => return Ok(self.compare_zones(zones).await),
                Taken::Behind => return self.pull_anew(session, None, MOST).await,
            }
        }
        Err(Failed::Stuck)
    }

    /// The server tells another history than the one that is here: has all of it, then puts it in the place of the old
    /// one. Until then nothing is written, so whatever fails on the way leaves the old one whole, to be begun again; one of
    /// more than `most` bytes too.
    async fn pull_anew(
        self: &Arc<Self>,
        session: &Session,
        mut first: Option<Pulled>,
        most: usize,
    ) -> Result<String, Failed> {
        tracing::warn!(business = %self.id, "the server was put back: it is believed");
        let (mut pages, mut have, mut epoch, mut bytes) = (Vec::new(), BTreeMap::new(), String::new(), 0);
        for _ in 0..PAGES {
            let pulled = match first.take() {
                Some(pulled) => pulled,
                None => {
                    let epoch = Some(epoch.clone()).filter(|epoch| !epoch.is_empty());
                    self.wire.pull(session.token(), &Pull { have: have.clone(), epoch }).await?
                }
            };
            if !have.is_empty() && pulled.epoch != epoch {
                // And once more another one: from nothing again.
                pages.clear();
                have.clear();
                epoch.clear();
                bytes = 0;
                continue;
            }
            bytes += pulled.spaces.iter().map(size).sum::<usize>();
            if bytes > most {
                return Err(Failed::Stuck);
            }
            epoch = pulled.epoch;
            pages.retain(|page: &SpaceChanges| !pulled.gone.contains(&page.space));
            have.retain(|space, _| !pulled.gone.contains(space));
            have.extend(pulled.spaces.iter().map(|page| (page.space.clone(), page.version)));
            pages.extend(pulled.spaces);
            if !pulled.more {
                Arc::clone(self).replace(session.clone(), epoch, pages).await?;
                return Ok(self.compare_zones(pulled.zones).await);
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

    /// Writes an answer into the mirror, its epoch with its first page.
    async fn take(self: Arc<Self>, session: Session, pulled: Pulled) -> Result<Taken, Failed> {
        let mut desk = self.desk().await;
        if self.session().await != session {
            return Err(Failed::Overtaken);
        }
        self.freeze().await?;
        to_the_end(async move { Ok(self.take_pages(&mut desk, pulled).await) }).await?
    }

    async fn take_pages(&self, desk: &mut Desk, pulled: Pulled) -> Result<Taken, Failed> {
        for name in pulled.gone {
            self.store.forget(&foreign(&name)?).await?;
        }
        for page in pulled.spaces {
            let Replacement { space, version, changes } = replacement(page)?;
            let next = of_epoch(desk, &pulled.epoch);
            match self.store.apply(&space, version, &changes, next.changes(Some(desk))).await {
                Ok(_) => *desk = next,
                Err(ApplyError::Behind { current }) => {
                    // Other spaces may have the version they had, or a higher one, and yet another history.
                    tracing::warn!(%space, current, version, "the server has less than this device");
                    return Ok(Taken::Behind);
                }
                Err(error) => return Err(unapplied(error)),
            }
        }
        Ok(Taken::All)
    }

    /// Puts a whole history in the place of everything that a server ever said.
    async fn replace(self: Arc<Self>, session: Session, epoch: String, pages: Vec<SpaceChanges>) -> Result<(), Failed> {
        let pages = pages.into_iter().map(replacement).collect::<Result<Vec<_>, _>>()?;
        let mut desk = self.desk().await;
        if self.session().await != session {
            return Err(Failed::Overtaken);
        }
        self.freeze().await?;
        let mut gone = self.store.snapshot().await?.spaces("").await?;
        gone.retain(|space| *space != outbox());
        let next = of_epoch(&desk, &epoch);
        to_the_end(async move {
            let replaced = self.store.replace(&gone, pages, next.changes(Some(&desk))).await;
            if replaced.is_ok() {
                *desk = next;
            }
            Ok(replaced.map(|_| ()).map_err(unapplied))
        })
        .await?
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

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// It is written.
    All,
    /// It is older than what is here: the server lost something and does not say so.
    Behind,
}

/// How many bytes a page takes while it is gathered.
fn size(page: &SpaceChanges) -> usize {
    let text = |change: &protocol::Changed| {
        let body = change.body.as_ref().map_or(0, |body| body.as_str().len());
        size_of_val(change) + change.kind.len() + change.id.len() + change.sort.len() + body
    };
    size_of_val(page) + page.space.len() + page.changes.iter().map(text).sum::<usize>()
}

/// The desk of a device whose mirror has versions of an epoch. A server that names none leaves it as it was.
fn of_epoch(desk: &Desk, epoch: &str) -> Desk {
    let mut next = desk.clone();
    if !epoch.is_empty() {
        epoch.clone_into(&mut next.account.epoch);
    }
    next
}

/// Why pages were not taken over.
fn unapplied(error: ApplyError) -> Failed {
    match error {
        ApplyError::Behind { .. } | ApplyError::Unfit => {
            WireError::Strange("changes that do not fit together".to_owned()).into()
        }
        ApplyError::Commit(error) => Trouble::from(error).into(),
    }
}

/// A space that the server may speak of: any but this device's own.
fn foreign(name: &str) -> Result<Space, Failed> {
    let space: Space = name.parse().map_err(|_| WireError::Strange("the name of a space".to_owned()))?;
    if space == outbox() { Err(WireError::Strange("a name that is taken".to_owned()).into()) } else { Ok(space) }
}

fn replacement(page: SpaceChanges) -> Result<Replacement, Failed> {
    let SpaceChanges { space, version, changes } = page;
    Ok(Replacement { space: foreign(&space)?, version, changes: changes.into_iter().map(change).collect() })
}

fn change(changed: protocol::Changed) -> store::Changed {
    let protocol::Changed { kind, id, version, sort, body } = changed;
    store::Changed { kind, id, version, sort, body: body.map(Into::into) }
}

#[cfg(test)]
mod tests;

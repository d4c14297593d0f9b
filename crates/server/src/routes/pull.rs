//! What changed since a device was last here.

use std::collections::{BTreeMap, HashSet};

use axum::Json;
use portal::{Actor, spaces::Readable};
use protocol::{Changed, Code, Problem, Pull, Pulled, SpaceChanges, Verbatim};
use store::{Glance, Pull as _, Read as _, Space, Store as _};

use crate::{
    app::Hosted,
    body::Body,
    fault::Fault,
    hub,
    session::{Caller, Present},
};

/// About how many documents one answer holds.
const MOST: usize = 2_000;

/// Gives the changes of all spaces that the asker may read; without a session, of the public ones.
#[utoipa::path(
    post, path = "/api/v1/pull", tag = "sync", request_body = Pull,
    security((), ("bearer" = []), ("cookie" = [])), responses(
        (status = 200, body = Pulled),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = "5XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn pull(caller: Caller, Body(request): Body<Pull>) -> Result<Json<Pulled>, Fault> {
    if request.have.values().any(|version| i64::try_from(*version).is_err()) {
        return Err(Fault::new(Code::BadRequest, "a version has 63 bits"));
    }
    if let Some((glance, actor)) = caller.glance()
        && let Some(known) = known(&glance, actor, caller.hosted(), &request)
    {
        return Ok(Json(known));
    }
    // What reads is large while it waits, and most pulls do not read.
    Box::pin(read(caller, request)).await.map(Json)
}

/// As a device is answered that misses something which has to be read.
async fn read(caller: Caller, request: Pull) -> Result<Pulled, Fault> {
    let present = caller.enter().await?;
    let actor = present.actor();
    let Present { hosted, read, .. } = present;
    let readable = Readable::ask(&read, actor).await?;
    let versions = read.versions(&readable.to_vec()).await?;
    let (mut pulled, missing) = compare(&hosted, &request, &readable, versions);
    let mut room = MOST;
    for (space, after, version) in missing {
        if room == 0 {
            pulled.more = true;
            break;
        }
        let page = if hub::may_be_public(space) {
            hosted.memory.changes(&read, space, (after, version), room).await?
        } else {
            read.pull(space, after, room).await?
        };
        room = room.saturating_sub(page.changes.len());
        pulled.more |= page.more;
        pulled.spaces.push(changes(space, page.version, page.changes));
    }
    Ok(pulled)
}

/// What a device is answered if all that it misses is known. Most pulls are of this kind, and they cost no read: there is
/// nothing new, or what others have just pulled as well.
fn known(glance: &Glance, actor: Actor, hosted: &Hosted, request: &Pull) -> Option<Pulled> {
    let readable = Readable::known(glance, actor)?;
    let (mut pulled, missing) = compare(hosted, request, &readable, glance.versions(readable.iter())?);
    for (space, after, version) in missing {
        let known = hosted.memory.known_changes(space, after, version).filter(|_| hub::may_be_public(space))?;
        pulled.spaces.push(changes(space, version, known));
    }
    Some(pulled)
}

/// What a device must forget, in an answer without changes; and which spaces it misses something of, with the version
/// after which it does and the one they have.
fn compare<'a>(
    hosted: &Hosted,
    Pull { have, epoch }: &Pull,
    readable: &'a Readable,
    versions: Vec<u64>,
) -> (Pulled, Vec<(&'a Space, u64, u64)>) {
    // Versions of another history say nothing about this one, even when they are not higher.
    let comparable = epoch.as_ref().is_none_or(|epoch| epoch == hosted.store.epoch());
    let (mut named, mut missing) = (0, Vec::new());
    for (space, version) in readable.iter().zip(versions) {
        let have = have.get(space.as_str()).copied().inspect(|_| named += 1);
        let have = have.filter(|_| comparable).unwrap_or(0);
        if have != version {
            // A device that is ahead has seen a future that this server has lost (its file was put back by hand): all of
            // it anew.
            missing.push((space, if have > version { 0 } else { have }, version));
        }
    }
    let gone = if named == have.len() { Vec::new() } else { others(have, readable) };
    let pulled = Pulled {
        spaces: Vec::new(),
        gone,
        more: false,
        now: hosted.now(),
        zones: domain::zone::database_version().to_owned(),
        epoch: hosted.store.epoch().to_owned(),
    };
    (pulled, missing)
}

/// The spaces that a device has and that are not among those it may read.
fn others(have: &BTreeMap<String, u64>, readable: &Readable) -> Vec<String> {
    let readable: HashSet<&str> = readable.iter().map(Space::as_str).collect();
    have.keys().filter(|name| !readable.contains(name.as_str())).cloned().collect()
}

fn changes(space: &Space, version: u64, changes: Vec<store::Changed>) -> SpaceChanges {
    let changed = |store::Changed { kind, id, version, sort, body }| {
        let body = body.map(Verbatim::from);
        Changed { kind, id, version, sort, body }
    };
    let changes = changes.into_iter().map(changed).collect();
    SpaceChanges { space: space.to_string(), version, changes }
}

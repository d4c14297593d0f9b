//! What changed since a device was last here.

use std::collections::HashSet;

use axum::Json;
use portal::{Actor, spaces};
use protocol::{Changed, Code, Problem, Pull, Pulled, SpaceChanges, Verbatim};
use store::{Glance, Page, Pull as _, Read as _, Space, Store as _};

use crate::{
    app::Hosted,
    body::Body,
    fault::Fault,
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
        && nothing_new(&glance, actor, caller.hosted(), &request)
    {
        return Ok(Json(empty(caller.hosted())));
    }
    let present = caller.enter().await?;
    let actor = present.actor();
    let Present { hosted, read, .. } = present;
    let readable = spaces::readable(&read, actor).await?;
    let versions = read.versions(&readable).await?;
    let names: HashSet<&str> = readable.iter().map(Space::as_str).collect();
    let gone = request.have.keys().filter(|name| !names.contains(name.as_str())).cloned().collect();
    let mut pulled = Pulled { gone, ..empty(&hosted) };
    // Versions of another history say nothing about this one, even when they are not higher.
    let comparable = request.epoch.is_none_or(|epoch| epoch == pulled.epoch);
    let mut room = MOST;
    for (space, version) in readable.iter().zip(versions) {
        let have = request.have.get(space.as_str()).copied().filter(|_| comparable).unwrap_or(0);
        if have == version {
            continue;
        }
        if room == 0 {
            pulled.more = true;
            break;
        }
        // A device that is ahead has seen a future that this server has lost (its file was put back by hand): all of
        // it anew.
        let after = if have > version { 0 } else { have };
        let page = read.pull(space, after, room).await?;
        room = room.saturating_sub(page.changes.len());
        pulled.more |= page.more;
        pulled.spaces.push(changes(space, page));
    }
    Ok(Json(pulled))
}

/// An answer without changes.
fn empty(hosted: &Hosted) -> Pulled {
    Pulled {
        spaces: Vec::new(),
        gone: Vec::new(),
        more: false,
        now: hosted.now(),
        zones: domain::zone::database_version().to_owned(),
        epoch: hosted.store.epoch().to_owned(),
    }
}

/// Whether it is known that a device has just what its customer may read, in the versions that it has. Most pulls are of
/// this kind, and they cost no read.
fn nothing_new(glance: &Glance, actor: Actor, hosted: &Hosted, Pull { have, epoch }: &Pull) -> bool {
    let comparable = epoch.as_ref().is_none_or(|epoch| epoch == hosted.store.epoch());
    let Some(readable) = spaces::known_readable(glance, actor).filter(|_| comparable) else { return false };
    let Some(versions) = glance.versions(&readable) else { return false };
    have.len() == readable.len()
        && readable.iter().zip(versions).all(|(space, version)| have.get(space.as_str()) == Some(&version))
}

fn changes(space: &Space, page: Page) -> SpaceChanges {
    let changed = |store::Changed { kind, id, version, sort, body }| {
        let body = body.map(Verbatim::from);
        Changed { kind, id, version, sort, body }
    };
    let changes = page.changes.into_iter().map(changed).collect();
    SpaceChanges { space: space.to_string(), version: page.version, changes }
}

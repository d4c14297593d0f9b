//! What changed since a device was last here.

use axum::Json;
use portal::spaces;
use protocol::{Changed, Code, Problem, Pull, Pulled, SpaceChanges};
use store::{Page, Space, Store as _};

use crate::{body::Body, fault::Fault, session::Visitor};

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
pub(crate) async fn pull(visitor: Visitor, Body(request): Body<Pull>) -> Result<Json<Pulled>, Fault> {
    if request.have.values().any(|version| i64::try_from(*version).is_err()) {
        return Err(Fault::new(Code::BadRequest, "a version has 63 bits"));
    }
    let store = &visitor.hosted.store;
    let readable = spaces::readable(&store.snapshot().await?, visitor.actor()).await?;
    let gone =
        request.have.keys().filter(|name| !readable.iter().any(|space| space.as_str() == *name)).cloned().collect();
    let mut pulled = Pulled {
        spaces: Vec::new(),
        gone,
        more: false,
        now: visitor.hosted.now(),
        zones: domain::zone::database_version().to_owned(),
        epoch: store.epoch().to_owned(),
    };
    // Versions of another history say nothing about this one, even when they are not higher.
    let comparable = request.epoch.is_none_or(|epoch| epoch == pulled.epoch);
    let mut room = MOST;
    for space in readable {
        if room == 0 {
            pulled.more = true;
            break;
        }
        let have = request.have.get(space.as_str()).copied().filter(|_| comparable).unwrap_or(0);
        let mut page = store.pull(&space, have, room).await?;
        if page.version < have {
            // The device has seen a future that this server has lost (its file was put back by hand): all of it anew.
            page = store.pull(&space, 0, room).await?;
        } else if page.version == have {
            continue;
        }
        room = room.saturating_sub(page.changes.len());
        pulled.more |= page.more;
        pulled.spaces.push(changes(&space, page)?);
    }
    Ok(Json(pulled))
}

fn changes(space: &Space, page: Page) -> Result<SpaceChanges, Fault> {
    let changes = page.changes.into_iter().map(|changed| {
        let body = changed.body.map(|body| serde_json::from_str(&body)).transpose();
        let body = body.map_err(|_| Fault::new(Code::ServerError, "a document cannot be read"))?;
        let store::Changed { kind, id, version, sort, .. } = changed;
        Ok(Changed { kind, id, version, sort, body })
    });
    let changes = changes.collect::<Result<_, Fault>>()?;
    Ok(SpaceChanges { space: space.to_string(), version: page.version, changes })
}

use std::sync::Arc;

use domain::BookingId;
use portal::spaces;
use tokio::sync::watch;
use uuid::Uuid;

use super::*;
use crate::{
    Settings,
    app::Clock,
    counter::{
        make,
        salon::{Salon, now, somebody},
    },
};

/// A clock that stands still.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        now()
    }
}

#[tokio::test]
async fn a_check_in_rests_on_the_booking_as_it_was_read() {
    let (mut salon, ada, id) = (Salon::open().await, somebody(1), BookingId(Uuid::from_u128(1)));
    salon.plant(1, ada, -1, "mitte");
    salon.write().await;
    let (_stopping, stopped) = watch::channel(false);
    let origin = "http://127.0.0.1:8787".parse().unwrap();
    let app = App::new(Settings::default(), origin, salon.engine.clone(), Arc::new(Still), stopped).unwrap();
    let hosted = app.hosting.all().await.unwrap().remove(0);
    let (counter, _) = make(&hosted.store, "mitte".parse().unwrap(), "Front desk", now()).await.unwrap();
    let seen = SeenCheckIn { id: Uuid::from_u128(2), booking: id, at: now(), how: HowFound::Person };

    let read = hosted.store.snapshot().await.unwrap();
    let agreed = decide(&app, &hosted, &counter, &read, &seen).await.unwrap().unwrap();
    let (kept, mut booking) = day::found(&read, id).await.unwrap().expect("Ada is expected");
    drop(read);
    booking.state = BookingState::Cancelled;
    let writes = vec![documents::write(spaces::customer(ada), &booking)];
    hosted.store.commit(Batch { writes, ..Batch::default() }).await.unwrap();

    let late = hosted.store.commit(agreed.batch).await;
    assert!(matches!(late, Err(CommitError::Changed(key)) if key == kept.key), "it was cancelled meanwhile");
    let OneSettled { became, .. } = settle(&app, &hosted, &counter, seen).await.unwrap();
    let refused = matches!(became, SettledAs::Found { finding: Finding::Refused { .. } });
    assert!(refused, "looked at again, nobody is expected: {became:?}");
}

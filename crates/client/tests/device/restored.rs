//! A server that goes on from a copy of its database: another epoch, with versions that were given before.

use client::Reply;
use domain::Refusal;
use portal::{Screen, Tab, View, documents, spaces};
use protocol::{Pull, Pulled, SpaceChanges, Verdict};

use crate::{
    phone::{EPOCH, Phone, booked, now},
    shop,
};

const OTHER: &str = "00000000000000e2";

impl Phone {
    async fn name(&self) -> String {
        match self.app.view(self.business, View::Profile).await.unwrap() {
            Reply::Screen { screen: Screen::Profile(profile) } => profile.name,
            other => panic!("a profile was asked for: {other:?}"),
        }
    }

    /// A customer's space as one of the two histories has it.
    fn named(&self, name: &str, version: u64) -> SpaceChanges {
        let profile = domain::Profile { name: name.to_owned(), ..shop::profile(self.customer, now()) };
        shop::changes(version, vec![documents::write(spaces::customer(self.customer), &profile)])
    }

    /// The next pull brings this, of the other history.
    fn will_tell(&self, spaces: Vec<SpaceChanges>, more: bool) {
        self.will_tell_of(OTHER, spaces, more);
    }

    fn will_tell_of(&self, epoch: &str, spaces: Vec<SpaceChanges>, more: bool) {
        let (gone, zones, epoch) = (Vec::new(), domain::zone::database_version().to_owned(), epoch.to_owned());
        self.script.answer("pull", &Pulled { spaces, gone, more, now: now(), zones, epoch });
    }
}

#[tokio::test]
async fn a_restored_server_is_believed_though_its_versions_are_not_lower() {
    let phone = Phone::ready().await;
    let from = "2026-11-20T10:00:00Z".parse().unwrap();
    let lost = documents::write(spaces::customer(phone.customer), &phone.shop.booking(phone.customer, 1, from));
    phone.will_pull(vec![phone.named("Old", 2)]);
    phone.app.sync_now(phone.business).await.unwrap();
    phone.will_pull(vec![shop::changes(3, vec![lost])]);
    phone.app.sync_now(phone.business).await.unwrap();
    assert_eq!((phone.name().await.as_str(), phone.agenda(Tab::Upcoming).await.len()), ("Old", 1), "so far so good");
    let (_, refused) = phone.book(0).await;

    phone.will_say(1, vec![Verdict::Refused { refusal: Refusal::StaffNotOffered }]);
    phone.will_tell(vec![phone.shop.catalogue()], true);
    phone.will_tell(vec![phone.named("New", 3)], false);
    phone.app.sync_now(phone.business).await.unwrap();
    assert_eq!(phone.name().await, "New", "the same version of another history is another document");
    assert!(phone.agenda(Tab::Upcoming).await.is_empty(), "what the server does not know any more is gone");
    let pulls: Vec<Pull> = phone.script.asked("pull");
    let [.., detected, second] = pulls.as_slice() else { panic!("one pull a page: {pulls:?}") };
    assert_eq!(detected.epoch.as_deref(), Some(EPOCH), "the device says of which history its versions are");
    assert_eq!(detected.have.len(), 2, "and what it has of it");
    let have: Vec<_> = second.have.iter().map(|(space, version)| (space.as_str(), *version)).collect();
    assert_eq!((second.epoch.as_deref(), have), (Some(OTHER), vec![("catalogue", 1)]), "then it begins from nothing");

    let phone = phone.restarted().await;
    assert_eq!(phone.name().await, "New", "it is on disk");
    let notices = phone.app.notices(phone.business).await.unwrap();
    assert_eq!(notices.iter().map(|notice| notice.id).collect::<Vec<_>>(), [refused], "what is the device's own stays");
    phone.will_tell(vec![], false);
    phone.app.sync_now(phone.business).await.unwrap();
    let pulls: Vec<Pull> = phone.script.asked("pull");
    assert_eq!(pulls.last().unwrap().epoch.as_deref(), Some(OTHER), "the new epoch is on disk with what is of it");
}

#[tokio::test]
async fn a_line_that_breaks_on_the_way_leaves_the_old_state_whole() {
    let phone = Phone::ready().await;
    phone.will_pull(vec![phone.named("Old", 2)]);
    phone.app.sync_now(phone.business).await.unwrap();
    phone.will_tell(vec![phone.named("New", 1)], true);
    phone.app.sync_now(phone.business).await.unwrap_err();
    assert_eq!(phone.name().await, "Old", "half of the other history is not shown");
    let (booking, _) = phone.book(0).await;
    let phone = phone.restarted().await;
    assert_eq!(phone.name().await, "Old", "nor written");
    assert_eq!(phone.outbox().await.len(), 1, "the old state is good enough to give commands");

    phone.will_say(1, vec![booked(booking)]);
    phone.will_tell(vec![phone.named("New", 1)], true);
    phone.will_tell(vec![phone.shop.catalogue()], false);
    phone.app.sync_now(phone.business).await.unwrap();
    assert_eq!(phone.name().await, "New", "the next pull begins again and comes to its end");
    assert_eq!(phone.times().await.0, phone.shop.services[0].id, "the catalogue came with the second page");
}

#[tokio::test]
async fn a_device_whose_server_named_no_epoch_asks_again_from_nothing() {
    let phone = Phone::met().await;
    phone.sign_in(phone.customer, 0).await.unwrap();
    phone.will_tell_of("", vec![phone.shop.catalogue(), phone.named("Old", 2)], false);
    phone.app.sync_now(phone.business).await.unwrap();
    assert_eq!(phone.name().await, "Old", "servers without epochs are understood");
    // The first answer rests on versions of nobody knows which history.
    phone.will_tell(vec![], false);
    phone.will_tell(vec![phone.shop.catalogue(), phone.named("New", 2)], false);
    phone.app.sync_now(phone.business).await.unwrap();
    assert_eq!(phone.name().await, "New", "everything is taken anew");
    let pulls: Vec<Pull> = phone.script.asked("pull");
    assert!(pulls.iter().all(|pull| pull.epoch.is_none()), "servers that name no epoch are not sent any");
    assert!(pulls.last().unwrap().have.is_empty(), "from nothing");
}

//! Who the customer is.

use domain::{Refusal, refusal::Noun};
use portal::{Actor, Command, Context, Outcome, Screen, UpdateProfile, View, spaces};
use store::Key;

use crate::salon::{Salon, customer};

fn update(name: &str, phone: &str) -> Command {
    Command::UpdateProfile(UpdateProfile { name: name.into(), phone: phone.into() })
}

#[tokio::test]
async fn name_and_telephone_number_change() {
    let salon = Salon::open().await;
    assert_eq!(salon.ask(update(" Ada ", "+49 1")).await, Ok(Outcome::ProfileUpdated), "both are fine");
    let Screen::Profile(profile) = salon.view(View::Profile).await else { panic!("the profile was asked for") };
    assert_eq!((profile.name.as_str(), profile.phone.as_str()), ("Ada", "+49 1"), "without the space around it");
    assert_eq!((profile.email.as_str(), profile.waiting), ("customer-1@example.org", false), "the address stays");
}

#[tokio::test]
async fn texts_have_a_beginning_and_an_end() {
    let salon = Salon::open().await;
    let bad = |field: &str, most| Refusal::BadText { field: field.into(), most };
    assert_eq!(salon.refused(update("  ", "")).await, bad("name", 100), "nobody is called nothing");
    assert_eq!(salon.refused(update(&"ñ".repeat(101), "")).await, bad("name", 100), "101 characters are too many");
    assert_eq!(salon.refused(update("Ada", &"1".repeat(41))).await, bad("phone", 40), "41 digits are too many");
    salon.ask(update(&"ñ".repeat(100), &"1".repeat(40))).await.expect("both just fit");
}

#[tokio::test]
async fn of_two_devices_at_once_the_second_looks_again() {
    let salon = Salon::open().await;
    let changed = salon.overtaken(&update("Ada", ""), &update("Customer 1", "+49 1")).await;
    let profile = Key { space: spaces::customer(customer(1)), kind: "profile".into(), id: "profile".into() };
    assert_eq!(changed, profile, "it was decided by a profile that is no more");
}

#[tokio::test]
async fn only_ones_own() {
    let salon = Salon::open().await;
    let anyone = Context { now: salon.now, actor: Actor::Anyone };
    assert_eq!(salon.refused_as(anyone, update("Ada", "")).await, Refusal::NotSignedIn, "nobody is signed in");
    assert_eq!(salon.view_as(anyone, View::Profile).await, Err(Refusal::NotSignedIn), "nobody is signed in");
    let stranger = Context { now: salon.now, actor: Actor::Customer(customer(9)) };
    let expected = Refusal::NotFound { what: Noun::Customer };
    assert_eq!(salon.refused_as(stranger, update("Ada", "")).await, expected, "nobody knows customer 9");
}

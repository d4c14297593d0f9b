//! The calendar feed (Y12).

use domain::{FeedSecret, Refusal, refusal::Noun};
use portal::{Actor, Command, Context, FeedView, Outcome, RenewFeed, Screen, TurnFeedOn, View, spaces};
use store::Key;

use crate::salon::{Salon, customer, id};

fn secret(last: char) -> FeedSecret {
    id(&format!("{}{last}", "x".repeat(42)))
}

fn on(last: char) -> Command {
    Command::TurnFeedOn(TurnFeedOn { secret: secret(last) })
}

fn renew(last: char) -> Command {
    Command::RenewFeed(RenewFeed { secret: secret(last) })
}

async fn link(salon: &Salon) -> Option<FeedSecret> {
    let Screen::Feed(FeedView { link }) = salon.view(View::Feed).await else { panic!("the feed was asked for") };
    link.map(|link| link.secret)
}

#[tokio::test]
async fn a_feed_is_turned_on_renewed_and_turned_off() {
    let salon = Salon::open().await;
    assert_eq!(link(&salon).await, None, "off until it is turned on");
    assert_eq!(salon.ask(on('A')).await, Ok(Outcome::FeedTurnedOn), "there is none yet");
    assert_eq!(link(&salon).await, Some(secret('A')), "its link is shown again wherever the customer looks");
    assert_eq!(salon.ask(renew('E')).await, Ok(Outcome::FeedTurnedOn), "another link");
    assert_eq!(link(&salon).await, Some(secret('E')), "in place of the former one");
    assert_eq!(salon.ask(Command::TurnFeedOff).await, Ok(Outcome::FeedTurnedOff), "it can be ended");
    assert_eq!(link(&salon).await, None, "and is gone");
    assert_eq!(salon.ask(Command::TurnFeedOff).await, Ok(Outcome::FeedTurnedOff), "from two devices as well");
    assert_eq!(salon.ask(on('A')).await, Ok(Outcome::FeedTurnedOn), "and begun anew");
}

#[tokio::test]
async fn no_link_is_replaced_that_nobody_wanted_replaced() {
    let salon = Salon::open().await;
    let none = Refusal::NotFound { what: Noun::Feed };
    assert_eq!(salon.refused(renew('A')).await, none, "renewing turns nothing on");
    salon.ask(on('A')).await.expect("there is none yet");
    let there = Refusal::AlreadyExists { what: Noun::Feed };
    assert_eq!(salon.refused(on('E')).await, there, "a second device finds it on");
    assert_eq!(salon.refused(renew('A')).await, Refusal::NothingChanged, "the same link is no other one");
    assert_eq!(link(&salon).await, Some(secret('A')), "all of that changed nothing");
}

#[tokio::test]
async fn of_two_devices_at_once_the_second_looks_again() {
    let feed = Key { space: spaces::customer(customer(1)), kind: "feed".into(), id: "feed".into() };
    for (is_on, first, second) in [
        (false, on('A'), on('E')),
        (true, renew('E'), renew('I')),
        (true, renew('E'), Command::TurnFeedOff),
        (true, Command::TurnFeedOff, renew('E')),
    ] {
        let salon = Salon::open().await;
        if is_on {
            salon.ask(on('A')).await.expect("there is none yet");
        }
        assert_eq!(salon.overtaken(&first, &second).await, feed, "{second:?} was decided before {first:?}");
    }
}

#[tokio::test]
async fn a_secret_opens_one_feed_and_strangers_have_none() {
    let salon = Salon::open().await;
    salon.ask(on('A')).await.expect("there is none yet");
    let anyone = Context { now: salon.now, actor: Actor::Anyone };
    for command in [on('E'), renew('E'), Command::TurnFeedOff] {
        let refused = salon.refused_as(anyone, command.clone()).await;
        assert_eq!(refused, Refusal::NotSignedIn, "{command:?}: nobody is signed in");
    }
    assert_eq!(salon.view_as(anyone, View::Feed).await, Err(Refusal::NotSignedIn), "nor shown a link");
    let other = Context { now: salon.now, actor: Actor::Customer(customer(9)) };
    let taken = Refusal::BadText { field: "secret".into(), most: 43 };
    assert_eq!(salon.refused_as(other, on('A')).await, taken, "a copied secret does not take a feed over");
    let Ok(Screen::Feed(FeedView { link: None })) = salon.view_as(other, View::Feed).await else {
        panic!("another customer sees no link")
    };
}

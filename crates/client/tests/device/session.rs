//! Signing in and out.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use client::{Connection, Trouble, Vault};
use portal::{Tab, View};
use protocol::{LinkRequest, LinkSent, Proof, SignedIn, TokenRequest};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::phone::{Phone, booked, now, somebody};

#[tokio::test]
async fn a_mail_opens_only_the_device_that_asked_also_after_a_restart() {
    let phone = Phone::met().await;
    let attempt = Uuid::from_u128(7);
    let digits = phone.app.sign_in_with_digits(phone.business, "123456").await;
    assert_eq!(digits, Err(Trouble::NoAttempt), "nobody asked for a mail");
    let expires = now() + jiff::SignedDuration::from_mins(15);
    phone.script.answer("sign-in/link", &LinkSent { attempt, expires });
    phone.app.request_link(phone.business, " ada@example.org ").await.unwrap();
    let phone = phone.restarted().await;
    let other = phone.app.sign_in_with_code(phone.business, Uuid::from_u128(8), "code").await;
    assert_eq!(other, Err(Trouble::NoAttempt), "a link that somebody else asked for opens nothing");
    let token = Some("secret".to_owned());
    phone.script.answer("sign-in/token", &SignedIn { customer: phone.customer, token, last: 0 });
    phone.app.sign_in_with_digits(phone.business, "123 456").await.unwrap();
    let asked: Vec<LinkRequest> = phone.script.asked("sign-in/link");
    let proved: Vec<TokenRequest> = phone.script.asked("sign-in/token");
    let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&proved[0].verifier));
    assert_eq!(asked[0].challenge, challenge, "the secret behind the challenge is shown only now");
    assert_eq!((&*asked[0].email, asked[0].app), ("ada@example.org", true), "the mail hands over to the app");
    assert_eq!((proved[0].attempt, &proved[0].proof), (attempt, &Proof::Digits("123456".to_owned())), "as typed");
    assert_eq!(phone.card().await.customer, Some(phone.customer), "signed in");
    let file = std::fs::read(phone.folder.path().join("datebook.sqlite")).unwrap();
    assert!(!file.windows(6).any(|bytes| bytes == b"secret"), "the token is in the vault alone");
}

/// A phone whose owner waits for a mail; what it proves will be taken.
async fn asked_for_a_link() -> (Phone, Uuid) {
    let phone = Phone::met().await;
    let attempt = Uuid::from_u128(7);
    let expires = now() + jiff::SignedDuration::from_mins(15);
    phone.script.answer("sign-in/link", &LinkSent { attempt, expires });
    phone.app.request_link(phone.business, "ada@example.org").await.unwrap();
    let token = Some("secret".to_owned());
    phone.script.answer("sign-in/token", &SignedIn { customer: phone.customer, token, last: 0 });
    (phone, attempt)
}

#[tokio::test]
async fn a_link_that_comes_twice_signs_in_once() {
    let (phone, attempt) = asked_for_a_link().await;
    for press in ["a press", "another"] {
        assert_eq!(phone.app.sign_in_with_code(phone.business, attempt, "code").await, Ok(()), "{press}");
    }
    assert_eq!(phone.script.asked::<TokenRequest>("sign-in/token").len(), 1, "a code works once");
    phone.app.sign_out(phone.business, false).await.unwrap();
    let again = phone.app.sign_in_with_code(phone.business, attempt, "code").await;
    assert_eq!(again, Err(Trouble::NoAttempt), "after the end of its session it opens nothing");
    phone.sign_in(phone.customer, 0).await.unwrap();
    let again = phone.app.sign_in_with_code(phone.business, attempt, "code").await;
    assert_eq!(again, Err(Trouble::NoAttempt), "and says nothing of one that a password has opened");
}

#[tokio::test]
async fn a_link_that_comes_again_when_the_app_was_restarted_is_known() {
    let (phone, attempt) = asked_for_a_link().await;
    phone.app.sign_in_with_code(phone.business, attempt, "code").await.unwrap();
    let phone = phone.restarted().await;
    assert_eq!(phone.app.sign_in_with_code(phone.business, attempt, "code").await, Ok(()), "it has signed in here");
}

#[tokio::test]
async fn digits_that_cannot_be_are_not_sent() {
    let phone = Phone::met().await;
    for digits in ["", "12345", "1234567", "12345a", "१२३४५६"] {
        let answer = phone.app.sign_in_with_digits(phone.business, digits).await;
        assert_eq!(answer, Err(Trouble::WrongCredentials), "{digits:?} are not six digits");
    }
}

#[tokio::test]
async fn the_end_of_a_session_keeps_everything_and_the_next_one_goes_on() {
    let phone = Phone::ready().await;
    let (booking, _) = phone.book(0).await;
    phone.script.refuse("push", 401, "not_signed_in", None);
    assert_eq!(phone.app.sync_now(phone.business).await, Err(Trouble::NotSignedIn), "the server does not know us");
    assert_eq!(phone.card().await.connection, Connection::SessionEnded, "the screen asks to sign in");
    let phone = phone.restarted().await;
    assert_eq!(phone.card().await.connection, Connection::SessionEnded, "also tomorrow");
    assert_eq!(phone.agenda(Tab::Upcoming).await.len(), 1, "everything is still there");
    assert_eq!(phone.app.sync_now(phone.business).await, Err(Trouble::NotSignedIn), "nothing is asked as nobody");
    phone.sign_in(phone.customer, 0).await.unwrap();
    phone.will_say(1, vec![booked(booking)]);
    phone.will_pull(vec![]);
    phone.app.sync_now(phone.business).await.unwrap();
    assert!(phone.outbox().await.is_empty(), "what waited was sent");
}

#[tokio::test]
async fn only_a_datebook_ends_a_session() {
    let phone = Phone::ready().await;
    let secret = || phone.vault.get(&format!("session-{}", phone.business)).unwrap();
    for body in ["<html>", r#"{"code":"UNAUTHENTICATED"}"#] {
        phone.script.say("pull", 401, None, body.into());
        phone.app.sync_now(phone.business).await.unwrap_err();
        assert_ne!(phone.card().await.connection, Connection::SessionEnded, "{body}: somebody on the way says so");
        assert!(secret().is_some(), "the token stays");
    }
    phone.will_pull(vec![]);
    assert_eq!(phone.app.sync_now(phone.business).await, Ok(()), "and opens the server behind it");
    phone.script.refuse("pull", 401, "not_signed_in", None);
    assert_eq!(phone.app.sync_now(phone.business).await, Err(Trouble::NotSignedIn), "the server's own word");
    assert_eq!((phone.card().await.connection, secret()), (Connection::SessionEnded, None), "then it has ended");
}

#[tokio::test]
async fn nobody_sends_what_somebody_else_left_waiting() {
    let phone = Phone::ready().await;
    phone.book(0).await;
    phone.script.refuse("push", 401, "not_signed_in", None);
    phone.app.sync_now(phone.business).await.unwrap_err();
    let refused = phone.sign_in(somebody(2), 0).await;
    assert_eq!(refused, Err(Trouble::StillWaiting { waiting: 1 }), "these commands are not theirs");
    assert_eq!(phone.card().await.customer, Some(phone.customer), "nothing has changed");
    assert_eq!(phone.outbox().await.len(), 1, "nothing is lost");
}

#[tokio::test]
async fn another_customer_finds_nothing_of_the_one_before() {
    let phone = Phone::ready().await;
    phone.sign_in(somebody(2), 0).await.unwrap();
    let profile = phone.app.view(phone.business, View::Profile).await.unwrap();
    assert!(matches!(profile, client::Reply::Refused { .. }), "not pulled yet, and not Ada's: {profile:?}");
    assert!(!phone.card().await.ready, "an empty list does not mean that there is nothing");
}

#[tokio::test]
async fn signing_out_asks_before_it_loses_anything_and_works_without_a_network() {
    let phone = Phone::ready().await;
    phone.book(0).await;
    let refused = phone.app.sign_out(phone.business, false).await;
    assert_eq!(refused, Err(Trouble::StillWaiting { waiting: 1 }), "the customer decides");
    phone.app.sign_out(phone.business, true).await.unwrap();
    let phone = phone.restarted().await;
    let card = phone.card().await;
    assert_eq!((card.customer, card.waiting), (None, 0), "nobody is signed in");
    let agenda = phone.app.view(phone.business, View::Profile).await.unwrap();
    assert!(matches!(agenda, client::Reply::Refused { .. }), "nothing of the customer is left");
    let catalogue = phone.app.view(phone.business, View::Catalogue).await.unwrap();
    assert!(matches!(catalogue, client::Reply::Screen { .. }), "the business is still there");
    let secret = phone.vault.get(&format!("session-{}", phone.business)).unwrap();
    assert_eq!(secret, None, "the token is gone");
}

#[tokio::test]
async fn a_business_that_is_removed_leaves_nothing_behind() {
    let phone = Phone::ready().await;
    let gone = phone.business;
    phone.app.disconnect(gone, false).await.unwrap();
    let phone = phone.restarted().await;
    assert!(phone.app.businesses().await.unwrap().is_empty(), "the list is empty");
    assert_eq!(phone.app.view(gone, View::Profile).await, Err(Trouble::NoBusiness), "it is not known");
    assert_eq!(phone.app.current().await, Ok(None), "nothing is shown");
    phone.script.answer("hello", &phone.shop.hello());
    let again = phone.app.connect("https://salon.example/agenda").await.unwrap();
    assert_eq!((again.ready, again.customer), (false, None), "it is met as for the first time");
}

#[tokio::test]
async fn a_start_shows_what_the_questions_would_have_been_answered() {
    let phone = Phone::ready().await;
    let agenda = phone.app.view(phone.business, View::Agenda(portal::AgendaQuery::default())).await.unwrap();
    let opening = phone.app.opening().await.unwrap();
    assert_eq!(opening.businesses, phone.app.businesses().await.unwrap(), "the same businesses");
    assert_eq!(opening.current, Some(phone.business), "the one that was chosen");
    assert_eq!(opening.agenda, Some(agenda), "and its agenda");
    phone.app.sign_out(phone.business, true).await.unwrap();
    let opening = phone.app.opening().await.unwrap();
    assert_eq!((opening.businesses.len(), opening.agenda), (1, None), "nobody is signed in");
}

#[tokio::test]
async fn a_start_with_nothing_shows_nothing() {
    let phone = Phone::ready().await;
    phone.app.disconnect(phone.business, true).await.unwrap();
    let opening = phone.app.opening().await.unwrap();
    assert_eq!((opening.businesses.len(), opening.current, opening.agenda), (0, None, None), "there is no business");
}

#[tokio::test]
async fn meeting_a_business_twice_is_meeting_it_once() {
    let phone = Phone::met().await;
    let again = phone.app.connect("datebook://connect?server=https%3A%2F%2Fsalon.example").await.unwrap();
    assert_eq!(again.id, phone.business, "one server, one business, also without a network");
    phone.script.say("hello", 200, None, b"<html>".to_vec());
    assert_eq!(phone.app.connect("other.example").await, Err(Trouble::NotDatebook), "a website");
    assert_eq!(phone.app.connect("third.example").await, Err(Trouble::Offline), "nobody there");
    assert_eq!(phone.app.businesses().await.unwrap().len(), 1, "neither is kept");
    let second =
        client::App::open_with(phone.folder.path(), phone.vault.clone(), phone.clock.clone(), phone.script.clone());
    assert!(matches!(second.await, Err(Trouble::Storage { .. })), "two programs would give the same number twice");
}

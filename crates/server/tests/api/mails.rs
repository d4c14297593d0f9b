//! What customers are told by mail.

use domain::{BookingId, CommandId};
use serde_json::{Value, json};

use crate::support::{BUSINESS, Server, book};

fn line(letter: &Value, name: &str) -> String {
    let text = letter["attachments"][0]["text"].as_str().unwrap().replace("\r\n ", "");
    // The last one: the zone before the event has a DTSTART, too.
    let line = text.lines().rev().find(|line| line.split([':', ';']).next() == Some(name)).map(str::to_owned);
    line.and_then(|line| line.split_once(':').map(|(_, value)| value.to_owned())).unwrap_or_default()
}

#[tokio::test]
async fn an_invitation_names_the_addresses_that_its_mail_has() {
    let business = BUSINESS.replace("hello@test.example", "hello@bücher.example");
    let server = Server::with(&business, |settings| settings).await;
    let ada = server.sign_in("ada@bücher.example").await;
    server.execute(&ada, CommandId::new(), &book(BookingId::new(), server.starts().await[0])).await;
    let letter = server.letters("ada@bücher.example", 2).await.remove(0);
    for (name, address) in [("ORGANIZER", "hello"), ("ATTENDEE", "ada")] {
        let written = format!("mailto:{address}@xn--bcher-kva.example");
        assert_eq!(line(&letter, name), written, "a mail server that knows no UTF-8 brings what a calendar sends");
    }
}

#[tokio::test]
async fn a_booking_is_confirmed_moved_and_cancelled_by_mail() {
    let server = Server::start().await;
    let ada = server.plant("ada@example.org").await;
    let (booking, starts) = (BookingId::new(), server.starts().await);
    server.execute(&ada, CommandId::new(), &book(booking, starts[0])).await;
    let confirmed = server.letters("ada@example.org", 1).await.remove(0);
    let moved = json!({"type": "reschedule@1", "booking": booking, "start": starts[6]});
    server.execute(&ada, CommandId::new(), &moved).await;
    let moved = server.letters("ada@example.org", 2).await.remove(0);
    let cancel = json!({"type": "cancel@1", "booking": booking});
    server.execute(&ada, CommandId::new(), &cancel).await;
    let cancelled = server.letters("ada@example.org", 3).await.remove(0);

    let uid = format!("{booking}@datebook");
    for (letter, method, sequence, status) in [
        (&confirmed, "REQUEST", "0", "CONFIRMED"),
        (&moved, "REQUEST", "1", "CONFIRMED"),
        (&cancelled, "CANCEL", "2", "CANCELLED"),
    ] {
        assert_eq!(line(letter, "METHOD"), method);
        assert_eq!(line(letter, "UID"), uid, "one appointment has one UID for its whole life");
        assert_eq!(line(letter, "SEQUENCE"), sequence, "a calendar ignores what does not rise");
        assert_eq!(line(letter, "STATUS"), status);
        let text = letter["text"].as_str().unwrap();
        // A slash may be written as a reference in HTML.
        let html = &letter["html"].as_str().unwrap().replace("&#x2f;", "/");
        for part in [text, html] {
            assert!(part.contains("Europe/Berlin, UTC+"), "times name their zone: {part}");
            assert!(
                part.contains(&format!("{}/open/booking/{booking}", server.running.url)),
                "the link leads to it: {part}"
            );
        }
        assert!(text.contains("Test & Co") && html.contains("Test &amp; Co"), "HTML is escaped, text is not");
        assert!(html.contains("#2f6b4f"), "the ticket has the business's colour");
    }
    let civil = "Europe/Berlin".parse::<domain::Zone>().unwrap().zoned(starts[6]).strftime("%Y%m%dT%H%M%S").to_string();
    assert_eq!(line(&moved, "DTSTART"), civil, "on the venue's clock");
    let former = starts[0].to_zoned(jiff::tz::TimeZone::get("Europe/Berlin").unwrap()).strftime("%H:%M (Europe/Berlin");
    assert!(moved["text"].as_str().unwrap().contains(&former.to_string()), "the old time is named too");
    let subject = |letter: &Value| letter["subject"].as_str().unwrap().to_owned();
    assert!(subject(&confirmed).starts_with("Your appointment on "), "{}", subject(&confirmed));
    assert!(subject(&moved).starts_with("Your appointment has moved to "), "{}", subject(&moved));
    assert!(!moved["text"].as_str().unwrap().contains("not confirmed"), "it was confirmed, and stays so");
    assert!(subject(&cancelled).ends_with(" is cancelled"), "{}", subject(&cancelled));
    let page = server.get("/mailbox").await.text().await.unwrap();
    assert!(
        page.contains("appointment.ics") && page.contains("sandbox="),
        "the page shows mails and runs nothing of them"
    );
}

#[tokio::test]
async fn a_business_that_says_yes_by_hand_says_so() {
    let business = BUSINESS.replace("notice = 0", "accept_automatically = false, notice = 0");
    let server = Server::with(&business, |settings| settings).await;
    let ada = server.plant("ada@example.org").await;
    let (booking, starts) = (BookingId::new(), server.starts().await);
    server.execute(&ada, CommandId::new(), &book(booking, starts[0])).await;
    let letter = server.letters("ada@example.org", 1).await.remove(0);
    assert!(letter["subject"].as_str().unwrap().starts_with("Your request for "), "a request is no confirmation");
    assert_eq!(line(&letter, "STATUS"), "TENTATIVE", "nor is it one in the calendar");

    let moved = json!({"type": "reschedule@1", "booking": booking, "start": starts[6]});
    server.execute(&ada, CommandId::new(), &moved).await;
    let letter = server.letters("ada@example.org", 2).await.remove(0);
    let subject = letter["subject"].as_str().unwrap();
    assert!(subject.starts_with("Your request has moved to "), "nor is it one at another time: {subject}");
    for part in ["text", "html"] {
        let part = letter[part].as_str().unwrap();
        assert!(part.contains("Your request has a new time. It was on "), "both times are named: {part}");
        assert!(part.contains(". It is not confirmed yet; we will write to you"), "and what it waits for: {part}");
    }
    assert_eq!(line(&letter, "STATUS"), "TENTATIVE", "the calendar waits too");
}

#[tokio::test]
async fn what_people_write_cannot_break_a_mail() {
    let server = Server::start().await;
    let ada = server.plant("ada@example.org").await;
    let name = json!({"type": "update_profile@1", "name": "<b>Ada</b> {{ 7*7 }}"});
    server.execute(&ada, CommandId::new(), &name).await;
    let mut command = book(BookingId::new(), server.starts().await[0]);
    command["note"] = json!("<script>alert(1)</script>");
    server.execute(&ada, CommandId::new(), &command).await;
    let letter = server.letters("ada@example.org", 1).await.remove(0);
    let html = letter["html"].as_str().unwrap();
    assert!(!html.contains("<script>") && !html.contains("<b>Ada"), "HTML of others stays text: {html}");
    assert!(html.contains("{{ 7*7 }}"), "and templates of others are not run");
}

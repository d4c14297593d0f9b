use std::{fs, path::Path};

use proptest::prelude::*;

use super::*;

const ID: &str = "01936f3e-8a57-7cc2-b3a4-0f3b1c2d4e5f";

fn id() -> Uuid {
    ID.parse().unwrap()
}

/// A link in both forms, as a server makes them.
fn forms(link: &Link) -> [String; 2] {
    let app = |kind: &str, server: &str, more: &[(&str, &str)]| {
        let mut url = Url::parse(&format!("datebook://{kind}")).unwrap();
        url.query_pairs_mut().append_pair("server", server).extend_pairs(more);
        url.to_string()
    };
    match link {
        Link::Connect { server } => [app("connect", server, &[]), format!("{server}/open/connect")],
        Link::SignIn { server, attempt, code } => [
            app("sign-in", server, &[("attempt", &attempt.to_string()), ("code", code)]),
            format!("{server}/open/sign-in/{attempt}#code={code}"),
        ],
        Link::Booking { server, booking } => [
            app("booking", server, &[("booking", &booking.0.to_string())]),
            format!("{server}/open/booking/{}", booking.0),
        ],
        Link::Guest { server, token } => {
            [app("guest", server, &[("token", token)]), format!("{server}/open/guest#token={token}")]
        }
        Link::GiftCard { server, code } => {
            [app("gift-card", server, &[("code", code)]), format!("{server}/open/gift-card#code={code}")]
        }
        Link::CheckIn { server, token } => {
            [app("check-in", server, &[("token", token)]), format!("{server}/open/check-in#token={token}")]
        }
        Link::Payment { server, payment } => {
            [app("payment", server, &[("payment", &payment.to_string())]), format!("{server}/open/payment/{payment}")]
        }
        Link::Unknown => panic!("nobody makes such a link"),
    }
}

fn server_of(link: &Link) -> Option<&str> {
    match link {
        Link::Connect { server }
        | Link::SignIn { server, .. }
        | Link::Booking { server, .. }
        | Link::Guest { server, .. }
        | Link::GiftCard { server, .. }
        | Link::CheckIn { server, .. }
        | Link::Payment { server, .. } => Some(server),
        Link::Unknown => None,
    }
}

#[test]
fn the_forms_of_the_table_are_understood() {
    let server = "https://salon.example".to_owned();
    let cases = [
        ("connect?server=https%3A%2F%2Fsalon.example", "/open/connect", Link::Connect { server: server.clone() }),
        (
            &format!("sign-in?server=https://salon.example&attempt={ID}&code=a_B-9"),
            &format!("/open/sign-in/{ID}#code=a_B-9"),
            Link::SignIn { server: server.clone(), attempt: id(), code: "a_B-9".to_owned() },
        ),
        (
            &format!("booking?server=https://salon.example&booking={ID}"),
            &format!("/open/booking/{ID}"),
            Link::Booking { server: server.clone(), booking: BookingId(id()) },
        ),
        (
            "guest?server=https://salon.example&token=abc",
            "/open/guest#token=abc",
            Link::Guest { server: server.clone(), token: "abc".to_owned() },
        ),
        (
            "gift-card?server=https://salon.example&code=RYE-2026",
            "/open/gift-card#code=RYE-2026",
            Link::GiftCard { server: server.clone(), code: "RYE-2026".to_owned() },
        ),
        (
            "check-in?server=https://salon.example&token=a.b~c",
            "/open/check-in#token=a.b~c",
            Link::CheckIn { server: server.clone(), token: "a.b~c".to_owned() },
        ),
        (
            &format!("payment?server=https://salon.example&payment={ID}"),
            &format!("/open/payment/{ID}?provider=added&this=1"),
            Link::Payment { server: server.clone(), payment: id() },
        ),
    ];
    for (app, web, link) in cases {
        assert_eq!(open_link(&format!("datebook://{app}")), link, "the app's form of it");
        assert_eq!(open_link(&format!("{server}{web}")), link, "the HTTPS form of it");
    }
}

#[test]
fn what_systems_do_to_links_does_no_harm() {
    for (text, server) in [
        ("datebook://connect/?server=http://localhost:8080", "http://localhost:8080"),
        ("DATEBOOK://connect?server=https://Salon.Example:443/book", "https://salon.example"),
        ("https://Salon.Example:443/open/connect?utm_source=mail", "https://salon.example"),
        ("http://127.0.0.1:8787/open/connect", "http://127.0.0.1:8787"),
    ] {
        assert_eq!(open_link(text), Link::Connect { server: server.to_owned() }, "{text} is clear enough");
    }
}

#[test]
fn what_is_too_long_is_not_read() {
    let code = |length: usize| format!("https://a.example/open/gift-card#code={}", "a".repeat(length));
    let token = |length: usize| format!("https://a.example/open/check-in#token={}", "a".repeat(length));
    let named = |length: usize| format!("https://a.example/open/connect?{}", "a".repeat(length));
    for (fits, text) in [
        (true, code(LONGEST_CODE)),
        (false, code(LONGEST_CODE + 1)),
        (true, token(LONGEST_TOKEN)),
        (false, token(LONGEST_TOKEN + 1)),
        (false, named(LONGEST)),
    ] {
        assert_eq!(open_link(&text) != Link::Unknown, fits, "{} characters", text.len());
    }
}

/// The fuzzer's corpus: links that are understood, and links that once were or could be taken for one.
#[derive(serde::Deserialize)]
struct Corpus {
    /// Both forms of the same link.
    pairs: Vec<[String; 2]>,
    understood: Vec<String>,
    refused: Vec<String>,
}

fn corpus() -> Corpus {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/links/corpus.json");
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn the_corpus_is_read_as_it_says() {
    let corpus = corpus();
    for [app, web] in &corpus.pairs {
        assert_eq!(open_link(app), open_link(web), "both mean the same");
        assert_eq!(forms(&open_link(app)), [app.as_str(), web], "and are written so");
    }
    for text in &corpus.understood {
        assert_ne!(open_link(text), Link::Unknown, "{text:?} is a link");
    }
    for text in &corpus.refused {
        assert_eq!(open_link(text), Link::Unknown, "{text:?} is not exactly a link");
    }
}

/// What holds for whatever comes out, however it went in.
fn holds(text: &str) -> Result<(), TestCaseError> {
    let link = open_link(text);
    let Some(server) = server_of(&link) else { return Ok(()) };
    prop_assert_eq!(address::of_url(server), Ok(server.to_owned()), "a link names an origin that may be spoken to");
    for form in forms(&link) {
        prop_assert_eq!(&open_link(&form), &link, "both forms of what was understood mean the same: {}", form);
    }
    match &link {
        Link::Guest { token, .. } | Link::CheckIn { token, .. } => prop_assert!(token.len() <= LONGEST_TOKEN),
        Link::SignIn { code, .. } | Link::GiftCard { code, .. } => prop_assert!(code.len() <= LONGEST_CODE),
        _ => {}
    }
    Ok(())
}

/// Some link that a server may make.
fn links() -> impl Strategy<Value = Link> {
    let server = ("[a-z]{1,20}\\.example", 1024u16..).prop_map(|(host, port)| format!("https://{host}:{port}"));
    (server, 0..7u8, any::<u128>(), "[A-Za-z0-9_-]{1,200}", "[A-Za-z0-9_.~-]{1,1000}").prop_map(
        |(server, kind, id, code, token)| {
            let id = Uuid::from_u128(id);
            match kind {
                0 => Link::Connect { server },
                1 => Link::SignIn { server, attempt: id, code },
                2 => Link::Booking { server, booking: BookingId(id) },
                3 => Link::Guest { server, token },
                4 => Link::GiftCard { server, code },
                5 => Link::CheckIn { server, token },
                _ => Link::Payment { server, payment: id },
            }
        },
    )
}

/// A link of the corpus after somebody played with it: pieces cut out, put in twice, and mixed with another's.
fn played_with() -> impl Strategy<Value = String> {
    let corpus = corpus();
    let all: Vec<String> = corpus.understood.into_iter().chain(corpus.refused).collect();
    let one = prop::sample::select(all.clone());
    let pieces =
        "(server=|attempt=|code=|token=|booking=|&|#|\\?|/|//|@|:|%00|%2f|\\.\\.|open|https://|datebook://|\\PC){0,3}";
    let plays = prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), pieces), 0..4);
    (one, prop::sample::select(all), plays).prop_map(|(mut text, other, plays)| {
        for (from, to, piece) in plays {
            let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let (from, to) = (ends[from.index(ends.len())], ends[to.index(ends.len())]);
            text.replace_range(from.min(to)..from.max(to), &piece);
        }
        if text.len() % 5 == 0 { text + &other } else { text }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_a_server_makes_is_read_back_from_both_forms(link in links()) {
        for form in forms(&link) {
            prop_assert_eq!(&open_link(&form), &link, "what was put in comes out of {}", form);
        }
    }

    #[test]
    fn no_text_breaks_the_reader(
        text in "((datebook|https|http)://[a-z.-]{0,12})?(/open/|/|\\?|#)?(connect|sign-in|booking|server=|attempt=|code=|token=|&|https://|\\PC){0,12}"
    ) {
        holds(&text)?;
    }

    #[test]
    fn no_play_with_a_link_breaks_the_reader(text in played_with()) {
        holds(&text)?;
    }
}

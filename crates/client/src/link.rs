//! `datebook://` links. Anybody can make one, so nothing in them is believed and nothing happens by opening one.

use std::collections::BTreeMap;

use url::Url;
use uuid::Uuid;

use crate::{Link, address};

/// More than any link the server makes.
const LONGEST: usize = 4096;

/// Reads a link. Whatever is not exactly a link this app knows is [`Link::Unknown`].
pub fn open_link(text: &str) -> Link {
    read(text).unwrap_or(Link::Unknown)
}

fn read(text: &str) -> Option<Link> {
    if text.len() > LONGEST {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let plain = url.scheme() == "datebook"
        && matches!(url.path(), "" | "/")
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none()
        && url.fragment().is_none();
    if !plain {
        return None;
    }
    let mut values = BTreeMap::new();
    for (name, value) in url.query_pairs() {
        // A name that comes twice could be read one way here and another way elsewhere.
        if values.insert(name.into_owned(), value.into_owned()).is_some() {
            return None;
        }
    }
    let link = match url.host_str()? {
        "connect" => Link::Connect { server: server(&mut values)? },
        "sign-in" => Link::SignIn {
            server: server(&mut values)?,
            attempt: values
                .remove("attempt")
                .filter(|text| text.len() == 36)
                .and_then(|text| Uuid::try_parse(&text).ok())?,
            code: values.remove("code").filter(|text| is_code(text))?,
        },
        _ => return None,
    };
    values.is_empty().then_some(link)
}

fn server(values: &mut BTreeMap<String, String>) -> Option<String> {
    address::of_url(&values.remove("server")?).ok()
}

/// Base64url or hexadecimal, at most 200 characters.
fn is_code(text: &str) -> bool {
    (1..=200).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ATTEMPT: &str = "01936f3e-8a57-7cc2-b3a4-0f3b1c2d4e5f";

    #[test]
    fn links_of_the_server_are_understood() {
        assert_eq!(
            open_link("datebook://connect?server=https%3A%2F%2Fsalon.example"),
            Link::Connect { server: "https://salon.example".to_owned() }
        );
        assert_eq!(
            open_link("datebook://connect/?server=http://localhost:8080"),
            Link::Connect { server: "http://localhost:8080".to_owned() },
            "some systems put a slash after the host"
        );
        assert_eq!(
            open_link(&format!("datebook://sign-in?server=https://salon.example&attempt={ATTEMPT}&code=a_B-9")),
            Link::SignIn {
                server: "https://salon.example".to_owned(),
                attempt: ATTEMPT.parse().unwrap(),
                code: "a_B-9".to_owned()
            }
        );
    }

    #[test]
    fn anything_else_is_not() {
        let long = format!("datebook://connect?server=https://{}.example", "a".repeat(LONGEST));
        let code = format!("datebook://sign-in?server=https://a.example&attempt={ATTEMPT}&code={}", "a".repeat(201));
        for text in [
            "",
            "datebook:",
            "datebook://connect",
            "datebook://connect?server=",
            "datebook://connect?server=salon.example",
            "datebook://connect?server=http://salon.example",
            "datebook://connect?server=javascript:alert(1)",
            "datebook://connect?server=https://a@salon.example",
            "datebook://connect?server=https://a.example&server=https://b.example",
            "datebook://connect?server=https://a.example&more=1",
            "datebook://connect/path?server=https://a.example",
            "datebook://connect:80?server=https://a.example",
            "datebook://me@connect?server=https://a.example",
            "datebook://connect?server=https://a.example#x",
            "datebook://sign-in?server=https://a.example&attempt=1&code=a",
            "datebook://sign-in?server=https://a.example&code=a",
            "datebook://other?server=https://a.example",
            "https://connect?server=https://a.example",
            &format!("datebook://sign-in?server=https://a.example&attempt={ATTEMPT}&code=a b"),
            &format!("datebook://sign-in?server=https://a.example&attempt={ATTEMPT}&code="),
            &long,
            &code,
        ] {
            assert_eq!(open_link(text), Link::Unknown, "{text:?} is not a link of the server");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "(datebook://(connect|sign-in)/?\\?)?(server=|attempt=|code=|&|https://|\\PC){0,12}") {
            match open_link(&text) {
                Link::Connect { server } | Link::SignIn { server, .. } => {
                    prop_assert_eq!(address::of_url(&server), Ok(server.clone()), "a link names an origin");
                }
                Link::Unknown => {}
            }
        }

        #[test]
        fn what_a_server_makes_is_read_back(code in "[A-Za-z0-9_-]{1,200}", port in 1024u16.., host in "[a-z]{1,20}\\.example") {
            let server = format!("https://{host}:{port}");
            let mut url = Url::parse("datebook://sign-in").unwrap();
            url.query_pairs_mut()
                .append_pair("server", &server)
                .append_pair("attempt", ATTEMPT)
                .append_pair("code", &code);
            let expected = Link::SignIn { server, attempt: ATTEMPT.parse().unwrap(), code };
            prop_assert_eq!(open_link(url.as_str()), expected, "what was put in comes out");
        }
    }
}

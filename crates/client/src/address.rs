//! Addresses of servers, as people type and paste them.
//!
//! **Invariant:** nothing but `https` leaves the device; plain `http` goes only to the device itself.

use url::{Host, Url};

use crate::Trouble;

/// More than any address anybody means.
const LONGEST: usize = 2048;

/// The origin of a server, for example `https://salon.example` or `http://localhost:8080`, from what people paste: a
/// bare host, any page of it, or a `datebook://connect` link.
///
/// # Errors
/// [`Trouble::BadAddress`], or [`Trouble::NotEncrypted`] for plain `http` to another machine.
pub(crate) fn origin(pasted: &str) -> Result<String, Trouble> {
    let text = pasted.trim();
    if text.is_empty() || text.len() > LONGEST {
        return Err(Trouble::BadAddress);
    }
    if text.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("datebook:")) {
        return match crate::open_link(text) {
            crate::Link::Connect { server } => Ok(server),
            _ => Err(Trouble::BadAddress),
        };
    }
    if text.contains("://") {
        return of_url(text);
    }
    let local = Url::parse(&format!("http://{text}")).is_ok_and(|url| is_loopback(&url));
    of_url(&format!("{}://{text}", if local { "http" } else { "https" }))
}

/// The origin of a full URL.
///
/// # Errors
/// As for [`origin`].
pub(crate) fn of_url(text: &str) -> Result<String, Trouble> {
    if text.len() > LONGEST {
        return Err(Trouble::BadAddress);
    }
    let url = Url::parse(text).map_err(|_| Trouble::BadAddress)?;
    let named = url.host_str().is_some_and(|host| !host.is_empty());
    if !named || !url.username().is_empty() || url.password().is_some() {
        return Err(Trouble::BadAddress);
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => return Err(Trouble::NotEncrypted),
        _ => return Err(Trouble::BadAddress),
    }
    Ok(url.origin().ascii_serialization())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_paste_names_the_server() {
        for (pasted, expected) in [
            ("salon.example", "https://salon.example"),
            ("  Salon.Example/  ", "https://salon.example"),
            ("salon.example:8443/agenda?x=1#y", "https://salon.example:8443"),
            ("https://salon.example:443/", "https://salon.example"),
            ("https://salon.example/book/cut", "https://salon.example"),
            ("localhost:8080", "http://localhost:8080"),
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("[::1]:8080", "http://[::1]:8080"),
            ("http://localhost", "http://localhost"),
            ("datebook://connect?server=https%3A%2F%2Fsalon.example", "https://salon.example"),
            ("bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(origin(pasted).as_deref(), Ok(expected), "{pasted:?} means this server");
        }
    }

    #[test]
    fn what_is_no_server_is_refused() {
        for pasted in [
            "",
            "   ",
            "a b",
            "ftp://salon.example",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://user:secret@salon.example",
            "user@salon.example",
            "https://",
            "datebook://connect",
            "datebook://sign-in?server=https://salon.example",
        ] {
            assert_eq!(origin(pasted), Err(Trouble::BadAddress), "{pasted:?} is no address of a server");
        }
        let long = "a".repeat(LONGEST + 1);
        assert_eq!(origin(&long), Err(Trouble::BadAddress), "nobody means an address that long");
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for pasted in ["http://salon.example", "http://192.168.0.1", "http://localhost.example", "http://128.0.0.1"] {
            assert_eq!(origin(pasted), Err(Trouble::NotEncrypted), "{pasted:?} would go over the network in the clear");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_out_is_an_origin_that_is_encrypted_or_local(pasted in "\\PC{0,60}") {
            if let Ok(server) = origin(&pasted) {
                prop_assert_eq!(origin(&server), Ok(server.clone()), "an origin stays as it is");
                let url = Url::parse(&server).unwrap();
                prop_assert!(url.scheme() == "https" || is_loopback(&url), "nothing else may be spoken to");
            }
        }
    }
}

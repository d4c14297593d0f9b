//! What must leave no trace: requests that are refused, and every GET.

use domain::{BookingId, CommandId};
use protocol::Code;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::{Read as _, Store as _};

use crate::support::{Customer, Server, book, code, link_token};

/// Every space with its version. A commit that touches nothing else would still show here.
async fn versions(server: &Server) -> Vec<(String, u64)> {
    let read = server.store().snapshot().await.unwrap();
    let mut versions = Vec::new();
    for space in read.spaces("").await.unwrap() {
        versions.push((space.to_string(), read.version(&space).await.unwrap()));
    }
    versions
}

async fn somebody_with_a_booking(server: &Server) -> (Customer, BookingId) {
    let ada = server.plant("ada@example.org").await;
    let booking = BookingId::new();
    server.execute(&ada, CommandId::new(), &book(booking, server.starts().await[0])).await;
    server.letters("ada@example.org", 1).await;
    (ada, booking)
}

#[tokio::test]
async fn bad_commands_answer_a_code_and_change_nothing() {
    let server = Server::start().await;
    let (ada, booking) = somebody_with_a_booking(&server).await;
    let before = versions(&server).await;
    let command = json!({"type": "cancel@1", "booking": booking});
    let execute = json!({"id": CommandId::new(), "command": command});
    let push = json!({"commands": [{"number": 1, "id": CommandId::new(), "command": command}]});
    for (path, good) in [("/api/v1/execute", &execute), ("/api/v1/push", &push)] {
        let send = |body: String, kind: &'static str| {
            let request = server.request(Method::POST, path).bearer_auth(&ada.token).header("content-type", kind);
            request.body(body).send()
        };
        let mut large = good.clone();
        large["padding"] = json!("x".repeat(300 * 1024));
        let listed = Value::Array(vec![good.clone()]);
        for (body, kind, expected) in [
            (large.to_string(), "application/json", Code::TooLarge),
            (good.to_string(), "text/plain", Code::WrongContentType),
            (good.to_string(), "application/x-www-form-urlencoded", Code::WrongContentType),
            (listed.to_string(), "application/json", Code::BadRequest),
            (good.to_string().replace('}', ""), "application/json", Code::BadRequest),
            ("{}".to_owned(), "application/json", Code::BadRequest),
        ] {
            let answer = code(send(body, kind).await.unwrap()).await;
            assert_eq!(answer, expected, "{path}: {kind}");
        }
        let stranger = server.post(path, good).await;
        assert_eq!(code(stranger).await, Code::NotSignedIn, "{path}: nobody cancels");
    }
    for numbers in [vec![0], vec![1, 3], vec![2, 1], vec![u64::MAX]] {
        let commands: Vec<_> = numbers
            .iter()
            .map(|number| json!({"number": number, "id": CommandId::new(), "command": command}))
            .collect();
        let answer = server.post_as(&ada, "/api/v1/push", &json!({"commands": commands})).await;
        assert!(answer.status().is_client_error(), "{numbers:?} do not count from 1 by one");
    }
    assert_eq!(versions(&server).await, before, "whatever is refused at the door leaves no trace");
}

#[tokio::test]
async fn no_get_changes_anything() {
    let server = Server::start().await;
    let (ada, booking) = somebody_with_a_booking(&server).await;
    let secret = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    server.execute(&ada, CommandId::new(), &json!({"type": "turn_feed_on@1", "secret": secret})).await;
    server.ask_link("ada@example.org").await;
    let letters = server.letters("ada@example.org", 2).await;
    let token = letters.iter().find(|letter| letter["text"].as_str().unwrap().contains("sign-in")).map(link_token);
    let description: Value = server.get("/api/openapi.json").await.json().await.unwrap();
    let id = letters[0]["id"].as_str().unwrap();
    let whole = |path: &str| {
        path.replace("{id}", id).replace("{booking}", &booking.to_string()).replace("{file}", &format!("{secret}.ics"))
    };
    let mut paths: Vec<_> = description["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(path, methods)| methods.get("get").is_some() && !path.ends_with("/pokes"))
        .map(|(path, _)| whole(path))
        .collect();
    assert!(paths.len() >= 2, "the description names what can be read: {paths:?}");
    // What the mails point to, as a mail scanner opens it: links once carried their secret to the server.
    paths.push(format!("/mailbox/{}", letters[0]["id"].as_str().unwrap()));
    paths.extend(["/", "/mailbox", "/healthz", "/api/openapi.json"].map(str::to_owned));
    paths.push(format!("/agenda/{booking}"));
    paths.push(format!("/open/booking/{booking}"));
    paths.extend(["/open", "/open/guest", "/open/gift-card", "/open/check-in"].map(str::to_owned));
    paths.push(format!("/sign-in/link?token={}", token.unwrap()));
    let before = versions(&server).await;
    for path in &paths {
        for _ in 0..2 {
            let signed_in = server.request(Method::GET, path).bearer_auth(&ada.token).send().await.unwrap();
            assert_ne!(signed_in.status(), StatusCode::INTERNAL_SERVER_ERROR, "{path}");
            server.get(path).await;
        }
    }
    assert_eq!(versions(&server).await, before, "a link may only show: {paths:?}");
}

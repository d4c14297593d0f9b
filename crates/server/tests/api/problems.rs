//! Bad input: every refusal is typed, and nothing changes.

use protocol::Code;
use reqwest::Method;
use serde_json::json;
use store::{Read as _, Store as _};

use crate::support::{Server, book, code, problem};

#[tokio::test]
async fn every_bad_request_has_its_code() {
    let server = Server::start().await;
    let json_of = |text: String| {
        let request = server.request(Method::POST, "/api/v1/view").header("content-type", "application/json");
        request.body(text).send()
    };
    assert_eq!(code(json_of("{".to_owned()).await.unwrap()).await, Code::BadRequest, "not JSON");
    assert_eq!(
        code(json_of(r#"{"view":"nothing"}"#.to_owned()).await.unwrap()).await,
        Code::BadRequest,
        "no such view"
    );
    assert_eq!(code(json_of(" ".repeat(300 * 1024)).await.unwrap()).await, Code::TooLarge, "over the limit");
    let form = server.request(Method::POST, "/api/v1/view").header("content-type", "text/plain").body("{}");
    assert_eq!(code(form.send().await.unwrap()).await, Code::WrongContentType, "a form could send this");
    let bare = server.request(Method::POST, "/api/v1/view").send().await.unwrap();
    assert_eq!(code(bare).await, Code::WrongContentType, "no content type is a wrong one");
    assert_eq!(code(server.get("/api/v1/view").await).await, Code::MethodNotAllowed);
    assert_eq!(code(server.get("/api/v1/nothing").await).await, Code::NotFound);
    assert_eq!(code(server.post("/nothing", &json!({})).await).await, Code::MethodNotAllowed, "pages are only read");
    let profile = problem(server.post("/api/v1/view", &json!({"view": "profile"})).await).await;
    assert_eq!(profile.code, Code::NotSignedIn, "nobody has no profile");
    let execute = server.post("/api/v1/execute", &json!({})).await;
    assert_eq!(code(execute).await, Code::NotSignedIn, "who is asked before what");
    let old = server.request(Method::POST, "/api/v1/view").bearer_auth("old").json(&json!({"view": "catalogue"}));
    assert_eq!(code(old.send().await.unwrap()).await, Code::NotSignedIn, "a device learns that its session has ended");
    for email in ["", "ada", "ada@", "a b@example.org", &format!("{}@example.org", "a".repeat(250))] {
        let body = json!({"email": email, "challenge": crate::support::CHALLENGE});
        assert_eq!(code(server.post("/api/v1/sign-in/link", &body).await).await, Code::BadRequest, "{email:?}");
    }
}

#[tokio::test]
async fn a_path_that_is_no_text_leads_nowhere() {
    let server = Server::start().await;
    for path in [
        "/passes/%FF",
        "/passkit/v1/passes/pass.example/%FF",
        "/passkit/v1/devices/%FF/registrations/pass.example",
        "/mailbox/%FF",
        "/feed/%FF",
    ] {
        assert_eq!(code(server.get(path).await).await, Code::NotFound, "{path}");
    }
}

#[tokio::test]
async fn somebody_elses_booking_does_not_exist() {
    let server = Server::start().await;
    let (ada, bob) = (server.plant("ada@example.org").await, server.plant("bob@example.org").await);
    let (booking, start) = (domain::BookingId::new(), server.starts().await[0]);
    server.execute(&ada, domain::CommandId::new(), &book(booking, start)).await;
    let view = json!({"view": "booking", "booking": booking});
    let theirs = problem(server.post_as(&bob, "/api/v1/view", &view).await).await;
    let nobodys = json!({"view": "booking", "booking": domain::BookingId::new()});
    let nobodys = problem(server.post_as(&bob, "/api/v1/view", &nobodys).await).await;
    assert_eq!(theirs, nobodys, "a booking of somebody else and one that is not there look the same");
    assert_eq!(theirs.code, Code::Refused);
    let cancel = json!({"type": "cancel@1", "booking": booking});
    let verdict = server.execute(&bob, domain::CommandId::new(), &cancel).await;
    assert!(matches!(verdict, protocol::Verdict::Refused { .. }), "nor can it be cancelled: {verdict:?}");
    let own = server.post_as(&ada, "/api/v1/view", &view).await;
    assert_eq!(own.status(), 200, "its customer sees it, still there");
}

#[tokio::test]
async fn reads_by_nobody_leave_nothing_behind() {
    let server = Server::start().await;
    let spaces = async || {
        let read = server.store().snapshot().await.unwrap();
        let mut versions = Vec::new();
        for space in read.spaces("").await.unwrap() {
            versions.push((space.to_string(), read.version(&space).await.unwrap()));
        }
        versions
    };
    let before = spaces().await;
    for _ in 0..20 {
        server.get("/api/v1/hello").await;
        server.get("/").await;
        server.starts().await;
        server.post("/api/v1/view", &json!({"view": "catalogue"})).await;
        server.post("/api/v1/pull", &json!({})).await;
        server.post("/api/v1/view", &json!({"view": "profile"})).await;
    }
    assert_eq!(spaces().await, before, "a session file per anonymous call slowed another product down");
}

#[tokio::test]
async fn without_a_demonstration_there_is_no_mailbox() {
    let business = crate::support::BUSINESS;
    let server = Server::with(business, |settings| server::Settings { demo: false, ..settings }).await;
    for path in ["/mailbox", "/mailbox/1", "/api/v1/mailbox"] {
        assert_eq!(code(server.get(path).await).await, Code::NotFound, "{path} would show everybody's mails");
    }
    let hello: protocol::Hello = server.get("/api/v1/hello").await.json().await.unwrap();
    assert_eq!(hello.demo_email, None, "nobody is offered to sign in as");
}

#[tokio::test]
async fn a_demonstration_names_its_customer() {
    let named = |settings| server::Settings { demo_email: "ada@example.org".to_owned(), ..settings };
    let server = Server::with(crate::support::BUSINESS, named).await;
    let hello: protocol::Hello = server.get("/api/v1/hello").await.json().await.unwrap();
    assert_eq!(hello.demo_email.as_deref(), Some("ada@example.org"), "the screens offer whom the settings name");
}

#[tokio::test]
async fn pages_come_with_a_strict_policy() {
    let server = Server::start().await;
    for path in ["/", "/agenda/some", "/mailbox", "/api/v1/hello"] {
        let response = server.get(path).await;
        let headers = response.headers();
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        let policy = headers["content-security-policy"].to_str().unwrap_or_default();
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path} can be put into nobody's frame");
    }
    assert_eq!(server.get("/healthz").await.text().await.unwrap(), "ok\n");
}

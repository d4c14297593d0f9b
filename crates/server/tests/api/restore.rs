//! A copy put in the place of everything while servers serve.

use std::{
    path::Path,
    process::Output,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use domain::{BookingId, CommandId};
use protocol::{Code, Pulled, Verdict};
use reqwest::StatusCode;
use serde_json::json;
use server::Settings;

use crate::support::{Customer, Server, book, code, soon};

/// The program restores into a server's folder.
async fn restore(copy: &Path, arguments: &[&str]) -> Output {
    program(&[&["restore", copy.to_str().unwrap()], arguments].concat()).await
}

async fn program(arguments: &[&str]) -> Output {
    let mut program = tokio::process::Command::new(env!("CARGO_BIN_EXE_datebook-server"));
    testkit::on_its_own(program.as_std_mut());
    program.args(arguments).env("DATEBOOK_LOG", "error").output().await.expect("the program starts")
}

/// A pull by somebody who has nothing: the answer, and its text.
async fn pull(url: &str, who: &Customer, http: &reqwest::Client) -> Option<(Pulled, String)> {
    let request = http.post(format!("{url}/api/v1/pull")).bearer_auth(&who.token).json(&json!({"have": {}}));
    let response = request.send().await.expect("whoever is connected gets an answer");
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        assert!(response.headers().contains_key("retry-after"), "who is turned away is told when to come again");
        assert_eq!(code(response).await, Code::Busy);
        return None;
    }
    assert_eq!(response.status(), StatusCode::OK, "an answer, or come again");
    let text = response.text().await.unwrap();
    Some((serde_json::from_str(&text).unwrap(), text))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn servers_go_on_with_a_copy_without_a_wrong_answer() {
    let server = Server::start().await;
    let folder = server.file().parent().unwrap().to_owned();
    let settings = Settings {
        data: folder.clone(),
        listen: "127.0.0.1:0".parse().unwrap(),
        demo: true,
        attempts_per_client: 10_000,
        ..Settings::default()
    };
    // Nobody should, but somebody will: a second one on the same file.
    let second = server::serve(settings).await.unwrap();
    let ada = server.sign_in("ada@people.example").await;
    let starts = server.starts().await;
    let (kept, lost) = (BookingId::new(), BookingId::new());
    let verdict = server.execute(&ada, CommandId::new(), &book(kept, starts[0])).await;
    assert!(matches!(verdict, Verdict::Accepted { .. }), "{verdict:?}");
    let copy = folder.join("copy.sqlite");
    server.running.engine().backup(&copy).await.unwrap();
    let verdict = server.execute(&ada, CommandId::new(), &book(lost, starts[starts.len() - 1])).await;
    assert!(matches!(verdict, Verdict::Accepted { .. }), "{verdict:?}");
    let (before, _) = pull(&server.running.url, &ada, &server.http).await.expect("nobody is in the way");

    // Somebody listens, others pull and write all the time.
    let mut pokes = Vec::new();
    for url in [&server.running.url, &second.url] {
        let listening = server.http.get(format!("{url}/api/v1/pokes")).bearer_auth(&ada.token).send().await.unwrap();
        assert_eq!(listening.status(), StatusCode::OK);
        pokes.push(listening);
    }
    let (over, answers) = (Arc::new(AtomicBool::new(false)), Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]));
    let mut load = tokio::task::JoinSet::new();
    for n in 0..6 {
        let url = if n % 2 == 0 { server.running.url.clone() } else { second.url.clone() };
        let (ada, http, former) = (ada.clone(), server.http.clone(), before.epoch.clone());
        let (over, answers) = (Arc::clone(&over), Arc::clone(&answers));
        let (kept, lost) = (kept.to_string(), lost.to_string());
        let late = book(BookingId::new(), starts[starts.len() - 1]);
        load.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                if let Some((pulled, text)) = pull(&url, &ada, &http).await {
                    let old = pulled.epoch == former;
                    answers[usize::from(old)].fetch_add(1, Ordering::Relaxed);
                    assert!(text.contains(&kept), "both histories have what was booked before the copy");
                    assert_eq!(text.contains(&lost), old, "and only the former what was booked after it: {text}");
                }
                // The same time as the booking that will be lost: refused before, and taken by one of these afterwards.
                let body = json!({"id": CommandId::new(), "command": late});
                let request = http.post(format!("{url}/api/v1/execute")).bearer_auth(&ada.token).json(&body);
                let status = request.send().await.unwrap().status();
                assert!(matches!(status.as_u16(), 200 | 503), "a verdict, or come again: {status}");
            }
        });
    }
    soon(async {
        while answers[1].load(Ordering::Relaxed) < 20 {
            tokio::task::yield_now().await;
        }
    })
    .await;

    let restored = restore(&copy, &["--data", folder.to_str().unwrap()]).await;
    assert!(restored.status.success(), "it is restored while they serve: {restored:?}");

    for mut listening in pokes {
        // Whoever listens is let go, so that it comes back and hears of the new history.
        soon(async { while let Ok(Some(_)) = listening.chunk().await {} }).await;
    }
    soon(async {
        while answers[0].load(Ordering::Relaxed) < 20 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    over.store(true, Ordering::Relaxed);
    while let Some(ended) = load.join_next().await {
        ended.unwrap();
    }
    let (here, _) = pull(&server.running.url, &ada, &server.http).await.expect("nobody is in the way");
    let (there, _) = pull(&second.url, &ada, &server.http).await.expect("nobody is in the way");
    assert_eq!(here.epoch, there.epoch, "both tell one history");
    assert_eq!(here.epoch, server.running.engine().epoch(), "that of the engine they have now");
    assert_ne!(here.epoch, before.epoch, "a new one");

    // A device that has all of the former history.
    let have: serde_json::Map<_, _> =
        before.spaces.iter().map(|space| (space.space.clone(), json!(space.version))).collect();
    let response = server.post_as(&ada, "/api/v1/pull", &json!({"have": have, "epoch": before.epoch})).await;
    let pulled: Pulled = response.json().await.unwrap();
    assert_eq!(pulled.epoch, here.epoch);
    for space in &here.spaces {
        let again = pulled.spaces.iter().find(|again| again.space == space.space).expect("every space");
        assert_eq!(again.changes.len(), space.changes.len(), "{} is pulled anew, as if it had nothing", space.space);
    }
    // Who closed a file in between has not lost what keeps others from taking it away.
    let (from, to) = (format!("sqlite:{}", server.file().display()), format!("sqlite:{}", folder.join("to").display()));
    let moved = program(&["migrate", "--from", &from, "--to", &to]).await;
    let said = String::from_utf8_lossy(&moved.stderr).into_owned();
    assert!(!moved.status.success() && said.contains("in use"), "the file is held by those who serve it: {said}");
    let healthy = server.get("/healthz").await;
    assert_eq!(healthy.status(), StatusCode::OK);
    second.stop().await;
    server.running.stop().await;
}

#[tokio::test]
async fn what_cannot_be_restored_is_said_in_words() {
    let server = Server::start().await;
    let folder = server.file().parent().unwrap().to_owned();
    let epoch = server.running.engine().epoch().to_owned();
    let letter = folder.join("letter.txt");
    std::fs::write(&letter, "Dear Ada").unwrap();
    let postgres = ["--database", "postgres://nobody:secret@127.0.0.1:1/none"];
    for (copy, arguments, words) in [
        (letter.as_path(), &["--data", folder.to_str().unwrap()][..], "not a copy of a Datebook database"),
        (server.file().as_path(), &["--data", folder.to_str().unwrap()], "opened since"),
        (Path::new("nowhere.sqlite"), &["--data", folder.to_str().unwrap()], "cannot be read"),
        (letter.as_path(), &postgres, "pg_restore"),
    ] {
        let refused = restore(copy, arguments).await;
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains(words), "{words} is missing in: {said}");
        assert!(said.contains("nothing was changed") && !said.contains("secret"), "in words, without secrets: {said}");
    }
    server.running.engine().hear_others().await.expect("it is the same database still");
    assert_eq!(server.running.engine().epoch(), epoch);
}

//! The program itself, as an operator runs it.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use serde_json::json;

use crate::support::BUSINESS;

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_datebook-server"));
    testkit::on_its_own(&mut command);
    command.current_dir(folder).env("DATEBOOK_LOG", "error");
    command
}

fn run(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}

/// Starts a server on a free port, and says where it answers.
fn serve(command: &mut Command) -> (Ends, String) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    command.args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped());
    let mut child = Ends(command.spawn().unwrap());
    let mut line = String::new();
    BufReader::new(child.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().strip_prefix("listening on ").expect("one line says where it listens").to_owned();
    (child, url)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Ends the program when a test ends, however it ends.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn it_serves_without_configuration_and_stops_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("business.toml"), BUSINESS).unwrap();
    let applied = run(program(folder.path()).args(["apply", "business.toml"]));
    let said = text(&applied.stdout);
    assert!(said.starts_with("Test & Co: 5 written, 0 deleted, 0 unchanged, in "), "what was done: {said}");
    assert!(folder.path().join("datebook-data/datebook.sqlite").exists(), "the default folder is ./datebook-data");

    let (mut child, url) = serve(&mut program(folder.path()));
    let hello: protocol::Hello = reqwest::get(format!("{url}/api/v1/hello")).await.unwrap().json().await.unwrap();
    assert_eq!((hello.name.as_str(), hello.demo_email), ("Test & Co", None));

    let backup = run(program(folder.path()).args(["backup", "copy.sqlite"]));
    assert!(backup.status.success(), "a copy is made while the server runs: {}", text(&backup.stderr));
    assert!(folder.path().join("copy.sqlite").exists());
    let over = run(program(folder.path()).args(["backup", "datebook-data/../datebook-data/datebook.sqlite"]));
    let said = text(&over.stderr);
    assert!(!over.status.success() && said.contains("is the database itself: nothing was written"), "{said}");
    let again = run(program(folder.path()).args(["backup", "copy.sqlite"]));
    assert!(again.status.success(), "a former copy is replaced: {}", text(&again.stderr));

    #[cfg(unix)]
    {
        let asked = Command::new("kill").args(["-TERM", &child.0.id().to_string()]).status().unwrap();
        assert!(asked.success());
        assert!(child.0.wait().unwrap().success(), "SIGTERM is a wish, not a failure");
    }
}

#[test]
fn it_says_which_file_it_works_with_and_that_it_was_made() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("business.toml"), BUSINESS).unwrap();
    let made = "which was not there before and was made";
    let goes_on = "a server that runs goes on with it";
    for (command, file) in [("apply", "business.toml"), ("restore", "copy.sqlite")] {
        let data = format!("data-of-{command}");
        for first in [true, false] {
            let output = run(program(folder.path()).args([command, file, "--data", data.as_str()]));
            assert!(output.status.success(), "{command} makes what is not there: {output:?}");
            let said = text(&output.stdout);
            let path = Path::new(&data).join("datebook.sqlite").display().to_string();
            assert!(said.contains(&path), "{command} says where: {said}");
            assert_eq!(said.contains(made), first, "{command} in a wrong folder can be seen: {said}");
            assert_eq!(said.contains(goes_on), command == "restore" && !first, "no server runs on a new file: {said}");
        }
        if command == "apply" {
            let backup = run(program(folder.path()).args(["backup", "copy.sqlite", "--data", data.as_str()]));
            assert!(backup.status.success(), "{backup:?}");
        }
    }
}

#[tokio::test]
async fn its_log_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("business.toml"), BUSINESS).unwrap();
    assert!(run(program(folder.path()).args(["apply", "business.toml"])).status.success(), "a business to ask");
    let log = std::fs::File::create(folder.path().join("log")).unwrap();
    let (mut child, url) = serve(program(folder.path()).args(["--log", "debug"]).stderr(log));
    let http = reqwest::Client::new();
    for path in [
        "/feed/hidden-feed.ics",
        "/passes/shown-serial?token=hidden-link",
        "/passkit/v1/devices/hidden-phone/registrations/pass.example?passesUpdatedSince=1",
    ] {
        let answer = http.get(format!("{url}{path}")).send().await.unwrap();
        assert!(answer.status().is_client_error(), "{path} opens nothing here");
    }
    let registration = format!("{url}/passkit/v1/devices/hidden-phone/registrations/pass.example/shown-serial");
    let request = http.post(registration).header("authorization", "ApplePass hidden-token");
    let request = request.header("content-type", "application/json").body(r#"{"pushToken":"hidden"}"#);
    assert!(request.send().await.unwrap().status().is_client_error(), "nor does this");
    child.0.kill().unwrap();
    child.0.wait().unwrap();
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    for shown in ["/feed/…", "/passes/shown-serial", "/passkit/v1/devices/…"] {
        assert!(log.contains(shown), "the log has each request, {shown} too: {log}");
    }
    assert!(!log.contains("hidden"), "and of none of them what opens something: {log}");
}

#[tokio::test]
async fn a_proxy_that_does_not_name_the_client_is_reported_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("business.toml"), BUSINESS).unwrap();
    assert!(run(program(folder.path()).args(["apply", "business.toml"])).status.success(), "a business to ask");
    let log = std::fs::File::create(folder.path().join("log")).unwrap();
    let arguments = ["--log", "warn", "--client-header", "x-real-ip"];
    let (mut child, url) = serve(program(folder.path()).args(arguments).stderr(log));
    let http = reqwest::Client::new();
    for address in ["192.0.2.1", "unknown", "unknown"] {
        let request = http.post(format!("{url}/api/v1/sign-in/open")).header("x-real-ip", address);
        let answer = request.json(&json!({"token": "none"})).send().await.unwrap();
        assert_eq!(answer.status(), 403, "it is answered all the same");
    }
    child.0.kill().unwrap();
    child.0.wait().unwrap();
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert_eq!(log.matches("the proxy does not name the client").count(), 1, "a log is read, not filled: {log}");
}

#[test]
fn it_says_every_fault_of_a_business_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let faulty = BUSINESS.replace("minutes = 30", "minutes = 0").replace("skills = [\"cut\"]", "skills = [\"cup\"]");
    std::fs::write(folder.path().join("business.toml"), faulty).unwrap();
    let applied = run(program(folder.path()).args(["apply", "business.toml"]));
    assert!(!applied.status.success(), "a script can tell");
    let said = text(&applied.stderr);
    for path in ["staff[0].skills[0]", "services[0].variants[0].minutes"] {
        assert!(said.contains(&format!("business.toml: {path}")), "{path} is missing in: {said}");
    }
}

#[test]
fn it_says_that_requests_have_no_answer_yet() {
    let folder = tempfile::tempdir().unwrap();
    let said = |business: &str| {
        std::fs::write(folder.path().join("business.toml"), business).unwrap();
        let applied = run(program(folder.path()).args(["apply", "business.toml"]));
        assert!(applied.status.success(), "it is in force all the same: {}", text(&applied.stderr));
        text(&applied.stderr)
    };
    assert_eq!(said(BUSINESS), "", "what is booked at once needs no word");
    let asked = said(&BUSINESS.replace("notice = 0", "accept_automatically = false, notice = 0"));
    assert!(asked.contains("(accept_automatically = false): 1;"), "an operator reads it before the customers: {asked}");
    let offline = "accept_automatically = false, online_booking = false, notice = 0";
    assert_eq!(said(&BUSINESS.replace("notice = 0", offline)), "", "nobody can ask for what is not booked online");
}

#[test]
fn the_help_lists_every_setting() {
    let folder = tempfile::tempdir().unwrap();
    let help = text(&run(program(folder.path()).args(["serve", "--help"])).stdout);
    for name in server::Settings::names() {
        let flag = format!("--{}", name.replace('_', "-"));
        let variable = format!("[env: DATEBOOK_{}", name.to_uppercase());
        assert!(help.contains(&flag) && help.contains(&variable), "{flag} and {variable} are missing in: {help}");
    }
}

#[test]
fn a_variable_that_is_no_setting_is_named_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    command.env("DATEBOOK_LOG", "warn").env("DATEBOOK_SNMTP", "smtp://user:password@mail.example").arg("openapi");
    for name in ["DATEBOOK_DEMO_EMAIL", "DATEBOOK_MIGRATE_FROM", "DATEBOOK_APP_DATA"] {
        command.env(name, "somebody's");
    }
    let output = run(&mut command);
    let said = text(&output.stderr);
    assert!(output.status.success(), "the environment is others' too: {said}");
    assert_eq!(said.matches("DATEBOOK_").count(), 1, "only what is misspelt is warned of: {said}");
    assert!(said.contains("DATEBOOK_SNMTP") && !said.contains("password"), "by its name, without its value: {said}");
}

#[test]
fn only_what_makes_links_needs_an_address_they_can_lead_to() {
    let folder = tempfile::tempdir().unwrap();
    let business = |hosts: &str| std::fs::write(folder.path().join("business.toml"), format!("{hosts}{BUSINESS}"));
    let everywhere = |line: &str| {
        let options = ["--listen", "0.0.0.0:0", "--plain-http-anywhere"];
        run(program(folder.path()).args(line.split(' ')).args(options))
    };
    business("").unwrap();
    for line in ["apply business.toml", "backup copy.sqlite"] {
        let output = everywhere(line);
        assert!(output.status.success(), "{line} makes no link: {output:?}");
    }
    for line in ["serve", "counter link --place mitte", "counter door --place mitte"] {
        let output = everywhere(line);
        assert!(!output.status.success() && text(&output.stderr).contains("--origin"), "{line}: {output:?}");
    }
    assert_eq!(text(&everywhere("counter list").stdout), "no counters\n", "none is made whose link nobody has");
    business("hosts = [\"salon.example\"]\n").unwrap();
    assert!(everywhere("apply business.toml").status.success(), "its file names a host");
    let bare = everywhere("counter door --place mitte");
    assert!(!bare.status.success() && text(&bare.stderr).contains("--origin"), "its scheme and port are not: {bare:?}");
    let door = everywhere("counter door --place mitte --origin https://example.org");
    assert!(text(&door.stdout).starts_with("https://salon.example/open/"), "a business's own host is one: {door:?}");
}

#[test]
fn a_link_that_is_made_from_where_the_server_listens_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let lines = ["counter link --place mitte", "counter door --place mitte"];
    let apply = |hosts: &str| {
        std::fs::write(folder.path().join("business.toml"), format!("{hosts}{BUSINESS}")).unwrap();
        assert!(run(program(folder.path()).args(["apply", "business.toml"])).status.success(), "it has a place");
    };
    let here = |line: &str, origin: &[&str]| run(program(folder.path()).args(line.split(' ')).args(origin));
    apply("");
    for line in lines {
        let made = here(line, &[]);
        assert!(text(&made.stdout).starts_with("http://127.0.0.1:8787/"), "on one's own machine it will do: {made:?}");
        assert!(text(&made.stderr).contains("--origin"), "behind a proxy nobody would come there: {made:?}");
        let given = here(line, &["--origin", "https://salon.example"]);
        assert!(text(&given.stdout).starts_with("https://salon.example/"), "that is where people come: {given:?}");
        assert_eq!(text(&given.stderr), "", "and nothing is to be said");
    }
    apply("hosts = [\"spa.example\"]\n");
    for line in lines {
        let refused = here(line, &[]);
        let said = text(&refused.stderr);
        assert!(!refused.status.success() && said.contains("--origin"), "spa.example is not on loopback: {refused:?}");
        let given = here(line, &["--origin", "https://salon.example"]);
        assert!(text(&given.stdout).starts_with("https://spa.example/"), "the scheme is known now: {given:?}");
    }
    assert_eq!(text(&here("counter list", &[]).stdout).lines().count(), 3, "none is made whose link nobody has");
}

#[test]
fn settings_that_do_not_fit_are_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        (["serve", "--listen", "0.0.0.0:0"], "not a loopback address"),
        (["serve", "--origin", "salon.example/x"], "--origin"),
        (["serve", "--tls-cert", "cert.pem"], "go together"),
    ] {
        let output = run(program(folder.path()).args(arguments));
        assert!(!output.status.success() && text(&output.stderr).contains(words), "{arguments:?}: {output:?}");
    }
}

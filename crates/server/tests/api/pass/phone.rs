//! A scripted wallet.

use super::*;

/// A wallet on a phone: it keeps what it was given and asks as Apple's does.
pub(super) struct Phone<'a> {
    pub(super) server: &'a Server,
    pub(super) name: &'static str,
    pub(super) pass: Value,
}

impl<'a> Phone<'a> {
    pub(super) async fn take(server: &'a Server, name: &'static str, url: &str) -> Phone<'a> {
        let answer = server.http.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200, "the link hands out the pass");
        assert_eq!(answer.headers()["content-type"], "application/vnd.apple.pkpass", "a phone knows it by its type");
        Self { server, name, pass: described(&answer.bytes().await.unwrap()) }
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.pass[name].as_str().unwrap()
    }

    pub(super) fn registration(&self) -> String {
        format!("/v1/devices/{}/registrations/{PASS_TYPE}/{}", self.name, self.text("serialNumber"))
    }

    pub(super) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.text("webServiceURL"));
        let token = format!("ApplePass {}", self.text("authenticationToken"));
        self.server.http.request(method, url).header(header::AUTHORIZATION, token)
    }

    pub(super) async fn register(&self) -> u16 {
        self.register_as(&push(self.name)).await
    }

    pub(super) async fn register_as(&self, token: &str) -> u16 {
        let push = json!({ "pushToken": token });
        self.request(Method::POST, &self.registration()).json(&push).send().await.unwrap().status().as_u16()
    }

    /// Which passes have changed, and what to say next time.
    pub(super) async fn changed(&self, since: Option<&str>) -> Option<(Vec<String>, String)> {
        let since = since.map(|since| format!("?passesUpdatedSince={since}")).unwrap_or_default();
        let path = format!("/v1/devices/{}/registrations/{PASS_TYPE}{since}", self.name);
        // This one comes without a token (Apple's reference).
        let url = format!("{}{path}", self.text("webServiceURL"));
        let answer = self.server.http.get(url).send().await.unwrap();
        if answer.status() == 204 {
            return None;
        }
        assert_eq!(answer.status(), 200, "changed, or not");
        let answer: Value = answer.json().await.unwrap();
        let serials = answer["serialNumbers"].as_array().unwrap();
        let serials = serials.iter().map(|serial| serial.as_str().unwrap().to_owned()).collect();
        Some((serials, answer["lastUpdated"].as_str().unwrap().to_owned()))
    }

    /// Fetches the pass; nothing when it is as it was at that moment.
    pub(super) async fn fetch(&self, since: Option<&str>) -> Option<(Value, String)> {
        let path = format!("/v1/passes/{PASS_TYPE}/{}", self.text("serialNumber"));
        let request = self.request(Method::GET, &path);
        let request = since.iter().fold(request, |request, since| request.header("if-modified-since", *since));
        let answer = request.send().await.unwrap();
        if answer.status() == 304 {
            return None;
        }
        assert_eq!(answer.status(), 200, "the pass as it is now");
        let last = answer.headers()["last-modified"].to_str().unwrap().to_owned();
        Some((described(&answer.bytes().await.unwrap()), last))
    }
}

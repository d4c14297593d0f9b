//! What an operator has from Apple and Google.

use std::path::PathBuf;

use testkit::Authority;

use super::*;

/// An authority in Apple's place, a pass certificate under it, and a service account's key.
pub(super) struct Keys(Authority);

impl Keys {
    pub(super) fn new() -> Self {
        Self(Authority::new())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }

    pub(super) fn apple(&self, settings: Settings, push: &str) -> Settings {
        Settings {
            apple_pass_cert: self.path("pass.pem"),
            apple_pass_key: self.path("pass.key"),
            apple_wwdr: self.path("ca.pem"),
            apple_push: push.to_owned(),
            ..settings
        }
    }

    pub(super) fn google(&self, settings: Settings, google: &str) -> Settings {
        let key = fs::read_to_string(self.path("pass.key")).unwrap();
        let file = json!({
            "type": "service_account", "private_key": key, "client_email": "passes@test.example",
            "token_uri": format!("{google}/token"),
        });
        fs::write(self.path("account.json"), file.to_string()).unwrap();
        Settings {
            google_wallet_issuer: ISSUER.to_owned(),
            google_wallet_key: self.path("account.json"),
            google_wallet_api: google.to_owned(),
            ..settings
        }
    }

    /// The claims of a token that this account has signed.
    pub(super) fn claims(&self, token: &str) -> Value {
        self.0.openssl(&["rsa", "-in", "pass.key", "-RSAPublicKey_out", "-outform", "DER", "-out", "public.der"]);
        let public = self.0.read("public.der");
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)
            .verify(signed.as_bytes(), &signature)
            .expect("the account's key has signed it");
        let claims = signed.split('.').nth(1).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
    }
}

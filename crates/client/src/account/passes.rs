//! Passes for the wallets of phones: the server makes them, so this is one of the few things that need it.

use portal::PassOf;
use protocol::{AddPass, Wallet};

use super::{Account, Session};
use crate::{Trouble, address};

/// More than any link to a pass.
const LONGEST: usize = 8192;

impl Account {
    /// The address at which a wallet takes a pass; to be opened at once.
    pub(crate) async fn pass_link(&self, wallet: Wallet, of: PassOf) -> Result<String, Trouble> {
        let Session::Open(token) = self.unlocked().await? else { return Err(Trouble::NotSignedIn) };
        let url = self.wire.add_pass(&token, &AddPass { wallet, of }).await?.url;
        // Another program is going to open it: nothing but a page, and nothing in the clear.
        let start = url.split(['?', '#']).next().unwrap_or_default();
        // Google's link carries the pass in its path.
        let origin = start.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        if url.len() > LONGEST || address::of_url(&origin).is_err() {
            return Err(Trouble::Server);
        }
        Ok(url)
    }
}

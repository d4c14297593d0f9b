//! The wire between device and server: JSON over HTTP, kept compatible for years.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `GET /api/v1/hello` | | [`Hello`] |
//! | `POST /api/v1/sign-in/link` | [`LinkRequest`] | [`LinkSent`] |
//! | `POST /api/v1/sign-in/open` | [`OpenLink`] | [`LinkOpened`] |
//! | `POST /api/v1/sign-in/token` | [`TokenRequest`] | [`SignedIn`] |
//! | `POST /api/v1/sign-in/password` | [`PasswordRequest`] | [`SignedIn`] |
//! | `POST /api/v1/sign-out` | | `204` |
//! | `PUT /api/v1/password` | [`NewPassword`] | `204` |
//! | `PUT /api/v1/check-in-key` | [`CheckInKey`] | `204` |
//! | `POST /api/v1/counter/open` | [`OpenCounter`] | `204` |
//! | `GET /api/v1/counter/day` | | [`CounterDay`] |
//! | `POST /api/v1/counter/settle` | [`Settle`] | [`Settled`] |
//! | `POST /api/v1/pull` | [`Pull`] | [`Pulled`] |
//! | `POST /api/v1/push` | [`Push`] | [`Pushed`] |
//! | `GET /api/v1/pokes` | | server-sent events of [`Poke`] |
//! | `POST /api/v1/execute` | [`Execute`] | [`Verdict`] |
//! | `POST /api/v1/passes` | [`AddPass`] | [`PassLink`] |
//! | `POST /api/v1/view` | `portal::View` | `portal::Screen` |
//!
//! A session is named by `Authorization: Bearer …` on a device and by a cookie in a browser. Every error answers
//! [`Problem`] with a stable code.
//!
//! **Invariant:** a field once sent keeps its meaning. New fields are optional; what cannot be said with an optional
//! field becomes a new command version or a new path. So both sides ignore fields that they do not know, everywhere but
//! in commands (`docs/adr/0024-newer-documents.md`).

mod business;
mod check_in;
mod problem;
mod sign_in;
mod sync;
mod verbatim;
mod wallet;

pub use business::Hello;
pub use check_in::{
    CheckInKey, CounterDay, CounterPlace, Expected, Finding, HowFound, LONGEST_CODE, OneSettled, OpenCounter,
    SeenCheckIn, Settle, Settled, SettledAs,
};
pub use problem::{Code, Problem};
pub use sign_in::{
    LinkOpened, LinkRequest, LinkSent, NewPassword, OpenLink, PasswordRequest, Proof, SignedIn, TokenRequest,
};
pub use sync::{Changed, Execute, Poke, Pull, Pulled, Push, Pushed, PushedVerdict, Sent, SpaceChanges, Verdict};
pub use verbatim::Verbatim;
pub use wallet::{AddPass, PassLink, Wallet};

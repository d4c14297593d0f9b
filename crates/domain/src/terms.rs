//! The business's terms for booking, moving and cancelling. They bind customers, never the business itself.

use serde::{Deserialize, Serialize};

/// Most times that a booking can be moved, whatever the terms say: each move stays in its ledger.
pub const MOST_MOVES: u16 = 100;

macro_rules! terms {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $default:expr;)+) => {
        /// What a business allows its customers to do, and until when.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
        #[serde(default)]
        pub struct Terms { $($(#[$doc])* pub $name: $type,)+ }

        impl Default for Terms {
            fn default() -> Self { Self { $($name: $default,)+ } }
        }

        /// Where one service differs from the business's [`Terms`]; what is not set follows the business.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS, utoipa::ToSchema)]
        #[serde(default)]
        pub struct TermsPatch {
            $($(#[$doc])* #[serde(skip_serializing_if = "Option::is_none")] #[ts(optional)] pub $name: Option<$type>,)+
        }

        impl Terms {
            /// The terms of one service.
            pub fn of(&self, patch: &TermsPatch) -> Self {
                Self { $($name: patch.$name.clone().unwrap_or_else(|| self.$name.clone()),)+ }
            }
        }
    };
}

terms! {
    /// Whether customers can book by themselves (C11).
    online_booking: bool = true;
    /// Whether a booking is confirmed at once (C10); if not, it waits for the business.
    accept_automatically: bool = true;
    /// Whether customers may pick a person (C03); if not, any free person is taken.
    choose_staff: bool = true;
    /// Minutes between two offered starts, 5 to 1440.
    every: u16 = 15;
    /// Least minutes between now and the start of a new booking, or of a booking's new time.
    notice: u32 = 60;
    /// Greatest number of days ahead that can be booked.
    horizon: u16 = 90;
    /// Whether customers may move a booking (F01).
    reschedule: bool = true;
    /// A booking can be moved until so many minutes before it starts (F05).
    reschedule_until: u32 = 24 * 60;
    /// How many times a booking can be moved (F07): at most [`MOST_MOVES`], which `0` means too.
    reschedule_times: u16 = 0;
    /// Whether customers may cancel (G01).
    cancel: bool = true;
    /// A booking can be cancelled until so many minutes before it starts (G07).
    cancel_until: u32 = 24 * 60;
    /// Whether customers may check themselves in (Y10); if not, only the counter does.
    check_in: bool = true;
    /// Check-in opens so many minutes before the start (Y10).
    check_in_from: u32 = 30;
    /// Check-in closes so many minutes after the start (Y10).
    check_in_until: u32 = 15;
    /// "I'm coming" can be said from so many minutes before the start on (Y07).
    attendance_from: u32 = 3 * 24 * 60;
}

impl Terms {
    /// How many times a booking can be moved in all (F07).
    pub fn most_moves(&self) -> u16 {
        match self.reschedule_times {
            0 => MOST_MOVES,
            times => times.min(MOST_MOVES),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_service_does_not_say_follows_the_business() {
        let business = Terms { notice: 30, horizon: 10, cancel: false, ..Terms::default() };
        assert_eq!(business.of(&TermsPatch::default()), business, "an empty patch changes nothing");
        let patch = TermsPatch { horizon: Some(20), cancel: Some(true), ..TermsPatch::default() };
        let service = business.of(&patch);
        assert_eq!((service.horizon, service.cancel), (20, true), "what the service says holds");
        assert_eq!(service.notice, 30, "the rest is the business's, not the default");
    }

    #[test]
    fn terms_that_are_left_out_have_their_default() {
        let terms: Terms = toml::from_str("cancel_until = 60").unwrap();
        assert_eq!(terms, Terms { cancel_until: 60, ..Terms::default() }, "the rest is as without a word");
    }

    #[test]
    fn a_patch_writes_only_what_it_changes() {
        let patch = TermsPatch { every: Some(30), ..TermsPatch::default() };
        assert_eq!(serde_json::to_string(&patch).unwrap(), r#"{"every":30}"#, "terms that follow are not written down");
    }
}

//! How mails say when and how much. English so far; the times are those of the venue's clock, with its zone named.

use domain::{Money, Span, Timestamp, Zone};

/// `Fri 27 Nov at 14:00`
pub(super) fn short(at: Timestamp, zone: &Zone) -> String {
    zone.zoned(at).strftime("%a %-d %b at %H:%M").to_string()
}

/// `Friday`
pub(super) fn weekday(at: Timestamp, zone: &Zone) -> String {
    zone.zoned(at).strftime("%A").to_string()
}

/// `27`
pub(super) fn day(at: Timestamp, zone: &Zone) -> String {
    zone.zoned(at).strftime("%-d").to_string()
}

/// `November 2026`
pub(super) fn month(at: Timestamp, zone: &Zone) -> String {
    zone.zoned(at).strftime("%B %Y").to_string()
}

/// `Friday 27 November 2026`
pub(super) fn date(at: Timestamp, zone: &Zone) -> String {
    zone.zoned(at).strftime("%A %-d %B %Y").to_string()
}

/// `14:00 – 15:00`. An end on another day has its date, `23:00 – Sat 28 Nov, 00:30`, and one after the clocks were changed
/// its offset, `02:15 – 02:15 UTC+01:00`.
pub(super) fn times(span: &Span, zone: &Zone) -> String {
    let (from, to) = (zone.zoned(span.from), zone.zoned(span.to));
    let date = if from.date() == to.date() { "" } else { "%a %-d %b, " };
    let offset = if from.offset() == to.offset() { "" } else { " UTC%:z" };
    let end = format!("{date}%H:%M{offset}");
    format!("{} – {}", from.strftime("%H:%M"), to.strftime(&end))
}

/// `Europe/Berlin, UTC+01:00`: the name for people, the offset for the two 02:30 of an autumn night.
pub(super) fn zone(at: Timestamp, zone: &Zone) -> String {
    format!("{zone}, UTC{}", zone.zoned(at).strftime("%:z"))
}

/// `Friday 27 November 2026, 14:00 (Europe/Berlin, UTC+01:00)`
pub(super) fn moment(at: Timestamp, venue: &Zone) -> String {
    format!("{}, {} ({})", date(at, venue), venue.zoned(at).strftime("%H:%M"), zone(at, venue))
}

/// `45.00 EUR`. Nothing for nothing.
pub(super) fn money(amount: Money) -> String {
    if amount.minor == 0 {
        return String::new();
    }
    let places = digits_after(amount.currency.code());
    let sign = if amount.minor < 0 { "−" } else { "" };
    let (minor, unit) = (amount.minor.unsigned_abs(), 10_u64.pow(places));
    match places {
        0 => format!("{sign}{minor} {}", amount.currency),
        _ => {
            let width = places as usize;
            format!("{sign}{}.{:0width$} {}", minor / unit, minor % unit, amount.currency)
        }
    }
}

/// Decimal places of a currency (ISO 4217, list one): two, but for these.
fn digits_after(code: &str) -> u32 {
    match code {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI" | "VND"
        | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_the_venues() {
        let lord_howe: Zone = "Australia/Lord_Howe".parse().unwrap();
        let at = "2026-06-30T14:30Z".parse().unwrap();
        assert_eq!(moment(at, &lord_howe), "Wednesday 1 July 2026, 01:00 (Australia/Lord_Howe, UTC+10:30)");
        assert_eq!(short(at, &lord_howe), "Wed 1 Jul at 01:00", "the date is the venue's, too");
    }

    #[test]
    fn an_end_says_what_is_not_as_at_the_start() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        let times =
            |from: &str, to: &str| times(&Span { from: from.parse().unwrap(), to: to.parse().unwrap() }, &berlin);
        assert_eq!(times("2026-11-27T13:00Z", "2026-11-27T14:00Z"), "14:00 – 15:00", "most visits need no more");
        assert_eq!(times("2026-11-27T22:00Z", "2026-11-27T23:30Z"), "23:00 – Sat 28 Nov, 00:30", "over midnight");
        assert_eq!(times("2026-11-27T13:00Z", "2026-11-28T13:00Z"), "14:00 – Sat 28 Nov, 14:00", "a whole day");
        assert_eq!(times("2026-10-25T00:15Z", "2026-10-25T01:15Z"), "02:15 – 02:15 UTC+01:00", "an hour, not none");
        assert_eq!(times("2026-03-29T00:30Z", "2026-03-29T01:30Z"), "01:30 – 03:30 UTC+02:00", "an hour, not two");
    }

    #[test]
    fn amounts_have_their_currencys_places() {
        let money = |minor, code: &str| money(Money::new(minor, code.parse().unwrap()));
        assert_eq!(money(4505, "EUR"), "45.05 EUR");
        assert_eq!(money(4500, "JPY"), "4500 JPY", "the yen has no smaller unit");
        assert_eq!(money(4500, "KWD"), "4.500 KWD", "the dinar has a thousand");
        assert_eq!(money(-5, "EUR"), "−0.05 EUR");
        assert_eq!(money(0, "EUR"), "", "what is free needs no amount");
    }
}

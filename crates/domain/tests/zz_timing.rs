#![allow(missing_docs)]
#[path = "availability/shop.rs"]
mod shop;
use shop::*;
#[test]
fn timing() {
    let mut s = Shop::new("Europe/Berlin", "2026-07-01T00:00Z");
    for i in 0..12 { s = s.with_staff(&format!("staff-{i}"), &["09:00-13:00", "13:30-18:00"]); }
    s = s.with_room("a").with_room("b").with_room("c");
    s.terms.every = 15;
    for d in date("2026-07-01").series(jiff::Span::new().days(1)).take(31) {
        for i in 0..12 { for h in 0..5 {
            let from = s.place.zone.day(d).from + jiff::SignedDuration::from_mins(9*60 + h*100 + i*7);
            s.block(&format!("staff.staff-{i}"), from, from + jiff::SignedDuration::from_mins(60));
        } }
    }
    for round in 0..5 {
        let t = std::time::Instant::now();
        let mut n = 0;
        for d in date("2026-07-01").series(jiff::Span::new().days(1)).take(31) { n += s.offer().day(&s.calendars, d, s.now).1.len(); }
        let day = t.elapsed();
        let t = std::time::Instant::now();
        for d in date("2026-07-01").series(jiff::Span::new().days(1)).take(31) { s.offer().state(&s.calendars, d, s.now); }
        let state = t.elapsed();
        let t = std::time::Instant::now();
        let near = s.offer().nearest(&s.calendars, s.at("2026-07-15T12:00"), (date("2026-07-01"), date("2026-09-30")), s.now, 6);
        eprintln!("{round}: month {day:?} ({n} slots), states {state:?}, nearest {:?} ({})", t.elapsed(), near.len());
    }
}

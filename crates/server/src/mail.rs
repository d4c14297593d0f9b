//! Mails: how they are made and where they go.
//!
//! **Invariant:** what people wrote reaches HTML escaped and headers without line breaks. Templates are in `templates/`;
//! each mail has one for HTML and one for plain text.

mod news;
mod post;
mod words;

use std::sync::LazyLock;

use domain::{Booking, BookingState, Business, Timestamp};
use minijinja::{Environment, Value, context};
use paper::icalendar::{self, Method};
use portal::{BookingNews, documents};
use store::Store as _;

pub(crate) use self::{
    news::is_news,
    post::{Post, Sending},
};
use crate::{
    app::{App, Hosted},
    attempt,
    job::Later,
    routes,
};

/// A mail that is ready to go.
pub(crate) struct Mail {
    pub(crate) to: String,
    /// The customer's name; may be empty.
    pub(crate) to_name: String,
    /// The business's name.
    pub(crate) from_name: String,
    /// The business's address.
    pub(crate) reply_to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    pub(crate) calendar: Option<Calendar>,
}

/// The calendar file of a mail.
pub(crate) struct Calendar {
    pub(crate) method: Method,
    pub(crate) text: String,
}

macro_rules! templates {
    ($($name:literal),+) => {
        [$(($name, include_str!(concat!("../templates/", $name)))),+]
    };
}

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    for (name, source) in templates!(
        "frame.html",
        "booking.html",
        "booking.txt",
        "sign_in.html",
        "sign_in.txt",
        "booking_confirmed.html",
        "booking_confirmed.txt",
        "booking_requested.html",
        "booking_requested.txt",
        "booking_rescheduled.html",
        "booking_rescheduled.txt",
        "booking_cancelled.html",
        "booking_cancelled.txt",
        "mailbox.html",
        "open.html"
    ) {
        environment.add_template(name, source).expect("a test renders every template");
    }
    environment
});

/// Renders a template; names that end in `.html` escape what is put in.
pub(crate) fn render(name: &str, values: Value) -> Result<String, minijinja::Error> {
    TEMPLATES.get_template(name)?.render(values)
}

/// The mail that signs in.
pub(crate) fn sign_in(
    app: &App,
    hosted: &Hosted,
    business: Business,
    to: &str,
    token: &str,
    digits: &str,
) -> Result<Mail, Later> {
    // Made of the origin and of base64url, so it needs no escape; behind `#` it never reaches a server's log or another site's Referer.
    let link = format!("{}/sign-in/link#token={token}", hosted.origin(app));
    let digits = format!("{} {}", digits.get(..3).unwrap_or(digits), digits.get(3..).unwrap_or(""));
    let values = context! { business => &business.name, colour => &business.colour, link => Value::from_safe_string(link), digits, minutes => 15 };
    Ok(Mail {
        subject: format!("Sign in to {}", business.name),
        text: render("sign_in.txt", values.clone())?,
        html: render("sign_in.html", values)?,
        ..envelope(business, to, "")
    })
}

/// The mail that tells a customer, given by address and name, what became of a booking. Mails are made one at a time, so
/// making one waits for nothing and asks nobody, for the time neither.
pub(crate) fn booking(
    app: &App,
    hosted: &Hosted,
    business: Business,
    (to, name): (&str, &str),
    news: &BookingNews,
    booking: &Booking,
    now: Timestamp,
) -> Result<Mail, Later> {
    let origin = hosted.origin(app);
    let link = link_of(&origin, booking);
    let short = words::short(booking.span.from, &booking.zone);
    // Moving a request is no answer to it.
    let requested = booking.state == BookingState::AwaitingProvider;
    let (template, subject, former) = match news {
        BookingNews::Confirmed => ("booking_confirmed", format!("Your appointment on {short}"), None),
        BookingNews::Requested => ("booking_requested", format!("Your request for {short}"), None),
        BookingNews::Rescheduled { from } => {
            let what = if requested { "request" } else { "appointment" };
            ("booking_rescheduled", format!("Your {what} has moved to {short}"), Some(*from))
        }
        BookingNews::Cancelled => ("booking_cancelled", format!("Your appointment on {short} is cancelled"), None),
    };
    let names = &booking.names;
    let values = context! {
        business => &business.name,
        colour => &business.colour,
        contact => &business.contact.email,
        phone => &business.contact.phone,
        name,
        service => &names.service,
        variant => &names.variant,
        staff => &names.staff,
        place => &names.place,
        address => &names.address,
        party => booking.party,
        note => &booking.note,
        reference => booking.reference.to_string(),
        price => words::money(booking.price),
        weekday => words::weekday(booking.span.from, &booking.zone),
        day => words::day(booking.span.from, &booking.zone),
        month => words::month(booking.span.from, &booking.zone),
        date => words::date(booking.span.from, &booking.zone),
        times => words::times(&booking.span, &booking.zone),
        zone => words::zone(booking.span.from, &booking.zone),
        requested,
        gone => *news == BookingNews::Cancelled,
        former => former.map(|at| words::moment(at, &booking.zone)),
        link => Value::from_safe_string(link.clone()),
    };
    // As in the mail's head: calendars answer to these addresses.
    let (organizer, attendee) = (documents::ascii_domain(&business.contact.email), documents::ascii_domain(to));
    let head = icalendar::Head { business: &business.name, organizer: &organizer, now };
    let text = icalendar::invitation(&icalendar::Entry { booking, link }, &head, &attendee);
    let calendar = Calendar { method: Method::of(booking), text };
    Ok(Mail {
        subject,
        text: render(&format!("{template}.txt"), values.clone())?,
        html: render(&format!("{template}.html"), values)?,
        calendar: Some(calendar),
        ..envelope(business, to, name)
    })
}

/// Where the customer sees and changes a booking: in mails, calendar files and feeds the same (B02).
pub(crate) fn link_of(origin: &str, booking: &Booking) -> String {
    routes::links::booking(origin, booking.id)
}

fn envelope(business: Business, to: &str, name: &str) -> Mail {
    Mail {
        to: to.to_owned(),
        to_name: name.to_owned(),
        from_name: business.name,
        reply_to: business.contact.email,
        subject: String::new(),
        text: String::new(),
        html: String::new(),
        calendar: None,
    }
}

/// Whom a mail is from.
pub(crate) async fn business(hosted: &Hosted) -> Result<Business, Later> {
    let read = hosted.store.snapshot().await?;
    attempt::business(&read).await.map_err(|fault| Later::new(format!("{:?}", fault.code())))
}

//! Where mails go: to a mail server, into a demonstration's mailbox, or nowhere yet.

use std::{error::Error as _, time::Duration};

use anyhow::Context as _;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    address::{AddressError, Envelope},
    message::{Attachment, Mailbox as Person, MultiPart, SinglePart, header::ContentType},
    transport::smtp,
};
use portal::documents;
use store::JobId;
use tokio::time::timeout;

use super::Mail;
use crate::{app::Hosted, mailbox, settings::Settings};

/// How long a mail server may take for each of its answers.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where mails go.
pub(crate) struct Post {
    way: Way,
    from: Address,
}

enum Way {
    Smtp(Box<AsyncSmtpTransport<Tokio1Executor>>),
    Mailbox,
    Nowhere,
}

/// A mail that is ready for its way.
pub(crate) enum Parcel {
    /// From and to whom, and what a mail server is told.
    Message(Envelope, Vec<u8>),
    /// For a demonstration's mailbox.
    Letter(Box<Mail>),
    /// It cannot be written as a mail.
    Broken(String),
    /// There is no way.
    Nothing,
}

/// What became of a mail.
pub(crate) enum Sending {
    /// It is in other hands.
    Sent,
    /// Not now.
    Later(String),
    /// The mail server does not take it. Perhaps it does not take anything from us, since a password was changed or a
    /// day's allowance is used up: then it will take it some hours from now.
    Refused(String),
    /// There is nobody to take it, or it is no mail.
    Impossible(String),
}

impl Post {
    /// The way the settings say.
    pub(crate) fn new(settings: &Settings, host: &str) -> anyhow::Result<Self> {
        let way = if settings.demo {
            Way::Mailbox
        } else if settings.smtp.is_empty() {
            Way::Nowhere
        } else {
            // The URL holds a password: it must not come into an error's words.
            let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&settings.smtp);
            let builder = builder.ok().context("--smtp is not the URL of a mail server")?;
            Way::Smtp(Box::new(builder.timeout(Some(PATIENCE)).build()))
        };
        let from = if settings.mail_from.is_empty() {
            // A bare IPv6 address or a name without a dot is no mail domain everywhere, but it is ours.
            format!("datebook@{host}").parse().or_else(|_| "datebook@localhost".parse())
        } else {
            mailable(&settings.mail_from)
        };
        Ok(Self { way, from: from.context("--mail-from is not an email address")? })
    }

    /// Whether mails go anywhere from here. If not, they wait for a node from which they do.
    pub(crate) fn sends(&self) -> bool {
        !matches!(self.way, Way::Nowhere)
    }

    /// Whether mails can be read in the mailbox.
    pub(crate) fn is_mailbox(&self) -> bool {
        matches!(self.way, Way::Mailbox)
    }

    /// Writes a mail as it goes out, under its name. This is most of the work there is with it.
    pub(crate) fn pack(&self, name: &str, mail: Mail) -> Parcel {
        match &self.way {
            Way::Mailbox => Parcel::Letter(Box::new(mail)),
            Way::Nowhere => Parcel::Nothing,
            Way::Smtp(_) => match self.message(name, mail) {
                Ok(message) => Parcel::Message(message.envelope().clone(), message.formatted()),
                // What cannot be written as a mail today cannot be tomorrow.
                Err(error) => Parcel::Broken(format!("{error:#}")),
            },
        }
    }

    /// Sends a mail, or breaks off. The name is the same at every attempt: a mail server that had it all when we broke
    /// off may deliver it, and then again.
    pub(crate) async fn send(
        &self,
        hosted: &Hosted,
        name: &str,
        job: JobId,
        parcel: Parcel,
        within: Duration,
    ) -> Sending {
        match (&self.way, parcel) {
            (_, Parcel::Broken(error)) => Sending::Impossible(error),
            (Way::Mailbox, Parcel::Letter(mail)) => match mailbox::put(hosted, name, job, &mail).await {
                Ok(()) => Sending::Sent,
                Err(fault) => Sending::Later(format!("{:?}", fault.code())),
            },
            (Way::Smtp(transport), Parcel::Message(envelope, bytes)) => {
                match timeout(within, transport.send_raw(&envelope, &bytes)).await {
                    Ok(Ok(_)) => Sending::Sent,
                    Ok(Err(error)) if !error.is_permanent() => Sending::Later(error.to_string()),
                    Ok(Err(error)) if finds_nobody(&error) => Sending::Impossible(error.to_string()),
                    Ok(Err(error)) => Sending::Refused(error.to_string()),
                    Err(_) => Sending::Later("the mail server takes too long".to_owned()),
                }
            }
            _ => Sending::Later("no mail server is set".to_owned()),
        }
    }

    fn message(&self, name: &str, mail: Mail) -> anyhow::Result<Message> {
        let person = |name: &str, address: Address| Person::new((!name.is_empty()).then(|| name.to_owned()), address);
        let id = format!("<{name}@{}>", self.from.domain());
        let mut alternatives =
            MultiPart::alternative().singlepart(SinglePart::plain(mail.text)).singlepart(SinglePart::html(mail.html));
        let mut attachment = None;
        if let Some(calendar) = mail.calendar {
            let kind = format!("text/calendar; charset=utf-8; method={}", calendar.method.name());
            let kind = ContentType::parse(&kind).context("the calendar's content type")?;
            // Once for programs that read invitations, once as a file for people.
            let part = SinglePart::builder().header(kind.clone()).body(calendar.text.clone());
            alternatives = alternatives.singlepart(part);
            attachment = Some(Attachment::new("appointment.ics".to_owned()).body(calendar.text, kind));
        }
        let builder = Message::builder()
            .message_id(Some(id))
            .from(person(&mail.from_name, self.from.clone()))
            .to(person(&mail.to_name, mailable(&mail.to).context("the customer's address")?))
            .subject(mail.subject);
        let builder = match mailable(&mail.reply_to) {
            Ok(address) => builder.reply_to(person(&mail.from_name, address)),
            Err(_) => builder,
        };
        Ok(match attachment {
            None => builder.multipart(alternatives)?,
            Some(file) => builder.multipart(MultiPart::mixed().multipart(alternatives).singlepart(file))?,
        })
    }
}

/// An address as every mail server takes it.
fn mailable(written: &str) -> Result<Address, AddressError> {
    documents::ascii_domain(written).parse()
}

/// Whether a mail server says that the recipient's address is the reason (RFC 3463, sections 3.2 and 3.3, and RFC 7505).
/// The three digits of a reply do not tell whether they are about the recipient or about us.
fn finds_nobody(error: &smtp::Error) -> bool {
    let words = error.source().map(ToString::to_string).unwrap_or_default();
    let code = words.split_whitespace().next();
    matches!(code, Some("5.1.1" | "5.1.2" | "5.1.3" | "5.1.6" | "5.1.10" | "5.2.1"))
}

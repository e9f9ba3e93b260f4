//! Mails on their way out: to a mail server, or into a folder where none is configured.

pub mod catcher;
pub mod sending;

use crate::config::Mail;
use anyhow::Context;
use chrono::{DateTime, Utc};
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use services::mails::Letter;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use uuid::Uuid;

/// A mail server may take so long for each of its answers,
const ANSWER: Duration = Duration::from_secs(20);
/// and so long for a mail: less than the claim on one lasts.
const DELIVERY: Duration = Duration::from_secs(90);

/// Where mails go.
#[derive(Clone)]
pub enum Post {
    /// To a mail server.
    Server {
        transport: Box<AsyncSmtpTransport<Tokio1Executor>>,
        from: Mailbox,
    },
    /// Into a folder.
    Folder { folder: PathBuf, from: Mailbox },
}

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Server { .. } => f.debug_struct("Server").finish_non_exhaustive(),
            Self::Folder { folder, .. } => f.debug_tuple("Folder").field(folder).finish(),
        }
    }
}

/// A part in its own words where it is to be read as a file, else in what every mail server takes.
fn part(kind: ContentType, text: &str, readable: bool) -> SinglePart {
    if readable
        && let Ok(body) =
            Body::new_with_encoding(text.to_owned(), ContentTransferEncoding::EightBit)
    {
        return SinglePart::builder().content_type(kind).body(body);
    }
    SinglePart::builder()
        .content_type(kind)
        .body(text.to_owned())
}

/// The mail as it travels. Its id is the same with every attempt, so that a mail server can tell a second one.
fn message(
    letter: &Letter,
    from: &Mailbox,
    id: Uuid,
    now: DateTime<Utc>,
    readable: bool,
) -> anyhow::Result<Message> {
    let address: Address = letter.to.parse().context("the address cannot be used")?;
    let host = from.email.domain();
    let parts = MultiPart::alternative()
        .singlepart(part(ContentType::TEXT_PLAIN, &letter.text, readable))
        .singlepart(part(ContentType::TEXT_HTML, &letter.html, readable));
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, address))
        .subject(letter.subject.clone())
        .date(SystemTime::from(now))
        .message_id(Some(format!("<{id}@{host}>")))
        .multipart(parts)
        .context("the mail cannot be put together")
}

/// Why a mail server took no mail. Not in its own words: they repeat addresses, and this goes into the log.
fn reason(error: &smtp::Error) -> String {
    if let Some(code) = error.status() {
        return format!("the mail server answered {code}");
    }
    let why = if error.is_timeout() {
        "the mail server does not answer"
    } else if error.is_tls() {
        "no safe connection to the mail server"
    } else {
        "the mail server cannot be reached"
    };
    why.to_owned()
}

impl Post {
    /// As configured.
    ///
    /// # Errors
    /// When the address of the mail server cannot be used; it is not repeated.
    pub fn open(config: &Mail, data: &Path) -> anyhow::Result<Self> {
        let from = config.from.clone();
        let Some(url) = &config.smtp_url else {
            return Ok(Self::Folder {
                folder: data.join(catcher::FOLDER),
                from,
            });
        };
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose())
            .map_err(|_| anyhow::anyhow!("smtp_url cannot be used"))?
            .timeout(Some(ANSWER))
            .build();
        Ok(Self::Server {
            transport: Box::new(transport),
            from,
        })
    }

    /// Delivers a mail.
    ///
    /// # Errors
    /// Why not, without the address.
    pub async fn deliver(
        &self,
        letter: &Letter,
        id: Uuid,
        now: DateTime<Utc>,
    ) -> anyhow::Result<()> {
        match self {
            Self::Server { transport, from } => {
                let message = message(letter, from, id, now, false)?;
                let sent = tokio::time::timeout(DELIVERY, transport.send(message)).await;
                sent.context("the mail server took too long")?
                    .map(drop)
                    .map_err(|error| anyhow::anyhow!(reason(&error)))
            }
            Self::Folder { folder, from } => {
                let message = message(letter, from, id, now, true)?;
                catcher::keep(folder, id, now, &message.formatted()).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> services::mails::Letter {
        Letter {
            to: "marta@horno.example".to_owned(),
            subject: "Panadería Gil te invita".to_owned(),
            text: "Elige tu contraseña:\nhttps://hornada.example/invitation?token=ab=12\n"
                .to_owned(),
            html: "<p>Elige tu contraseña</p>".to_owned(),
        }
    }

    fn formatted(readable: bool) -> String {
        let from = "Hornada <no-reply@hornada.example>".parse().unwrap();
        let now = "2026-03-10T06:30:00Z".parse().unwrap();
        let message = message(&letter(), &from, Uuid::nil(), now, readable).unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    #[test]
    fn a_mail_has_text_and_html_and_an_id_that_stays() {
        let sent = formatted(false);
        assert!(sent.is_ascii(), "every mail server takes it");
        assert!(sent.contains("multipart/alternative"));
        assert!(sent.contains("text/plain") && sent.contains("text/html"));
        let id = format!("Message-ID: <{}@hornada.example>", Uuid::nil());
        assert!(sent.contains(&id), "{sent}");
    }

    #[test]
    fn a_mail_that_is_kept_can_be_read_as_it_is() {
        let kept = formatted(true);
        assert!(
            kept.contains("Elige tu contraseña:\r\nhttps://hornada.example/invitation?token=ab=12")
        );
    }

    #[test]
    fn an_address_that_is_none_is_refused() {
        let from = "a@b.es".parse().unwrap();
        let mut wrong = letter();
        wrong.to = "marta\r\nBcc: x@y.z".to_owned();
        assert!(message(&wrong, &from, Uuid::nil(), Utc::now(), false).is_err());
    }
}

//! Mails that stay here: where no mail server is configured each becomes a file in the data folder, for development and for trying out.

use anyhow::Context;
use chrono::{DateTime, Utc};
use mail_parser::MessageParser;
use std::path::Path;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

/// Below the data folder.
pub const FOLDER: &str = "mail";

/// A mail that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caught {
    /// Name of its file without the ending.
    pub name: String,
    pub to: String,
    pub subject: String,
    /// What it says, without its head and its second form.
    pub text: String,
}

/// Keeps a mail. It comes into sight whole or not at all; another attempt with the same mail is another file.
///
/// # Errors
/// When the folder cannot be written to.
pub(super) async fn keep(
    folder: &Path,
    id: Uuid,
    now: DateTime<Utc>,
    bytes: &[u8],
) -> anyhow::Result<()> {
    tokio::fs::create_dir_all(folder)
        .await
        .context("the folder of kept mails cannot be made")?;
    let name = format!("{}-{id}", now.format("%Y%m%dT%H%M%S%3f"));
    let hidden = folder.join(format!(".{name}.part"));
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    // It has links in it that are good for something.
    #[cfg(unix)]
    options.mode(0o600);
    let write = async {
        let mut file = options.open(&hidden).await?;
        file.write_all(bytes).await?;
        file.flush().await?;
        tokio::fs::rename(&hidden, folder.join(format!("{name}.eml"))).await
    };
    write.await.context("a mail cannot be kept")
}

/// What a mail says, for reading; empty where it does not say it.
fn read(name: &str, bytes: &[u8]) -> Caught {
    let mail = MessageParser::default().parse(bytes);
    let mail = mail.as_ref();
    let to = mail
        .and_then(|mail| mail.to()?.first()?.address())
        .unwrap_or_default();
    let subject = mail.and_then(|mail| mail.subject()).unwrap_or_default();
    let text = mail.and_then(|mail| mail.body_text(0)).unwrap_or_default();
    Caught {
        name: name.to_owned(),
        to: to.to_owned(),
        subject: subject.to_owned(),
        text: text.into_owned(),
    }
}

/// Mails that were kept, oldest first.
///
/// # Errors
/// When the folder is there and cannot be read.
pub fn list(data: &Path) -> anyhow::Result<Vec<Caught>> {
    let folder = data.join(FOLDER);
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).context("the folder of kept mails cannot be read"),
    };
    let mut caught = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let is_mail = path.extension().is_some_and(|ending| ending == "eml");
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else {
            continue;
        };
        if !is_mail {
            continue;
        }
        let bytes = std::fs::read(&path).with_context(|| format!("{name} cannot be read"))?;
        caught.push(read(name, &bytes));
    }
    caught.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(caught)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_read_as_people_would() {
        let bytes = "To: Marta <marta@horno.example>\r\nSubject: =?utf-8?b?UGFuYWRlcsOtYQ==?= te\r\n invita\r\n\
            Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
            Una contrase=C3=B1a: http://a.example/reset?token=3D12=\r\n34\r\n";
        let mail = read("one", bytes.as_bytes());
        assert_eq!(mail.to, "marta@horno.example");
        assert_eq!(mail.subject, "Panadería te invita");
        assert_eq!(
            mail.text.trim_end(),
            "Una contraseña: http://a.example/reset?token=1234"
        );
        assert_eq!(read("two", b"").to, "");
    }

    #[tokio::test]
    async fn what_was_kept_is_listed_in_the_order_in_which_it_was_sent() {
        let data = tempfile::tempdir().unwrap();
        assert!(list(data.path()).unwrap().is_empty());
        let folder = data.path().join(FOLDER);
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (moment, to) in [
            ("2026-03-10T06:30:01Z", "b@c.es"),
            ("2026-03-10T06:30:00Z", "a@c.es"),
        ] {
            let bytes = format!("To: {to}\r\nSubject: x\r\n\r\nbody\r\n");
            keep(&folder, Uuid::nil(), at(moment), bytes.as_bytes())
                .await
                .unwrap();
        }
        let to: Vec<String> = list(data.path())
            .unwrap()
            .into_iter()
            .map(|mail| mail.to)
            .collect();
        assert_eq!(to, ["a@c.es", "b@c.es"]);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
    }
}

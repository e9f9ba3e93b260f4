//! Mails that stay here: where no mail server is configured each becomes a file in the data folder, for development and for trying out.

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
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
    /// Head and body.
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

/// One word of a head that is written in another alphabet (RFC 2047), as lettre writes them.
fn plain(word: &str) -> Option<String> {
    let inner = word.strip_prefix("=?utf-8?b?")?.strip_suffix("?=")?;
    String::from_utf8(STANDARD.decode(inner).ok()?).ok()
}

/// A field of the head, for reading.
fn field(text: &str, name: &str) -> String {
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    // A line that begins with a space goes on with the one before.
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let value = unfolded
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        .unwrap_or_default()
        .trim()
        .to_owned();
    let mut out = String::new();
    let mut was_encoded = false;
    for word in value.split(' ') {
        let decoded = plain(word);
        // Between two encoded words the space is not meant.
        let joins = was_encoded && decoded.is_some();
        if !out.is_empty() && !joins {
            out.push(' ');
        }
        was_encoded = decoded.is_some();
        out.push_str(decoded.as_deref().unwrap_or(word));
    }
    out
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
        let text = String::from_utf8_lossy(&bytes).into_owned();
        caught.push(Caught {
            name: name.to_owned(),
            to: field(&text, "To"),
            subject: field(&text, "Subject"),
            text,
        });
    }
    caught.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(caught)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_is_read_as_people_would() {
        let word = STANDARD.encode("Panadería");
        let text = format!(
            "To: marta@horno.example\r\nSubject: =?utf-8?b?{word}?= te\r\n invita\r\n\r\nSubject: no\r\n"
        );
        assert_eq!(field(&text, "To"), "marta@horno.example");
        assert_eq!(field(&text, "Subject"), "Panadería te invita");
        assert_eq!(field(&text, "Cc"), "");
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

//! What an operator may choose about mails.

use super::{Options, Secret};
use anyhow::{Context, bail};
use lettre::message::Mailbox;
use url::{Host, Url};

/// Who sends mails where nobody said otherwise; nobody can answer there.
const FROM: &str = "Hornada <no-reply@hornada.local>";

/// How mails leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Without it mails are kept as files.
    pub smtp_url: Option<Secret>,
    pub from: Mailbox,
}

/// Whether a server is on this machine, where nobody listens in between.
fn is_near(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// What is wrong with the address of a mail server. The address is not repeated: it may have a password in it.
fn check(text: &str) -> anyhow::Result<()> {
    let Ok(url) = Url::parse(text) else {
        bail!("smtp_url is no address");
    };
    let tls = url
        .query_pairs()
        .find(|(name, _)| name == "tls")
        .map(|(_, value)| value.into_owned());
    // `smtp` is no scheme that the address's standard knows, and its host is then a mere text.
    let near = is_near(&url) || matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    match (url.scheme(), tls.as_deref()) {
        ("smtps", _) | ("smtp", Some("required")) => {}
        ("smtp", None) if near => {}
        ("smtp", None | Some("opportunistic")) if url.password().is_none() => {}
        ("smtp", _) => {
            bail!("smtp_url would send its password in the clear: use smtps:// or ?tls=required")
        }
        _ => bail!("smtp_url must start with smtps:// or smtp://"),
    }
    if url.host_str().is_none_or(str::is_empty) {
        bail!("smtp_url names no server");
    }
    Ok(())
}

impl Mail {
    /// What was chosen, with defaults.
    ///
    /// # Errors
    /// When a value makes no sense.
    pub(super) fn new(options: &Options) -> anyhow::Result<Self> {
        if let Some(url) = &options.smtp_url {
            check(url.expose())?;
            if options.mail_from.is_none() {
                bail!("smtp_url says how mails leave, and nothing says from whom: set mail_from");
            }
        }
        let from = options.mail_from.as_deref().unwrap_or(FROM);
        Ok(Self {
            smtp_url: options.smtp_url.clone(),
            from: from.parse::<Mailbox>().with_context(|| {
                format!("mail_from must be an address as Hornada <no-reply@hornada.example>, not {from:?}")
            })?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(url: Option<&str>, from: Option<&str>) -> anyhow::Result<Mail> {
        Mail::new(&Options {
            smtp_url: url.map(|url| url.to_owned().into()),
            mail_from: from.map(str::to_owned),
            ..Options::default()
        })
    }

    #[test]
    fn mails_are_kept_unless_somebody_names_a_server() {
        let mail = mail(None, None).unwrap();
        assert_eq!(mail.smtp_url, None);
        assert_eq!(mail.from.to_string(), "Hornada <no-reply@hornada.local>");
    }

    #[test]
    fn a_password_does_not_travel_in_the_clear() {
        let from = Some("a@b.es");
        for good in [
            "smtps://u:s3cret@mail.example",
            "smtp://u:s3cret@mail.example?tls=required",
            "smtp://u:s3cret@127.0.0.1:2525",
            "smtp://relay.internal:25",
        ] {
            assert!(mail(Some(good), from).is_ok(), "{good}");
        }
        for bad in [
            "smtp://u:s3cret@mail.example",
            "smtp://u:s3cret@mail.example?tls=opportunistic",
            "http://mail.example",
            "s3cret",
        ] {
            let error = format!("{:#}", mail(Some(bad), from).unwrap_err());
            assert!(!error.contains("s3cret"), "{error}");
        }
        assert!(mail(Some("smtps://mail.example"), None).is_err());
        assert!(mail(None, Some("nobody")).is_err());
    }
}

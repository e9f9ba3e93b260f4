//! `hornada mail`: what was kept where no mail server is configured.

use super::say;
use crate::config::Config;
use crate::mail::catcher;
use anyhow::Context;

/// What is to be done with kept mails.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the mails in the data folder, oldest first
    List,
    /// Print one, or the newest
    Show(Show),
}

/// The mail that is printed.
#[derive(Debug, clap::Args)]
pub struct Show {
    /// Its name, as the list shows it; the newest where it is not given
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

/// Does it.
///
/// # Errors
/// When the folder cannot be read or there is no such mail.
pub async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    let caught = catcher::list(&config.data)?;
    match command {
        Command::List => {
            for mail in &caught {
                say(&format!("{}  {}  {}", mail.name, mail.to, mail.subject));
            }
        }
        Command::Show(Show { name }) => {
            let found = match &name {
                Some(name) => caught.iter().find(|mail| mail.name == *name),
                None => caught.last(),
            };
            let mail = found.context("there is no such mail; see hornada mail list")?;
            say(mail.text.trim_end());
        }
    }
    Ok(())
}

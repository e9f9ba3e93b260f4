//! `hornada demo`: a simulated bakery chain, from an empty folder to a served application.
//!
//! Every stage is idempotent, so a start that was interrupted goes on where it stopped: master data are found again by code,
//! totals replace themselves, the same file of tickets changes nothing, and a night is worked off once.

mod catalog;
mod fill;
mod people;
mod recipes;

use super::{nightly, say, serve};
use crate::clock;
use crate::config::Config;
use crate::jobs::night::NightRunner;
use crate::startup::{Application, open_migrated};
use anyhow::{Context, bail};
use chrono::{Days, NaiveDate};
use forecast::TrainConfig;
use serde::{Deserialize, Serialize};
use services::organizations::OrganizationView;
use services::{Ctx, Services};
use simulate::{Chain, ChainConfig};
use std::path::Path;
use std::time::Instant;

/// Slug of the demo's organization.
const SLUG: &str = "demo";

/// Nights before the last one whose forecasts are shown against what happened.
const PAST_NIGHTS: u64 = 14;

/// Which chain.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Start over: forget what an earlier demo left in the data folder
    #[arg(long)]
    reset: bool,
    /// Build and learn, but do not serve
    #[arg(long)]
    no_serve: bool,
    /// Shops of the chain
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=200))]
    shops: u32,
    /// Days of history
    #[arg(long, value_name = "N", default_value_t = 760, value_parser = clap::value_parser!(u32).range(120..=2_000))]
    days: u32,
    /// Another seed is another chain
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// What the demo is made of, kept in the data folder, so that a later start continues the same chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Recipe {
    seed: u64,
    shops: u32,
    days: u32,
    end_date: NaiveDate,
    /// Last trading day whose sales are in the books.
    filled_until: Option<NaiveDate>,
}

impl Recipe {
    fn chain(&self) -> Chain {
        let mut config = ChainConfig::new(self.seed, self.end_date);
        config.shops = self.shops as usize;
        config.days = self.days;
        Chain::new(config)
    }
}

/// Builds, learns, serves.
///
/// # Errors
/// When a stage fails; starting again goes on with it.
pub async fn run(config: Config, args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    let sqlite = config.database_url.expose().starts_with("sqlite:");
    if args.reset {
        reset(&config, sqlite)?;
    }
    let services = open_migrated(&config).await?;
    let clock = clock::system();
    let file = config.data.join("demo.json");
    let yesterday = (clock().with_timezone(&chrono_tz::Europe::Madrid))
        .date_naive()
        .pred_opt()
        .context("no yesterday")?;
    let mut recipe = match std::fs::read_to_string(&file) {
        Ok(text) => serde_json::from_str(&text)
            .with_context(|| format!("{} is wrong; start with --reset", file.display()))?,
        Err(_) => Recipe {
            seed: args.seed,
            shops: args.shops,
            days: args.days,
            end_date: yesterday,
            filled_until: None,
        },
    };
    let chain = recipe.chain();
    let until = yesterday.min(chain.last_possible_date());
    if until < yesterday {
        say(
            "This demo is more than four weeks old; its chain stops there. Start over with --reset for a fresh one.",
        );
    }
    let fresh = recipe.filled_until.is_none();
    if fresh {
        say(&format!(
            "Building a bakery chain of {} shops with {} days of history",
            recipe.shops, recipe.days
        ));
    }
    let organization = catalog::set_up(&services, &chain, clock()).await?;
    keep(&file, &recipe)?;
    let ctx = Ctx::system(organization.id, "demo", clock());
    if recipe.filled_until.is_none_or(|d| d < until) {
        fill::sales(&services, &ctx, &chain, &recipe, until).await?;
        recipe.filled_until = Some(until);
        keep(&file, &recipe)?;
    }
    let learned = learn(&services, &organization, &chain, until, fresh).await?;
    if learned {
        fill::morning(&services, &ctx, &chain, until, clock()).await?;
    }
    say(&format!("Ready after {}", human(begun.elapsed().as_secs())));
    if args.no_serve {
        return Ok(());
    }
    let application = Application::bind(services, config, clock).await?;
    let address = application.address()?;
    people::introduce(&format!("http://{address}"));
    serve::serve(application, None).await
}

/// Trains two weeks back, lets that model forecast night by night without training, and then runs the last night in
/// full: the screens then show past forecasts against what happened. `false` when the last night was done before.
async fn learn(
    services: &Services,
    organization: &OrganizationView,
    chain: &Chain,
    until: NaiveDate,
    fresh: bool,
) -> anyhow::Result<bool> {
    let runner = NightRunner::new(services.clone(), TrainConfig::default(), clock::system());
    let ctx = Ctx::system(organization.id, "demo", runner.now());
    if services.forecast_book().latest_issue(&ctx, None).await? == Some(until) {
        return Ok(false);
    }
    if fresh {
        let first = until - Days::new(PAST_NIGHTS);
        say(&format!(
            "Learning from the sales until {first}, then {PAST_NIGHTS} nights up to yesterday"
        ));
        nightly::night(&runner, organization.id, first, false).await?;
        let quick = runner.clone().without_training();
        for ahead in 1..PAST_NIGHTS {
            nightly::night(&quick, organization.id, first + Days::new(ahead), false).await?;
        }
    }
    fill::weather_ahead(services, &ctx, chain, until).await?;
    let status = nightly::night(&runner, organization.id, until, false).await?;
    say(&format!("The night of {until} is {status}"));
    Ok(true)
}

fn keep(file: &Path, recipe: &Recipe) -> anyhow::Result<()> {
    let draft = file.with_extension("draft");
    std::fs::write(&draft, serde_json::to_vec_pretty(recipe)?)
        .with_context(|| format!("write {}", draft.display()))?;
    std::fs::rename(&draft, file).with_context(|| format!("write {}", file.display()))
}

/// Removes what a demo left in its own data folder. A database elsewhere is never touched.
fn reset(config: &Config, sqlite: bool) -> anyhow::Result<()> {
    if !sqlite {
        bail!(
            "--reset removes files of the data folder; an organization on a database server has to be removed there"
        );
    }
    let marker = config.data.join("demo.json");
    let database = config.data.join("hornada.db");
    if database.exists() && !marker.exists() {
        bail!(
            "{} was not made by a demo: it is left alone",
            config.data.display()
        );
    }
    let named = [
        "hornada.db",
        "hornada.db-wal",
        "hornada.db-shm",
        "queue.db",
        "queue.db-wal",
        "queue.db-shm",
        "demo.json",
    ];
    for file in named
        .map(|name| config.data.join(name))
        .iter()
        .filter(|f| f.exists())
    {
        std::fs::remove_file(file).with_context(|| format!("remove {}", file.display()))?;
    }
    for folder in ["imports", "models"]
        .map(|name| config.data.join(name))
        .iter()
        .filter(|f| f.exists())
    {
        std::fs::remove_dir_all(folder).with_context(|| format!("remove {}", folder.display()))?;
    }
    Ok(())
}

fn human(seconds: u64) -> String {
    if seconds < 90 {
        format!("{seconds} s")
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

//! `cargo xtask bench`: measures the release program from outside, as its users meet it: real processes, loopback, both
//! databases; and the forecaster's phases in a program of their own.

mod api;
mod forecast;
mod import;
mod live;
mod load;
mod night;
mod orders;
mod pages;
mod report;
pub mod scene;
mod stock;
pub mod visitor;

use crate::stages::Stage;
use crate::workspace::Workspace;
use crate::{site, toolchain};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use report::Section;
use scene::{Engine, Product};
use std::path::PathBuf;
use std::process::ExitCode;

/// Where the numbers are written down.
const DOCUMENT: &str = "docs/performance.md";

/// A measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    /// Questions to the model under load, beside FastAPI and LightGBM.
    Api,
    /// The forecaster's phases by size of the chain, and its network beside PyTorch's.
    Forecast,
    /// Taking tickets from a file, and whether memory grows with it.
    Import,
    /// How soon a change shows on other screens, on one server and on two of one database, and whether any is lost.
    Live,
    /// The night of 6 and of 35 shops, step by step.
    Night,
    /// Pages and completed orders under load.
    Pages,
    /// Selling, completing and counting, with a short history and with ten times as much; a count of 10,000 lines.
    Stock,
}

impl Name {
    const ALL: [Self; 7] = [
        Self::Api,
        Self::Forecast,
        Self::Import,
        Self::Live,
        Self::Night,
        Self::Pages,
        Self::Stock,
    ];

    /// Whether it needs the product as users have it, server and site.
    fn of_the_product(self) -> bool {
        self != Self::Forecast
    }
}

/// On which database to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Databases {
    Sqlite,
    Postgres,
    Both,
}

impl Databases {
    /// Each of them.
    pub fn engines(self) -> Vec<Engine> {
        match self {
            Self::Sqlite => vec![Engine::Sqlite],
            Self::Postgres => vec![Engine::Postgres],
            Self::Both => vec![Engine::Sqlite, Engine::Postgres],
        }
    }
}

/// Which program: a fresh one where nothing is said.
#[derive(Clone, Debug, Default, Args)]
pub struct ProductOptions {
    /// Take the program and site folder that are there instead of building them first.
    #[arg(long)]
    no_build: bool,
    /// Program to take; nothing is built then.
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Site folder that it serves.
    #[arg(long, value_name = "DIR", requires = "binary")]
    site: Option<PathBuf>,
}

/// What to measure, and on what.
#[derive(Debug, Args)]
pub struct Options {
    /// Measurements; all of them when none is named.
    #[arg(value_name = "NAME", value_enum)]
    names: Vec<Name>,
    /// Database to measure on.
    #[arg(long, value_enum, default_value_t = Databases::Both)]
    database: Databases,
    /// Small sizes: tries whether the measurements work, its numbers say nothing.
    #[arg(long)]
    quick: bool,
    /// Write the numbers into docs/performance.md too.
    #[arg(long, conflicts_with = "quick")]
    write: bool,
    #[command(flatten)]
    product: ProductOptions,
    /// Python with PyTorch, for the network beside ours.
    #[arg(long, value_name = "FILE", default_value = "python3")]
    python: PathBuf,
}

/// What every measurement needs.
struct Bench<'a> {
    workspace: &'a Workspace,
    /// Nothing where no measurement that was asked for needs it.
    product: Option<Product>,
    engines: Vec<Engine>,
    quick: bool,
}

/// The command: measures, prints, and writes down where asked to.
///
/// # Errors
/// When a build or a measurement fails, or what was measured turns out wrong.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let names = if options.names.is_empty() {
        Name::ALL.to_vec()
    } else {
        options.names.clone()
    };
    let product = if names.iter().any(|name| name.of_the_product()) {
        Some(product(workspace, &options.product)?)
    } else {
        None
    };
    let bench = Bench {
        workspace,
        product,
        engines: options.database.engines(),
        quick: options.quick,
    };
    for name in names {
        let setting = report::setting(&bench, name.of_the_product())?;
        let section = match name {
            Name::Api => api::measure(&bench),
            Name::Forecast => forecast::measure(&bench, &options.python),
            Name::Import => import::measure(&bench),
            Name::Live => live::measure(&bench),
            Name::Night => night::measure(&bench),
            Name::Pages => pages::measure(&bench),
            Name::Stock => stock::measure(&bench),
        }?
        .with_setting(setting);
        println!("\n{}", section.as_text());
        if options.write {
            write_down(workspace, &section)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The program and the site: those that are named, those that are there, or fresh ones.
///
/// # Errors
/// When a build fails or a file is missing.
pub fn product(workspace: &Workspace, options: &ProductOptions) -> Result<Product> {
    if !options.no_build && options.binary.is_none() {
        toolchain::check(workspace)?;
        site::build_release(workspace)?;
    }
    let absolute = |path: &PathBuf| {
        path.canonicalize()
            .with_context(|| format!("{} is not there", path.display()))
    };
    let binary = options
        .binary
        .clone()
        .unwrap_or_else(|| workspace.release_binary());
    let site = options.site.clone().unwrap_or_else(|| workspace.site());
    Ok(Product {
        binary: absolute(&binary)?,
        site: absolute(&site)?,
    })
}

fn write_down(workspace: &Workspace, section: &Section) -> Result<()> {
    let stage = Stage::start(format!("Writing {DOCUMENT}"));
    let file = workspace.root.join(DOCUMENT);
    let text = std::fs::read_to_string(&file).with_context(|| format!("read {DOCUMENT}"))?;
    let text = report::replace(&text, section.name, &section.as_markdown())?;
    std::fs::write(&file, text).with_context(|| format!("write {DOCUMENT}"))?;
    stage.done(section.name);
    Ok(())
}

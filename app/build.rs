//! Turns `locales/<language>/<area>.json` into the typed `i18n` module, so that a missing or misspelt text is a
//! compile error. An area is registered here once and then belongs to the authors of its pages.

use leptos_i18n_parser::parse_locales::{
    options::{Config, ParseOptions},
    parse_locales,
};
use std::{env, error::Error, fs, path::PathBuf};

/// One file a language each. The order does not matter.
const AREAS: &[&str] = &[
    "account",
    "admin",
    "alerts",
    "assortment",
    "auth",
    "calendar",
    "capacity",
    "channels",
    "common",
    "dispatch",
    "doors",
    "forecast",
    "imports",
    "jobs",
    "kitchen",
    "orders",
    "organization",
    "passkeys",
    "plan",
    "policies",
    "queue",
    "recipes",
    "roles",
    "security",
    "sign_on",
    "standing",
    "stock",
    "style_guide",
    "tablets",
    "today",
    "transfers",
    "users",
];

/// The first is what a text falls back to.
const LANGUAGES: [&str; 2] = ["es", "en"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=locales");

    let [first, second] = LANGUAGES;
    let config = Config::new(first)
        .and_then(|config| config.add_locale(second))
        .and_then(|config| config.add_namespaces(AREAS))
        .map_err(|error| error.to_string())?;
    // Texts with values in them are needed as plain strings too: labels, titles, messages.
    let config = config.parse_options(ParseOptions::new().interpolate_display(true));
    let parsed = parse_locales(None, config).map_err(|error| error.to_string())?;

    // A text that one language lacks would silently show the other language: that is a fault, not a hint.
    let faults: Vec<String> = parsed
        .diag
        .warnings()
        .iter()
        .map(ToString::to_string)
        .chain(parsed.diag.errors().iter().map(ToString::to_string))
        .collect();
    if !faults.is_empty() {
        return Err(faults.join("\n").into());
    }

    let code = leptos_i18n_codegen::gen_code(&parsed, None, false, None, false)
        .map_err(|error| error.to_string())?;
    let code = with_known_locales(code.to_string())?;
    let folder = PathBuf::from(env::var("OUT_DIR")?).join("i18n");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("mod.rs"), code)?;
    Ok(())
}

/// The generated code parses the names of our own languages when the page runs, and with them comes a parser for every tag of BCP 47
/// into each browser. The compiler can do it.
fn with_known_locales(mut code: String) -> Result<String, Box<dyn Error>> {
    for language in LANGUAGES {
        let parsed = format!(r#""{language}" . parse () . expect ("Valid locale")"#);
        if code.matches(&parsed).count() != 1 {
            return Err(format!(
                "the generated code makes the locale {language} in another way than expected"
            )
            .into());
        }
        let known =
            format!(r#"l_i18n_crate :: reexports :: icu :: locid :: locale ! ("{language}")"#);
        code = code.replace(&parsed, &known);
    }
    Ok(code)
}

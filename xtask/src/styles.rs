//! The style sheet: `style/main.css` and what it imports, as one minified file.

use crate::stages::Stage;
use crate::stamp::{Inputs, Stamp};
use crate::workspace::{OUTPUT_NAME, PKG_DIR, Workspace};
use anyhow::{Context, Result, anyhow};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::stylesheet::{MinifyOptions, ParserOptions, PrinterOptions};
use std::fs;
use std::path::Path;

/// Bundles the style sheet into `site`.
///
/// # Errors
/// With file, line and column when a rule cannot be read.
pub fn build(workspace: &Workspace, site: &Path) -> Result<()> {
    let stage = Stage::start("Styles");
    let source = workspace.root.join("style");
    let entry = source.join("main.css");
    let output = site.join(PKG_DIR).join(format!("{OUTPUT_NAME}.css"));
    let inputs = Inputs::of("styles 1")
        .text(&site.to_string_lossy())
        .folder(&source, ".css")?;
    let name = if site == workspace.site() {
        "styles-release"
    } else {
        "styles-dev"
    };
    let stamp = Stamp::new(&workspace.private().join("stamps"), name, &inputs);
    if stamp.is_current(std::slice::from_ref(&output)) {
        stage.done("unchanged");
        return Ok(());
    }
    let code = bundle(&entry)?;
    if let Some(folder) = output.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&output, &code).with_context(|| format!("cannot write {}", output.display()))?;
    stamp.set()?;
    stage.done(format!("{:.1} kB", code.len() as f64 / 1000.0));
    Ok(())
}

/// One minified style sheet out of `entry` and everything it imports.
fn bundle(entry: &Path) -> Result<String> {
    let files = FileProvider::new();
    let mut sheet = Bundler::new(&files, None, ParserOptions::default())
        .bundle(entry)
        .map_err(|error| {
            let place = error
                .loc
                .map(|at| format!("{}:{}:{}: ", at.filename, at.line + 1, at.column));
            anyhow!("{}{}", place.unwrap_or_default(), error.kind)
        })?;
    sheet
        .minify(MinifyOptions::default())
        .map_err(|error| anyhow!("the style sheet cannot be minified: {error}"))?;
    let printed = sheet
        .to_css(PrinterOptions {
            minify: true,
            ..PrinterOptions::default()
        })
        .map_err(|error| anyhow!("the style sheet cannot be written: {error}"))?;
    Ok(printed.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_drawn_together_and_new_css_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join("tokens.css"),
            ":root { --crust: oklch(60% 0.12 60); }",
        )
        .unwrap();
        fs::write(
            folder.path().join("main.css"),
            "@import './tokens.css';\n.card { color: var(--crust); &:hover { color: light-dark(#000, #fff); } }",
        )
        .unwrap();
        let code = bundle(&folder.path().join("main.css")).unwrap();
        assert!(
            code.starts_with(":root{--crust:oklch(60% .12 60)}"),
            "{code}"
        );
        assert!(code.contains("&:hover"), "{code}");
        assert!(!code.contains("@import"), "{code}");
    }

    #[test]
    fn our_own_style_sheet_is_understood() {
        let entry = Workspace::find().unwrap().root.join("style/main.css");
        let code = bundle(&entry).unwrap();
        for font in ["/fonts/inter.woff2", "/fonts/fraunces.woff2"] {
            assert!(code.contains(font), "{font} is not used");
        }
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("main.css"), "\n.a { color: red; } }").unwrap();
        let error = bundle(&folder.path().join("main.css"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("main.css:2:"), "{error}");
    }
}

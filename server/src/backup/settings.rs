//! The operator's file of settings, without secrets.

use anyhow::Context;
use std::path::Path;

/// File of settings in the data folder.
pub(super) const FILE: &str = "hornada.toml";

/// Words in the name of a setting that make it a secret; where its name ends in `_file` it names a file that holds one.
const SECRET: [&str; 6] = [
    "password",
    "passphrase",
    "secret",
    "token",
    "key",
    "headers",
];

fn is_secret(name: &str, value: &toml::Value) -> bool {
    let named = SECRET.iter().any(|word| name.contains(word)) && !name.ends_with("_file");
    // Addresses may carry a password before the host.
    let carried = value
        .as_str()
        .is_some_and(|text| text.contains("://") && text.contains('@'));
    name == "database_url" || named || carried
}

fn strip(table: toml::Table, left_out: &mut Vec<String>) -> toml::Table {
    let mut kept = toml::Table::new();
    for (name, value) in table {
        if is_secret(&name, &value) {
            left_out.push(name);
            continue;
        }
        let value = match value {
            toml::Value::Table(inner) => toml::Value::Table(strip(inner, left_out)),
            other => other,
        };
        kept.insert(name, value);
    }
    kept
}

/// The settings without what is secret, and a word on what was left out.
///
/// # Errors
/// When the text is no TOML.
pub fn without_secrets(text: &str) -> anyhow::Result<String> {
    // The error's own words would quote the line.
    let table: toml::Table = text
        .parse()
        .map_err(|_| anyhow::anyhow!("the file of settings is no TOML"))?;
    let mut left_out = Vec::new();
    let kept = toml::to_string(&strip(table, &mut left_out))?;
    if left_out.is_empty() {
        return Ok(kept);
    }
    Ok(format!(
        "# Left out of the backup because it is secret: {}\n{kept}",
        left_out.join(", ")
    ))
}

/// Those of a data folder; nothing where it has none.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn read(data: &Path) -> anyhow::Result<Option<String>> {
    let path = data.join(FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(without_secrets(&text)?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stay_at_home_and_everything_else_travels() {
        let text = "database_url = \"postgres://a:s3cret@b/c\"\njobs = false\nbackup_passphrase = \"s3cret\"\n\
                    backup_passphrase_file = \"/run/secrets/p\"\nmodel_store = \"s3://user:s3cret@bucket\"\n\
                    otlp_headers = \"authorization=Bearer s3cret\"\n\
                    [mail]\nfrom = \"a@b.es\"\npassword = \"s3cret\"\n";
        let kept = without_secrets(text).unwrap();
        assert!(!kept.contains("s3cret"), "{kept}");
        for stays in ["jobs = false", "/run/secrets/p", "a@b.es"] {
            assert!(kept.contains(stays), "{stays} is missing in {kept}");
        }
        assert!(kept.starts_with("# Left out"), "{kept}");
        assert!(kept.parse::<toml::Table>().is_ok());
        let broken = without_secrets("x = s3cret").unwrap_err().to_string();
        assert!(!broken.contains("s3cret"), "{broken}");
    }
}

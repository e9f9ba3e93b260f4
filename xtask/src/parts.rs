//! How the parts of the browser bundle travel.
//!
//! The splitter makes some hundred small modules and a script that fetches each by itself. Alone they compress badly, and a page
//! would wait for a hundred answers. So what a group of pages needs lies in one file more, its *pack*: a page that is opened
//! first fetches one pack, and a later page, which lacks a few parts only, fetches those.
//!
//! How a pack is laid out stands in [`pack`](mod@pack). Its name ends in `.wasm` because that is how leptos announces to the browser what
//! a page will need.

pub mod numbers;
mod pack;
pub mod places;
mod table;

use anyhow::{Context, Result, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Ending of the name of a group that is fetched after the group of the name before it, once the page is alive.
pub const LATER: &str = "_later";

/// Helpers of the script that loads parts, put before what the splitter wrote.
const LOADER: &str = include_str!("parts.js");

/// `today` of `today_16122746537676754520`: the splitter adds a hash to the names of groups.
pub fn group_name(entry: &str) -> &str {
    entry
        .trim_end_matches(|character: char| character.is_ascii_digit())
        .trim_end_matches('_')
}

/// File name of a group's pack, without its ending.
fn pack_name(group: &str) -> String {
    format!("pack_{group}")
}

/// Writes a pack for every group into `folder`; `needs` says which parts a group needs. Returns which files the server is to
/// announce for it.
///
/// # Errors
/// When a part is missing or a file cannot be written.
pub fn pack(
    folder: &Path,
    needs: &BTreeMap<String, Vec<String>>,
) -> Result<BTreeMap<String, Vec<String>>> {
    // Several functions may come with one group; its pack holds what any of them needs.
    let mut groups: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for (entry, parts) in needs {
        let known = groups.entry(group_name(entry)).or_default();
        for part in parts {
            if !known.contains(&part) {
                known.push(part);
            }
        }
    }
    for (group, parts) in &groups {
        // What comes later finds the page's own parts there.
        let there = group.strip_suffix(LATER).and_then(|page| groups.get(page));
        let missing = parts
            .iter()
            .filter(|part| !there.is_some_and(|there| there.contains(part)));
        let mut modules = Vec::new();
        for part in missing {
            let module = fs::read(folder.join(format!("{part}.wasm")))
                .with_context(|| format!("the part {part} is missing"))?;
            modules.push((part.as_str(), module));
        }
        let content = pack::of(&modules)?;
        fs::write(folder.join(format!("{}.wasm", pack_name(group))), content)?;
    }
    let announced = needs.keys().map(|entry| {
        let packs = vec![pack_name(group_name(entry))];
        (entry.clone(), packs)
    });
    Ok(announced.collect())
}

/// Groups of the pages that open without a network, with what comes when they are alive.
const OFFLINE: [&str; 9] = [
    "count",
    "count_later",
    "frame_later",
    "kitchen",
    "kitchen_later",
    "queue_later",
    "today",
    "today_later",
    "waste",
];

/// The packs that pages without a network need. The device takes single parts out of them, as a page that lacks a few only asks for
/// those.
pub fn offline(packs: &BTreeMap<String, Vec<String>>) -> BTreeSet<&String> {
    packs
        .iter()
        .filter(|(entry, _)| OFFLINE.contains(&group_name(entry)))
        .flat_map(|(_, packs)| packs)
        .collect()
}

/// The splitter's script, with its parts taken from packs.
///
/// # Errors
/// When the script is not written as this version of the splitter writes it.
pub fn loader(script: &str, needs: &BTreeMap<String, Vec<String>>) -> Result<String> {
    let parts: BTreeSet<&String> = needs.values().flatten().collect();
    let mut text = script.to_owned();
    for part in parts {
        let alone = format!(
            "makeLoad(() => {{\n    const src = fetch(new URL(\"./{part}.wasm\", import.meta.url));\n    src.catch(() => {{}});\n    \
             return async (imports) => (WebAssembly.instantiateStreaming(src, imports));\n}}\n, "
        );
        ensure!(
            text.matches(&alone).count() == 1,
            "the splitter's script fetches the part {part} in another way than expected"
        );
        text = text.replace(&alone, &format!("makeLoad(() => part(\"{part}\"), "));
    }
    let mut lines = Vec::new();
    let mut groups = 0;
    for line in text.lines() {
        // Taken by their numbers, see below.
        if line.starts_with("const __chunk_") && line.ends_with(", []);") {
            continue;
        }
        let entry = line
            .strip_prefix("export const ")
            .and_then(|rest| rest.strip_prefix(LOADS))
            .and_then(|rest| rest.split_once(" = wrapAsyncCb("));
        match entry {
            None => lines.push(line.to_owned()),
            Some((entry, load)) => {
                let load = load
                    .strip_suffix(");")
                    .context("a group's line of the splitter's script ends unexpectedly")?;
                let pack = pack_name(group_name(entry));
                let load = by_numbers(load)?;
                lines.push(format!(
                    "export const {LOADS}{entry} = wrapAsyncCb(group(\"{pack}\", {load}));"
                ));
                groups += 1;
            }
        }
    }
    ensure!(
        groups == needs.len()
            && !text.contains("fetch(")
            && lines.iter().all(|line| !line.contains("__chunk_")),
        "the splitter's script loads {groups} of {} groups as expected",
        needs.len()
    );
    Ok(format!("{LOADER}{}\n", lines.join("\n")))
}

/// The digits of distances between chunks; the same stand in `parts.js`.
const DIGITS: &str =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&()*+,-./:;<=>?@[]^_{|}~";

/// `[__chunk_8, __chunk_9]` of a group's line as `chunks("IA")`: there are hundreds of chunks, each group needs many, and the names of
/// all of them would be half of what the script weighs.
fn by_numbers(load: &str) -> Result<String> {
    let (before, rest) = load
        .rsplit_once('[')
        .context("a group's line names no chunks")?;
    let (names, after) = rest
        .split_once(']')
        .context("a group's list of chunks does not end")?;
    let numbers: BTreeSet<usize> = names
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(|name| {
            let number = name.strip_prefix("__chunk_").context("an unknown chunk")?;
            Ok(number.parse()?)
        })
        .collect::<Result<_>>()?;
    Ok(format!("{before}chunks({:?}){after}", distances(&numbers)))
}

/// Each number as its distance from the one after the number before; the last digit stands for that many, and more to come.
fn distances(numbers: &BTreeSet<usize>) -> String {
    let further = DIGITS.len() - 1;
    let mut text = String::new();
    let mut next = 0;
    for number in numbers {
        let mut distance = number - next;
        next = number + 1;
        while distance >= further {
            text.push_str(&DIGITS[further..]);
            distance -= further;
        }
        text.push_str(&DIGITS[distance..=distance]);
    }
    text
}

/// How the names of the functions that load groups begin, in the main module and in the splitter's script.
const LOADS: &str = "__wasm_split_load_";

/// Gives the functions that the main module imports short names: their own are long, end in hashes that do not compress, and
/// stand in the module and in the scripts. Drops what of its table says nothing, too. Returns the new names of the functions that the splitter's script is to export, by their old
/// ones; see [`export_as`].
///
/// # Errors
/// When the module cannot be read.
pub fn shorten_imports(module: &Path, script: &Path) -> Result<BTreeMap<String, String>> {
    let mut code = walrus::Module::from_file(module)?;
    let mut text = fs::read_to_string(script)?;
    let mut count = 0_usize;
    let mut loads = BTreeMap::new();
    for import in code.imports.iter_mut() {
        if import.name.starts_with(LOADS) {
            let new = format!("l{:x}", loads.len());
            let old = std::mem::replace(&mut import.name, new.clone());
            loads.insert(old, new);
            continue;
        }
        let old = format!(" {}: ", import.name);
        if !import.name.starts_with("__wb") || text.matches(&old).count() != 1 {
            continue;
        }
        let new = format!("f{count:x}");
        text = text.replace(&old, &format!(" {new}: "));
        import.name = new;
        count += 1;
    }
    ensure!(count > 0, "the bindings name no imports as expected");
    table::drop_placeholders(&mut code);
    code.emit_wasm_file(module)?;
    fs::write(script, import_once(&text))?;
    Ok(loads)
}

/// The splitter's script with its functions under the names that the main module asks for.
///
/// # Errors
/// When the script exports one of them in another way than expected.
pub fn export_as(script: &str, names: &BTreeMap<String, String>) -> Result<String> {
    let mut text = script.to_owned();
    for (old, new) in names {
        let line = format!("export const {old} = ");
        ensure!(
            text.matches(&line).count() == 1,
            "the splitter's script does not export {old} as expected"
        );
        text = text.replace(&line, &format!("export const {new} = "));
    }
    Ok(text)
}

/// The bindings import a module once for every function that they take from it; once is enough.
fn import_once(script: &str) -> String {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let mut lines = Vec::new();
    let mut needless = BTreeSet::new();
    for line in script.lines() {
        let import = line
            .strip_prefix("import * as ")
            .and_then(|rest| rest.split_once(" from "));
        if let Some((name, module)) = import
            && !known.insert(module.trim_end_matches(';'))
        {
            needless.insert(name);
            continue;
        }
        // `"module": name,` in the object that is handed to the main module.
        let entry = line.trim().trim_end_matches(',').rsplit_once(": ");
        if entry.is_some_and(|(_, name)| needless.contains(name)) {
            continue;
        }
        lines.push(line);
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs() -> BTreeMap<String, Vec<String>> {
        let parts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        [
            (
                "today_12".to_owned(),
                parts(&["chunk_8", "chunk_10", "split_today_12"]),
            ),
            (
                "today_later_12".to_owned(),
                parts(&["chunk_8", "chunk_10", "chunk_9", "split_today_later_12"]),
            ),
        ]
        .into()
    }

    /// A module of its own for each name: a data section with the name in it.
    fn write_parts(folder: &Path, names: &[&str]) {
        for name in names {
            let module = pack::tests::module(&[(11, name.as_bytes())]);
            fs::write(folder.join(format!("{name}.wasm")), module).unwrap();
        }
    }

    /// Names of the parts in a pack, after a look at what they hold.
    fn parts_in(folder: &Path, pack: &str) -> Vec<String> {
        let content = fs::read(folder.join(format!("{pack}.wasm"))).unwrap();
        let parts = pack::tests::unpack(&content);
        for (name, module) in &parts {
            assert_eq!(
                module,
                &fs::read(folder.join(format!("{name}.wasm"))).unwrap()
            );
        }
        parts.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn names_of_groups_lose_their_hash_only() {
        assert_eq!(group_name("today_16122746537676754520"), "today");
        assert_eq!(group_name("today_later_16"), "today_later");
    }

    #[test]
    fn a_pack_holds_its_parts_and_what_comes_later_only_what_is_new() {
        let folder = tempfile::tempdir().unwrap();
        write_parts(
            folder.path(),
            &[
                "chunk_8",
                "chunk_9",
                "chunk_10",
                "split_today_12",
                "split_today_later_12",
            ],
        );
        let announced = super::pack(folder.path(), &needs()).unwrap();
        assert_eq!(announced["today_12"], ["pack_today"]);
        assert_eq!(
            parts_in(folder.path(), "pack_today"),
            ["chunk_8", "chunk_10", "split_today_12"]
        );
        assert_eq!(
            parts_in(folder.path(), "pack_today_later"),
            ["chunk_9", "split_today_later_12"]
        );
    }

    #[test]
    fn a_pack_holds_what_every_function_of_its_group_needs() {
        let folder = tempfile::tempdir().unwrap();
        write_parts(folder.path(), &["chunk_1", "chunk_2", "split_a", "split_b"]);
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let needs = BTreeMap::from([
            ("orders_later_1".to_owned(), names(&["chunk_1", "split_a"])),
            (
                "orders_later_2".to_owned(),
                names(&["chunk_1", "chunk_2", "split_b"]),
            ),
        ]);
        let announced = super::pack(folder.path(), &needs).unwrap();
        assert_eq!(announced["orders_later_1"], announced["orders_later_2"]);
        assert_eq!(
            parts_in(folder.path(), "pack_orders_later"),
            ["chunk_1", "split_a", "chunk_2", "split_b"]
        );
    }

    #[test]
    fn chunks_are_told_by_the_distances_between_them() {
        assert!(LOADER.contains(&format!("{DIGITS:?}")));
        let text = |numbers: &[usize]| distances(&numbers.iter().copied().collect());
        assert_eq!(text(&[0, 1, 3]), "AAB");
        let further = DIGITS.len() - 1;
        assert_eq!(text(&[further]), "~A");
        assert_eq!(text(&[2, 2 + 1 + 2 * further + 5]), "C~~F");
        assert_eq!(
            by_numbers("makeLoad(() => part(\"a\"), [__chunk_8, __chunk_9])").unwrap(),
            "makeLoad(() => part(\"a\"), chunks(\"IA\"))"
        );
        assert!(by_numbers("makeLoad(() => part(\"a\"), [other])").is_err());
    }

    #[test]
    fn the_packs_of_pages_without_a_network_are_known() {
        let packs = BTreeMap::from([
            ("today_12".to_owned(), vec!["pack_today".to_owned()]),
            ("plan_3".to_owned(), vec!["pack_plan".to_owned()]),
        ]);
        assert_eq!(offline(&packs), BTreeSet::from([&"pack_today".to_owned()]));
    }

    #[test]
    fn a_module_is_imported_once() {
        let script = "import * as import1 from \"./a.js\"\nimport * as import2 from \"./a.js\"\n\
            import * as import3 from \"./b.js\"\n\nreturn {\n\"./a.js\": import1,\n\"./a.js\": import2,\n\"./b.js\": import3,\n};\n";
        assert_eq!(
            import_once(script),
            "import * as import1 from \"./a.js\"\nimport * as import3 from \"./b.js\"\n\nreturn {\n\
             \"./a.js\": import1,\n\"./b.js\": import3,\n};\n"
        );
    }

    #[test]
    fn functions_are_exported_under_the_names_asked_for() {
        let names = BTreeMap::from([("__wasm_split_load_a_1".to_owned(), "l0".to_owned())]);
        assert_eq!(
            export_as("export const __wasm_split_load_a_1 = f;", &names).unwrap(),
            "export const l0 = f;"
        );
        assert!(export_as("export const other = f;", &names).is_err());
    }

    #[test]
    fn a_script_of_another_splitter_is_refused() {
        assert!(loader("export const nothing = 1;", &needs()).is_err());
    }

    #[test]
    fn parts_come_from_the_pack() {
        let one = |name: &str| {
            format!(
                "makeLoad(() => {{\n    const src = fetch(new URL(\"./{name}.wasm\", import.meta.url));\n    src.catch(() => {{}});\n    \
                 return async (imports) => (WebAssembly.instantiateStreaming(src, imports));\n}}\n, "
            )
        };
        let script = format!(
            "const __chunk_8 = {}[]);\nconst __chunk_9 = {}[]);\nconst __chunk_10 = {}[]);\nexport const __wasm_split_load_today_12 = wrapAsyncCb({}[__chunk_8]));\n\
             export const __wasm_split_load_today_later_12 = wrapAsyncCb({}[__chunk_8, __chunk_9]));\n",
            one("chunk_8"),
            one("chunk_9"),
            one("chunk_10"),
            one("split_today_12"),
            one("split_today_later_12")
        );
        let text = loader(&script, &needs()).unwrap();
        assert!(
            text.contains(
                "export const __wasm_split_load_today_12 = \
                 wrapAsyncCb(group(\"pack_today\", makeLoad(() => part(\"split_today_12\"), chunks(\"I\"))));"
            ),
            "{text}"
        );
    }
}

//! The numbers of the parts that several groups share.
//!
//! The script that loads parts tells each group's by their numbers. Numbered so that parts of almost the same groups follow each other,
//! these lists are long runs, and the script is a tenth smaller.

use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const CHUNK: &str = "chunk_";

/// Numbers the chunks anew: their files in `folder`, their names in `needs` and in the splitter's script, which is returned.
///
/// # Errors
/// When a file cannot be renamed, or the script names a chunk that no group needs.
pub fn renumber(
    folder: &Path,
    needs: &mut BTreeMap<String, Vec<String>>,
    script: &str,
) -> Result<String> {
    let new: BTreeMap<String, usize> = in_order(needs)
        .into_iter()
        .enumerate()
        .map(|(number, old)| (old, number))
        .collect();
    // By way of names that no chunk has, so that none takes the place of another.
    for (old, number) in &new {
        let aside = folder.join(format!("{number}.moved"));
        fs::rename(folder.join(format!("{CHUNK}{old}.wasm")), aside)
            .with_context(|| format!("the part {CHUNK}{old} is missing"))?;
    }
    for number in new.values() {
        fs::rename(
            folder.join(format!("{number}.moved")),
            folder.join(format!("{CHUNK}{number}.wasm")),
        )?;
    }
    for part in needs.values_mut().flatten() {
        *part = renamed(part, &new)?;
    }
    renamed(script, &new)
}

/// The old numbers of all chunks, each after the one that has most groups with it in common: the number of groups that need only one of
/// the two is least. The first is the one that most groups need.
fn in_order(needs: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut groups: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (group, parts) in needs.values().enumerate() {
        for number in parts.iter().filter_map(|part| part.strip_prefix(CHUNK)) {
            groups.entry(number).or_default().insert(group);
        }
    }
    let mut left: Vec<(&str, BTreeSet<usize>)> = groups.into_iter().collect();
    left.sort_by_key(|(_, groups)| std::cmp::Reverse(groups.len()));
    let mut order = Vec::new();
    let mut last: Option<BTreeSet<usize>> = None;
    while !left.is_empty() {
        let next = last.as_ref().map_or(0, |last| {
            (0..left.len())
                .min_by_key(|&place| last.symmetric_difference(&left[place].1).count())
                .unwrap_or(0)
        });
        let (number, groups) = left.remove(next);
        order.push(number.to_owned());
        last = Some(groups);
    }
    order
}

/// `text` with the new number after every `chunk_`.
fn renamed(text: &str, new: &BTreeMap<String, usize>) -> Result<String> {
    let mut pieces = text.split(CHUNK);
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let digits = piece
            .find(|character: char| !character.is_ascii_digit())
            .unwrap_or(piece.len());
        let (old, rest) = piece.split_at(digits);
        let number = new
            .get(old)
            .with_context(|| format!("no group needs the part {CHUNK}{old}"))?;
        whole += &format!("{CHUNK}{number}{rest}");
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(groups: [(&str, &[&str]); 3]) -> BTreeMap<String, Vec<String>> {
        groups
            .into_iter()
            .map(|(group, parts)| {
                let parts = parts.iter().map(|part| (*part).to_owned()).collect();
                (group.to_owned(), parts)
            })
            .collect()
    }

    #[test]
    fn chunks_of_the_same_groups_follow_each_other() {
        let needs = needs([
            ("a", &["chunk_1", "chunk_2", "chunk_10", "split_a"]),
            ("b", &["chunk_2", "chunk_10", "chunk_3"]),
            ("c", &["chunk_10", "chunk_4"]),
        ]);
        assert_eq!(in_order(&needs), ["10", "2", "1", "3", "4"]);
    }

    #[test]
    fn files_lists_and_script_agree() {
        let folder = tempfile::tempdir().unwrap();
        let mut needs = needs([
            ("a", &["chunk_0", "split_a"]),
            ("b", &["chunk_0", "chunk_1"]),
            ("c", &["chunk_1", "chunk_0"]),
        ]);
        for number in 0..2 {
            let file = folder.path().join(format!("chunk_{number}.wasm"));
            fs::write(file, format!("was {number}")).unwrap();
        }
        // The one that more need is the first in any case, so that both change places here.
        needs.insert("d".to_owned(), vec!["chunk_1".to_owned()]);
        needs.insert("e".to_owned(), vec!["chunk_1".to_owned()]);
        let script =
            "const __chunk_0 = f(\"./chunk_0.wasm\");\nf(\"split_a\", [__chunk_0, __chunk_1]);";
        let script = renumber(folder.path(), &mut needs, script).unwrap();
        assert_eq!(
            script,
            "const __chunk_1 = f(\"./chunk_1.wasm\");\nf(\"split_a\", [__chunk_1, __chunk_0]);"
        );
        assert_eq!(needs["a"], ["chunk_1", "split_a"]);
        assert_eq!(needs["c"], ["chunk_0", "chunk_1"]);
        for (number, was) in [(0, 1), (1, 0)] {
            let file = folder.path().join(format!("chunk_{number}.wasm"));
            assert_eq!(fs::read_to_string(file).unwrap(), format!("was {was}"));
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_part_that_no_group_needs_is_refused() {
        assert!(renamed("[__chunk_7]", &BTreeMap::new()).is_err());
    }
}

//! How modules lie in a pack: section by section, the types of all of them first, their code near the end.
//!
//! Types compress well beside types and code beside code: laid out so, a pack is four percent smaller than with one whole module
//! after the other, and the browser puts the modules together again (`parts.js`) in a few milliseconds. Modules stand in the order of
//! their code, byte for byte: many begin alike, and that makes a pack smaller again by half a percent.
//!
//! Four bytes with the length of the index (little-endian); the index, a JSON list of the modules' names; then for each number in
//! [`SECTIONS`]: the size of that section in every module, in the order of the index (zero where a module has none), and after the sizes
//! the sections themselves. Sizes are written as the format of modules writes them (unsigned LEB128), and a module's own bytes are kept.

use anyhow::{Context, Result, ensure};

/// The sections of a module in the order that the format wants; those with a name of their own (custom, 0) mean nothing to the browser and
/// are left out. The same numbers stand in `parts.js`.
/// Source: WebAssembly Core Specification 2.0, 5.5.
const SECTIONS: [u8; 12] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11];
/// The section of a module's code, in the same numbers.
const CODE: u8 = 10;
/// How every module begins: a magic word and the version.
const HEAD: &[u8; 8] = b"\0asm\x01\0\0\0";

/// A pack of `modules`, each with its name.
///
/// # Errors
/// When something is no module, or holds a section twice or one that is not known.
pub(super) fn of(modules: &[(&str, Vec<u8>)]) -> Result<Vec<u8>> {
    let mut modules: Vec<(&str, Vec<Section<'_>>)> = modules
        .iter()
        .map(|(name, module)| {
            let sections = sections(module).with_context(|| format!("the part {name}"))?;
            Ok((*name, sections))
        })
        .collect::<Result<_>>()?;
    modules.sort_by(|(_, one), (_, other)| code(one).cmp(code(other)));
    let names: Vec<&str> = modules.iter().map(|(name, _)| *name).collect();
    let index = serde_json::to_vec(&names)?;
    let mut pack = u32::try_from(index.len())?.to_le_bytes().to_vec();
    pack.extend(index);
    for id in SECTIONS {
        let of_kind: Vec<Option<&Section<'_>>> = modules
            .iter()
            .map(|(_, sections)| sections.iter().find(|section| section.id == id))
            .collect();
        for section in &of_kind {
            pack.extend(section.map_or(&[0][..], |section| section.size));
        }
        for section in of_kind.into_iter().flatten() {
            pack.extend(section.content);
        }
    }
    Ok(pack)
}

/// What a module does; nothing where it only holds data.
fn code<'a>(sections: &[Section<'a>]) -> &'a [u8] {
    sections
        .iter()
        .find(|section| section.id == CODE)
        .map(|section| section.content)
        .unwrap_or_default()
}

/// A section of a module.
struct Section<'a> {
    id: u8,
    /// As it is written.
    size: &'a [u8],
    content: &'a [u8],
}

/// The sections of a module, without those that have a name of their own.
fn sections(module: &[u8]) -> Result<Vec<Section<'_>>> {
    let mut rest = module.strip_prefix(HEAD).context("is no module")?;
    let mut sections: Vec<Section<'_>> = Vec::new();
    while let Some((&id, after)) = rest.split_first() {
        let (size, length, after) = number(after).context("ends in the middle of a size")?;
        let (content, after) = after
            .split_at_checked(length)
            .context("ends in the middle of a section")?;
        rest = after;
        if id == 0 {
            continue;
        }
        ensure!(
            SECTIONS.contains(&id),
            "has a section {id} that is not known"
        );
        ensure!(
            sections.iter().all(|section| section.id != id),
            "has the section {id} twice"
        );
        // A section of no bytes cannot be told from one that is not there.
        ensure!(length > 0, "has an empty section {id}");
        sections.push(Section { id, size, content });
    }
    Ok(sections)
}

/// An unsigned number as the format writes it: its bytes, its value, and what comes after it.
pub(super) fn number(bytes: &[u8]) -> Option<(&[u8], usize, &[u8])> {
    let end = bytes.iter().take(5).position(|byte| byte & 0x80 == 0)?;
    let (written, rest) = bytes.split_at(end + 1);
    let value = written.iter().rev().fold(0_usize, |value, byte| {
        (value << 7) | usize::from(byte & 0x7f)
    });
    Some((written, value, rest))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A module with these sections, shorter than 128 bytes each.
    pub(in crate::parts) fn module(sections: &[(u8, &[u8])]) -> Vec<u8> {
        let mut module = HEAD.to_vec();
        for (id, content) in sections {
            module.extend([*id, u8::try_from(content.len()).unwrap()]);
            module.extend(*content);
        }
        module
    }

    /// What the browser does with a pack.
    pub(in crate::parts) fn unpack(pack: &[u8]) -> Vec<(String, Vec<u8>)> {
        let length = usize::try_from(u32::from_le_bytes(pack[..4].try_into().unwrap())).unwrap();
        let (index, mut rest) = pack[4..].split_at(length);
        let names: Vec<String> = serde_json::from_slice(index).unwrap();
        let mut modules = vec![HEAD.to_vec(); names.len()];
        for id in SECTIONS {
            let mut sizes = Vec::new();
            for _ in &names {
                let (written, value, after) = number(rest).unwrap();
                sizes.push((written, value));
                rest = after;
            }
            for (module, (written, size)) in modules.iter_mut().zip(sizes) {
                if size == 0 {
                    continue;
                }
                let (content, after) = rest.split_at(size);
                module.push(id);
                module.extend(written);
                module.extend(content);
                rest = after;
            }
        }
        assert_eq!(rest, b"");
        names.into_iter().zip(modules).collect()
    }

    #[test]
    fn modules_come_out_as_they_went_in_by_their_code() {
        let one = module(&[
            (1, b"types"),
            (3, b"f"),
            (12, b"n"),
            (10, b"code"),
            (11, b"data"),
        ]);
        let two = module(&[(1, b"other types"), (10, b"more code")]);
        let pack = of(&[("two", two.clone()), ("one", one.clone())]).unwrap();
        assert_eq!(
            unpack(&pack),
            [("one".to_owned(), one), ("two".to_owned(), two)]
        );
        assert!(pack.windows(16).any(|bytes| bytes == b"typesother types"));
    }

    #[test]
    fn sizes_of_several_bytes_are_kept_as_they_are_written() {
        let mut long = HEAD.to_vec();
        // 200, and the same with two bytes that mean nothing.
        for (id, size) in [(1, &[0xc8, 0x01][..]), (10, &[0xc8, 0x81, 0x80, 0x00][..])] {
            long.push(id);
            long.extend(size);
            long.extend([id; 200]);
        }
        let pack = of(&[("long", long.clone())]).unwrap();
        assert_eq!(unpack(&pack), [("long".to_owned(), long)]);
    }

    #[test]
    fn what_has_a_name_of_its_own_is_left_out() {
        let with = module(&[(0, b"\x04name"), (1, b"types"), (0, b"\x01x")]);
        let pack = of(&[("a", with)]).unwrap();
        assert_eq!(unpack(&pack), [("a".to_owned(), module(&[(1, b"types")]))]);
    }

    #[test]
    fn what_is_no_module_is_refused() {
        for (bytes, reason) in [
            (b"no module".to_vec(), "is no module"),
            (module(&[(1, b"a"), (1, b"b")]), "twice"),
            (module(&[(14, b"a")]), "not known"),
            (module(&[(1, b"")]), "empty"),
            ([HEAD, &[1, 5, 0][..]].concat(), "middle of a section"),
            ([HEAD, &[1, 0x80][..]].concat(), "middle of a size"),
        ] {
            let error = of(&[("part", bytes)]).unwrap_err();
            assert!(format!("{error:#}").contains(reason), "{error:#}");
        }
    }

    #[test]
    fn the_script_takes_the_same_sections() {
        let list = format!("{SECTIONS:?}");
        assert!(super::super::LOADER.contains(&list), "{list}");
    }
}

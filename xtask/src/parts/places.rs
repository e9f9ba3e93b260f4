//! Where in a library a panic happened, which a browser's console would say and nobody there could use.
//!
//! The compiler writes a `core::panic::Location` for every line that may panic, with the path of its file, and has no stable option not
//! to. Those of our own files stay; so does the message of every panic.

use super::pack::number;
use anyhow::{Context, Result, ensure};
use std::ops::Range;

/// The section of a module's data. Source: WebAssembly Core Specification 2.0, 5.5.14.
const DATA: u8 = 11;
/// `Location` on a machine of 32 bits: address and length of the path, line, column.
const LOCATION: usize = 16;
/// No line and no column is as large.
const LARGEST: usize = 1_000_000;

/// A piece of the memory with which a module begins.
struct Segment {
    address: usize,
    /// Where it stands in the module.
    bytes: Range<usize>,
}

/// Empties the locations in files of libraries, in place: length of the path, line, column and the path itself become zeros, which weigh
/// nothing once compressed. The module is as the linker wrote it. Returns how many there were.
///
/// # Errors
/// When something is no module.
pub fn forget(module: &mut [u8]) -> Result<usize> {
    let segments = segments(module)?;
    let mut found = Vec::new();
    for segment in &segments {
        let first = segment.address.next_multiple_of(4) - segment.address + segment.bytes.start;
        for at in (first..segment.bytes.end).step_by(4) {
            if at + LOCATION <= segment.bytes.end
                && let Some(path) = path_of(module, &segments, at)
            {
                found.push((at, path));
            }
        }
    }
    for (at, path) in &found {
        // The address stays: the splitter writes it anew.
        module[at + 4..at + LOCATION].fill(0);
        module[path.clone()].fill(0);
    }
    Ok(found.len())
}

/// The path to which a location refers; nothing where there is no location, or one in a file of ours, whose path is relative.
fn path_of(module: &[u8], segments: &[Segment], at: usize) -> Option<Range<usize>> {
    let word = |place: usize| {
        let bytes = module.get(at + 4 * place..at + 4 * place + 4)?;
        usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
    };
    let (address, length, line, column) = (word(0)?, word(1)?, word(2)?, word(3)?);
    if !(1..LARGEST).contains(&line) || !(1..LARGEST).contains(&column) {
        return None;
    }
    let segment = segments.iter().find(|segment| {
        (segment.address..segment.address + segment.bytes.len()).contains(&address)
    })?;
    let start = segment.bytes.start + (address - segment.address);
    let path = start..start.checked_add(length)?;
    let text = module.get(path.clone())?;
    let is_path = path.end <= segment.bytes.end
        && text.starts_with(b"/")
        && text.ends_with(b".rs")
        && text.iter().all(|byte| (b' '..=b'~').contains(byte));
    is_path.then_some(path)
}

/// The segments that have an address.
fn segments(module: &[u8]) -> Result<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut at = 8;
    while let Some(&id) = module.get(at) {
        at += 1;
        let size = take(module, &mut at)?;
        let end = at + size;
        ensure!(end <= module.len(), "a section does not end");
        if id == DATA {
            for _ in 0..take(module, &mut at)? {
                let kind = take(module, &mut at)?;
                ensure!(kind < 2, "a data segment of the unknown kind {kind}");
                let address = if kind == 0 {
                    address(module, &mut at)?
                } else {
                    None
                };
                let length = take(module, &mut at)?;
                let bytes = at..at + length;
                ensure!(bytes.end <= end, "a data segment does not end");
                at = bytes.end;
                if let Some(address) = address {
                    segments.push(Segment { address, bytes });
                }
            }
        }
        at = end;
    }
    Ok(segments)
}

/// An unsigned number at `at`, which moves behind it.
fn take(module: &[u8], at: &mut usize) -> Result<usize> {
    let rest = module.get(*at..).unwrap_or_default();
    let (written, value, _) = number(rest).context("ends in the middle of a number")?;
    *at += written.len();
    Ok(value)
}

/// The address of a segment, where it is `i32.const` and nothing else.
fn address(module: &[u8], at: &mut usize) -> Result<Option<usize>> {
    const I32_CONST: u8 = 0x41;
    const END: u8 = 0x0b;
    ensure!(
        module.get(*at) == Some(&I32_CONST),
        "a data segment without a constant address"
    );
    *at += 1;
    let start = *at;
    let address = take(module, at)?;
    // Signed: the last byte's second bit says so, which no address of ours is.
    let negative = module[start..*at]
        .last()
        .is_some_and(|byte| byte & 0x40 != 0);
    ensure!(
        module.get(*at) == Some(&END),
        "the address of a data segment does not end"
    );
    *at += 1;
    Ok((!negative).then_some(address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::pack::tests::module;

    const ADDRESS: u32 = 32;

    /// A module with a location in `path`, which stands before it, at [`ADDRESS`].
    fn with(path: &str, words: [u32; 3]) -> Vec<u8> {
        let mut memory = path.as_bytes().to_vec();
        memory.resize(path.len().next_multiple_of(4), b'.');
        for word in [&[ADDRESS][..], &words].concat() {
            memory.extend(word.to_le_bytes());
        }
        let mut data = vec![1, 0, 0x41, 32, 0x0b, u8::try_from(memory.len()).unwrap()];
        data.extend(memory);
        module(&[(1, b"types"), (DATA, data.as_slice())])
    }

    #[test]
    fn a_location_in_a_library_loses_path_and_line() {
        let before = with("/registry/a/b.rs", [16, 7, 9]);
        let mut after = before.clone();
        assert_eq!(forget(&mut after).unwrap(), 1);
        assert_eq!(after.len(), before.len());
        let (head, rest) = after.split_at(before.len() - 32);
        assert_eq!(head, &before[..head.len()]);
        assert_eq!(rest[..16], [0; 16]);
        assert_eq!(rest[16..20], ADDRESS.to_le_bytes());
        assert_eq!(rest[20..], [0; 12]);
    }

    #[test]
    fn our_own_files_and_what_is_no_location_stay() {
        for (path, words) in [
            ("app/src/later.rs", [16, 7, 9]),
            ("/registry/a/b.rs", [15, 7, 9]),
            ("/registry/a/b.rs", [17, 7, 9]),
            ("/registry/a/b.rs", [16, 0, 9]),
            ("/registry/a/b.rs", [16, 7, u32::MAX]),
            ("/registry/a/b.rb", [16, 7, 9]),
        ] {
            let before = with(path, words);
            let mut after = before.clone();
            assert_eq!(forget(&mut after).unwrap(), 0, "{path} {words:?}");
            assert_eq!(after, before);
        }
    }

    #[test]
    fn what_does_not_end_is_refused() {
        let mut cut = with("/registry/a/b.rs", [16, 7, 9]);
        cut.truncate(cut.len() - 1);
        assert!(forget(&mut cut).is_err());
    }
}

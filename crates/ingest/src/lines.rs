//! Physical lines of a file, one at a time, in bounded memory.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

/// Longest line that is kept; what lies beyond is skipped and the line marked.
pub const MAX_LINE_BYTES: usize = 16 * 1024;

/// How much of the beginning is looked at to tell what kind of file it is.
const HEAD_BYTES: usize = 16 * 1024;

/// One line, without its line break.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// As an editor counts, from one.
    pub row: u64,
    /// Position of its first byte in the file.
    pub start: u64,
    /// Position behind its line break.
    pub end: u64,
    pub bytes: &'a [u8],
    /// Whether a line break followed; only the last line can lack it.
    pub terminated: bool,
    /// Whether bytes beyond [`MAX_LINE_BYTES`] were skipped.
    pub cut: bool,
}

/// Reads lines. Line breaks are `\n`, `\r\n`, or a lone `\r` in a file whose beginning has no other.
#[derive(Debug)]
pub struct Lines<R> {
    reader: BufReader<Chain<Cursor<Vec<u8>>, R>>,
    head: Vec<u8>,
    buffer: Vec<u8>,
    terminator: u8,
    position: u64,
    row: u64,
}

impl<R: Read> Lines<R> {
    /// Takes in the beginning of the file.
    ///
    /// # Errors
    /// The reader's.
    pub fn new(mut reader: R) -> io::Result<Self> {
        let mut head = Vec::with_capacity(HEAD_BYTES);
        reader
            .by_ref()
            .take(HEAD_BYTES as u64)
            .read_to_end(&mut head)?;
        let terminator = if !head.contains(&b'\n') && head.contains(&b'\r') {
            b'\r'
        } else {
            b'\n'
        };
        let bom = if head.starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            0
        };
        let mut chain =
            BufReader::with_capacity(64 * 1024, Cursor::new(head.clone()).chain(reader));
        // The head holds the mark whole, so it is there to be skipped.
        io::copy(&mut chain.by_ref().take(bom), &mut io::sink())?;
        Ok(Self {
            reader: chain,
            head,
            buffer: Vec::new(),
            terminator,
            position: bom,
            row: 0,
        })
    }

    /// The beginning of the file as it is.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// The next line, empty ones included.
    ///
    /// # Errors
    /// The reader's.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        let start = self.position;
        let (mut terminated, mut cut) = (false, false);
        while !terminated {
            let available = match self.reader.fill_buf() {
                Ok(available) => available,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            if available.is_empty() {
                break;
            }
            let found = available.iter().position(|b| *b == self.terminator);
            terminated = found.is_some();
            let piece = &available[..found.unwrap_or(available.len())];
            let kept = piece.len().min(MAX_LINE_BYTES - self.buffer.len());
            cut |= kept < piece.len();
            self.buffer.extend_from_slice(&piece[..kept]);
            let used = piece.len() + usize::from(terminated);
            self.reader.consume(used);
            self.position += used as u64;
        }
        if self.position == start {
            return Ok(None);
        }
        self.row += 1;
        if self.buffer.last() == Some(&b'\r') {
            self.buffer.pop();
        }
        Ok(Some(Line {
            row: self.row,
            start,
            end: self.position,
            bytes: &self.buffer,
            terminated,
            cut,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<(u64, u64, String, bool)> {
        let mut lines = Lines::new(bytes).unwrap();
        let mut all = Vec::new();
        while let Some(l) = lines.next_line().unwrap() {
            all.push((
                l.row,
                l.end,
                String::from_utf8_lossy(l.bytes).into_owned(),
                l.terminated,
            ));
        }
        all
    }

    #[test]
    fn all_three_line_breaks_are_understood_and_positions_count_bytes() {
        let expected = [
            (1, 2, "a".to_owned(), true),
            (2, 3, String::new(), true),
            (3, 5, "bc".to_owned(), false),
        ];
        assert_eq!(lines(b"a\n\nbc"), expected);
        assert_eq!(lines(b"a\r\rbc"), expected);
        assert_eq!(
            lines(b"\xef\xbb\xbfa\r\nb\r\n"),
            [(1, 6, "a".into(), true), (2, 9, "b".into(), true)]
        );
        assert!(lines(b"").is_empty());
        assert!(lines(b"\xef\xbb\xbf").is_empty());
    }

    #[test]
    fn an_endless_line_is_cut_and_the_next_one_read() {
        let mut file = vec![b'x'; 3 * MAX_LINE_BYTES];
        file.extend_from_slice(b"\nok\n");
        let mut lines = Lines::new(file.as_slice()).unwrap();
        let first = lines.next_line().unwrap().unwrap();
        assert!(first.cut && first.bytes.len() == MAX_LINE_BYTES);
        let second = lines.next_line().unwrap().unwrap();
        assert_eq!(
            (second.row, second.bytes, second.cut),
            (2, b"ok".as_slice(), false)
        );
    }
}

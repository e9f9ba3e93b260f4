//! Splitting one line into its fields, with quotes as spreadsheets write them.

use std::borrow::Cow;

/// Why a line does not fall apart into fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnclosedQuote;

/// Splits a line. Spaces around a value do not count; a doubled quote inside quotes is a quote.
///
/// # Errors
/// [`UnclosedQuote`]; the fields found so far, the rest of the line as the last of them, are in `fields`.
pub fn split<'a>(
    line: &'a str,
    delimiter: u8,
    fields: &mut Vec<Cow<'a, str>>,
) -> Result<(), UnclosedQuote> {
    fields.clear();
    let bytes = line.as_bytes();
    let mut start = 0;
    loop {
        let mut at = start;
        while matches!(bytes.get(at), Some(b' ' | b'\t')) && bytes[at] != delimiter {
            at += 1;
        }
        if bytes.get(at) == Some(&b'"') {
            let (value, after) = quoted(line, at + 1)
                .inspect_err(|_| fields.push(Cow::Borrowed(line[start..].trim())))?;
            let end = bytes[after..]
                .iter()
                .position(|b| *b == delimiter)
                .map_or(bytes.len(), |p| after + p);
            let tail = line[after..end].trim();
            // Characters behind a closing quote belong to the value: nothing of what was written is dropped.
            fields.push(if tail.is_empty() {
                trim(value)
            } else {
                Cow::Owned(format!("{}{tail}", value.trim()))
            });
            start = end;
        } else {
            let end = bytes[start..]
                .iter()
                .position(|b| *b == delimiter)
                .map_or(bytes.len(), |p| start + p);
            fields.push(Cow::Borrowed(line[start..end].trim()));
            start = end;
        }
        if start >= bytes.len() {
            return Ok(());
        }
        start += 1;
    }
}

fn trim(value: Cow<'_, str>) -> Cow<'_, str> {
    match value {
        Cow::Borrowed(v) => Cow::Borrowed(v.trim()),
        Cow::Owned(v) => Cow::Owned(v.trim().to_owned()),
    }
}

/// The value from behind the opening quote, and the position behind the closing one.
fn quoted(line: &str, from: usize) -> Result<(Cow<'_, str>, usize), UnclosedQuote> {
    let bytes = line.as_bytes();
    let mut owned: Option<String> = None;
    let mut piece = from;
    loop {
        let quote = piece
            + bytes[piece..]
                .iter()
                .position(|b| *b == b'"')
                .ok_or(UnclosedQuote)?;
        if bytes.get(quote + 1) == Some(&b'"') {
            owned.get_or_insert_default().push_str(&line[piece..=quote]);
            piece = quote + 2;
            continue;
        }
        let value = match owned {
            None => Cow::Borrowed(&line[from..quote]),
            Some(mut text) => {
                text.push_str(&line[piece..quote]);
                Cow::Owned(text)
            }
        };
        return Ok((value, quote + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str, delimiter: u8) -> Vec<String> {
        let mut fields = Vec::new();
        split(line, delimiter, &mut fields).unwrap();
        fields.into_iter().map(Cow::into_owned).collect()
    }

    #[test]
    fn plain_and_quoted_values_are_split_and_trimmed() {
        assert_eq!(fields("a, b ,\"c,d\",", b','), ["a", "b", "c,d", ""]);
        assert_eq!(fields("\"say \"\"hi\"\"\";x", b';'), ["say \"hi\"", "x"]);
        assert_eq!(fields("\"a\"b,c", b','), ["ab", "c"]);
        assert_eq!(fields("", b','), [""]);
        assert_eq!(fields("a\tb\t", b'\t'), ["a", "b", ""]);
    }

    #[test]
    fn an_unclosed_quote_is_reported_with_what_was_readable() {
        let mut found = Vec::new();
        assert_eq!(split("a,\"b,c", b',', &mut found), Err(UnclosedQuote));
        assert_eq!(found, ["a", "\"b,c"]);
    }
}

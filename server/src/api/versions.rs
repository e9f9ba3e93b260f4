//! Versions of resources as HTTP carries them: `ETag` in answers, `If-Match` in changes (RFC 9110, sections 8.8.3 and 13.1.1).

use crate::web::errors::ApiError;
use http::{HeaderMap, HeaderValue, header};
use services::ServiceError;

/// The version that `If-Match` names; nothing where the header is missing or is `*`.
///
/// # Errors
/// Invalid where it names anything but one strong tag of ours: `"3"`.
pub fn wanted_version(headers: &HeaderMap) -> Result<Option<i64>, ApiError> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    text.strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .and_then(|text| text.parse().ok())
        .map(Some)
        .ok_or_else(|| {
            let error = ServiceError::field(
                "if-match",
                "format",
                "Give back the ETag of the answer as it was, with its quotes.",
            );
            ApiError::from_service(error, "")
        })
}

/// The tag of a version: `"3"`.
#[must_use]
pub fn etag(version: i64) -> HeaderValue {
    // Digits and quotes are always fine in a header.
    HeaderValue::from_str(&format!("\"{version}\""))
        .unwrap_or_else(|_| HeaderValue::from_static("\"0\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_read_as_it_was_written_and_anything_else_is_refused() {
        let mut headers = HeaderMap::new();
        assert_eq!(wanted_version(&headers).expect("no header"), None);
        headers.insert(header::IF_MATCH, etag(12));
        assert_eq!(wanted_version(&headers).expect("a tag"), Some(12));
        headers.insert(header::IF_MATCH, HeaderValue::from_static("*"));
        assert_eq!(wanted_version(&headers).expect("any"), None);
        for wrong in ["12", "W/\"12\"", "\"1\", \"2\"", "\"x\"", ""] {
            headers.insert(header::IF_MATCH, HeaderValue::from_static(wrong));
            assert!(wanted_version(&headers).is_err(), "{wrong}");
        }
    }
}

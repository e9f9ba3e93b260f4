//! How the answers of server functions and the data of a page travel between two halves of the same version.
//!
//! Postcard instead of JSON: it needs no names of fields, so the browser downloads about a tenth less code for every page, and the
//! answers are smaller. In exchange the bytes mean nothing to another version of the program; every message therefore
//! begins with the version of these types, and a page that is older than its server is told so ([`crate::ErrorCode::Outdated`])
//! instead of reading wrong numbers. The REST API speaks JSON.

use serde::{Serialize, de::DeserializeOwned};
use server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType, codec::Post};

/// Digest of the sources of everything that travels; the build script computes it.
const VERSION: [u8; 8] = include!(concat!(env!("OUT_DIR"), "/version.rs"));

/// The encoding of an answer: `#[server(output = Compact)]`.
pub type Compact = Post<Wire>;

/// The version of the types, then postcard.
#[derive(Debug)]
pub struct Wire;

/// Why bytes could not be written or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireError {
    /// The other half is of another version.
    Outdated,
    /// The bytes are damaged, or the value is of a kind that cannot be written.
    Malformed,
}

/// What [`crate::AppError`] recognises, because the framework hands an error of reading on as text.
pub(crate) const OUTDATED: &str =
    "This page was made by another version of the program. Load it again.";

impl std::fmt::Display for WireError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Outdated => OUTDATED,
            Self::Malformed => "The message cannot be read.",
        })
    }
}

impl std::error::Error for WireError {}

/// Writes a message.
///
/// # Errors
/// [`WireError::Malformed`] for a value whose length is not known beforehand.
pub fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, WireError> {
    postcard::to_extend(value, VERSION.to_vec()).map_err(|_| WireError::Malformed)
}

/// Reads a message whole.
///
/// # Errors
/// [`WireError::Outdated`] for a message of another version, [`WireError::Malformed`] for a damaged one.
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, WireError> {
    let message = bytes.strip_prefix(&VERSION).ok_or(WireError::Outdated)?;
    match postcard::take_from_bytes(message) {
        Ok((value, [])) => Ok(value),
        _ => Err(WireError::Malformed),
    }
}

impl ContentType for Wire {
    const CONTENT_TYPE: &'static str = "application/x-hornada";
}

impl FormatType for Wire {
    const FORMAT_TYPE: Format = Format::Binary;
}

impl<T: Serialize> Encodes<T> for Wire {
    type Error = WireError;

    fn encode(value: &T) -> Result<Bytes, WireError> {
        to_bytes(value).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for Wire {
    type Error = WireError;

    fn decode(bytes: Bytes) -> Result<T, WireError> {
        from_bytes(&bytes)
    }
}

/// For fields of free form: JSON stays JSON, and travels as its text in messages that do not describe themselves.
pub(crate) mod free_form {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
    use serde_json::Value;

    pub(crate) fn serialize<S: Serializer>(value: &Value, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() {
            value.serialize(to)
        } else {
            value.to_string().serialize(to)
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
        if from.is_human_readable() {
            Value::deserialize(from)
        } else {
            let text = String::deserialize(from)?;
            serde_json::from_slice(text.as_bytes()).map_err(D::Error::custom)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{VERSION, WireError, from_bytes, to_bytes};
    use crate::nights::NightStepView;
    use crate::{AppError, ErrorCode};
    use server_fn::error::{FromServerFnError, ServerFnErrorErr};

    #[test]
    fn a_message_survives_the_way() {
        let value = (vec![Some(-3_i64), None], "Nº 1".to_owned());
        let bytes = to_bytes(&value).unwrap();
        assert_eq!(from_bytes::<(Vec<Option<i64>>, String)>(&bytes), Ok(value));
    }

    #[test]
    fn a_message_of_another_version_is_said_to_be_so() {
        let mut bytes = to_bytes(&7_u8).unwrap();
        bytes[0] ^= 1;
        assert_eq!(from_bytes::<u8>(&bytes), Err(WireError::Outdated));
        assert_eq!(from_bytes::<u8>(&[]), Err(WireError::Outdated));
        let error = AppError::from_server_fn_error(ServerFnErrorErr::Deserialization(
            WireError::Outdated.to_string(),
        ));
        assert_eq!(error.code, ErrorCode::Outdated);
    }

    #[test]
    fn a_damaged_message_is_an_error_and_not_a_panic() {
        let bytes = to_bytes(&vec!["pan".to_owned(), "bollo".to_owned()]).unwrap();
        for length in VERSION.len()..bytes.len() {
            assert_eq!(
                from_bytes::<Vec<String>>(&bytes[..length]),
                Err(WireError::Malformed)
            );
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(
            from_bytes::<Vec<String>>(&longer),
            Err(WireError::Malformed)
        );
        // A length that no memory could hold.
        let absurd = [
            VERSION.as_slice(),
            &[255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
        ]
        .concat();
        assert_eq!(
            from_bytes::<Vec<String>>(&absurd),
            Err(WireError::Malformed)
        );
    }

    #[test]
    fn free_form_fields_are_json_in_json_and_text_in_a_message() {
        let json = serde_json::json!({
            "name": "train", "position": 3, "status": "succeeded", "attempts": 1, "started_at": null,
            "finished_at": "2026-03-01T04:00:00Z",
            "detail": {"products": [1, 2.5, null]},
        });
        let step: NightStepView = serde_json::from_value(json.clone()).unwrap();
        let back: NightStepView = from_bytes(&to_bytes(&step).unwrap()).unwrap();
        assert_eq!(back.detail, json["detail"]);
        assert_eq!(
            serde_json::to_value(&back).unwrap()["detail"],
            json["detail"]
        );
    }
}

//! The description of the API in OpenAPI 3.1, made from the list of endpoints and the types that they take and give.
//!
//! The types' schemas come from `utoipa`, which reads what serde reads; the document around them is put together here.

mod operation;
mod schemas;

use super::about::Shape;
use super::{Access, Endpoint};
use crate::session::COOKIE;
use crate::state::AppState;
use crate::web::errors::ApiError;
use crate::web::problems::PROBLEM;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use contract::{AppError, ErrorCode};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use operation::{REFUSALS, operation};
use schemas::{Schemas, named};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// Where the description is.
pub const PATH: &str = "/api/v1/openapi.json";

const JSON: &str = "application/json";

/// How long a reader may keep the description without asking again.
const FRESH: &str = "public, max-age=300";

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(PATH, Access::Public, show)
            .named("readDescription")
            .summary("This description")
            .gives::<Value>()
            .also(304)
            .also(404),
    ]
}

/// The description, ready to be sent.
struct Served {
    text: String,
    /// With its quotes.
    tag: String,
}

static SERVED: LazyLock<Served> = LazyLock::new(|| {
    let text = describe(&super::endpoints()).document.to_string();
    let mut tag = String::from("\"");
    for byte in &Sha256::digest(text.as_bytes())[..16] {
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    Served { text, tag }
});

/// `GET /api/v1/openapi.json`: the description of the API. It holds no data.
async fn show(State(state): State<AppState>, headers: HeaderMap) -> Response {
    if !state.config.api_docs {
        let message = "There is nothing at this address.";
        return ApiError::new(ErrorCode::NotFound, message, "").into_response();
    }
    let served = &*SERVED;
    let known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| names(known.as_bytes(), &served.tag));
    let kept = [
        (
            header::ETAG,
            HeaderValue::from_str(&served.tag).unwrap_or(HeaderValue::from_static("\"\"")),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static(FRESH)),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, kept).into_response();
    }
    let media = [(header::CONTENT_TYPE, HeaderValue::from_static(JSON))];
    (kept, media, served.text.as_str()).into_response()
}

/// Whether a list of tags names this one; compressed answers are the same to their reader.
fn names(list: &[u8], tag: &str) -> bool {
    list.split(|byte| *byte == b',')
        .map(<[u8]>::trim_ascii)
        .map(|known| known.strip_prefix(b"W/").unwrap_or(known))
        .any(|known| known == b"*" || known == tag.as_bytes())
}

/// A description, and what is wrong with it.
#[derive(Debug)]
pub struct Described {
    pub document: Value,
    /// Names that two different types share.
    pub clashes: BTreeSet<String>,
}

/// Describes endpoints.
#[must_use]
pub fn describe(endpoints: &[Endpoint]) -> Described {
    let mut schemas = Schemas::default();
    schemas.reference(&Shape::of::<AppError>());
    schemas.insert("Problem".to_owned(), problem());
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for endpoint in endpoints {
        let method = endpoint.method.as_str().to_lowercase();
        let operation = operation(endpoint, &mut schemas);
        paths
            .entry(endpoint.path)
            .or_default()
            .insert(method, operation);
    }
    let refusals: Map<String, Value> = REFUSALS
        .iter()
        .map(|(_, name, meaning)| {
            let content = json!({ PROBLEM: { "schema": named("Problem") } });
            let refusal = json!({ "description": meaning, "content": content });
            ((*name).to_owned(), refusal)
        })
        .collect();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Hornada",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Forecasts, production, stock and sales of a bakery chain. Quantities are whole numbers in a product's base \
                unit, money in minor units of the organization's currency, shares in basis points. A `command_id` is made by the caller: \
                the same one twice has one effect and gives the same answer.",
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": schemas.known,
            "responses": refusals,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key or an access token.",
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": COOKIE,
                    "description": "The session of a person who signed in.",
                },
            },
        },
    });
    plain(&mut document);
    Described {
        document,
        clashes: schemas.clashes,
    }
}

/// Links within the source's own documentation lead nowhere here: their text stays.
fn plain(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == "description" => {
                        *text = text
                            .replace("[`", "`")
                            .replace("`]", "`")
                            .replace("crate::", "");
                    }
                    _ => plain(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        _ => {}
    }
}

/// An error as RFC 9457 has it, with our own members beside.
fn problem() -> Value {
    json!({
        "description": "What went wrong, as RFC 9457 says it. `code` is stable, `reason` names the broken rule.",
        "allOf": [
            named("AppError"),
            {
                "type": "object",
                "required": ["type", "title", "status", "detail"],
                "properties": {
                    "type": { "type": "string" },
                    "title": { "type": "string", "description": "What the status means." },
                    "status": { "type": "integer", "minimum": 400, "maximum": 599 },
                    "detail": { "type": "string", "description": "The same sentence as `message`." },
                },
            },
        ],
    })
}

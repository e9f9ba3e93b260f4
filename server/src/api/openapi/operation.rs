//! One operation: its parameters, its body, its answers.

use super::JSON;
use super::schemas::{PAGE, Schemas, named, written};
use crate::api::about::{Gives, Shape, Takes};
use crate::api::{Access, Endpoint};
use http::Method;
use serde_json::{Map, Value, json};

/// Refusals: status, name, and what it means.
pub(super) const REFUSALS: &[(u16, &str, &str)] = &[
    (400, "BadRequest", "The request cannot be read."),
    (
        401,
        "Unauthenticated",
        "Nobody is signed in, or the session, key or token has ended.",
    ),
    (403, "Forbidden", "Signed in, but not allowed."),
    (
        404,
        "NotFound",
        "There is no such thing in the caller's organization.",
    ),
    (
        409,
        "Conflict",
        "Somebody else changed it first, or the command id was used for something else.",
    ),
    (
        412,
        "PreconditionFailed",
        "It is not as `If-Match` says any more.",
    ),
    (413, "TooLarge", "Too large to be taken."),
    (
        422,
        "Invalid",
        "A field or a rule was violated; nothing was changed.",
    ),
    (429, "TooManyRequests", "Too many requests."),
    (
        503,
        "Unavailable",
        "Temporarily not able to answer. Try again.",
    ),
];

/// Refusals of requests that change something only.
const REFUSALS_OF_CHANGES: &[u16] = &[409, 412, 413];

/// Refusals that a request of a stranger may meet too.
const REFUSALS_OF_STRANGERS: &[u16] = &[429, 503];

/// One operation of the document.
pub(super) fn operation(endpoint: &Endpoint, schemas: &mut Schemas) -> Value {
    let about = &endpoint.about;
    let mut operation = json!({
        "operationId": about.name.map_or_else(|| made_up(endpoint), str::to_owned),
        "summary": about.summary,
        "tags": [endpoint.path.split('/').nth(3).unwrap_or_default()],
        "security": match endpoint.access {
            Access::Public => json!([]),
            Access::SignedIn | Access::Needs(_) => json!([{ "bearer": [] }, { "session": [] }]),
        },
        "responses": responses(endpoint, schemas),
    });
    if let Access::Needs(permission) = endpoint.access {
        operation["x-permission"] = json!(permission);
    }
    let mut parameters = of_the_path(endpoint);
    if let Some(shape) = &about.asks {
        parameters.extend(of_the_query(shape, schemas));
    }
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    let content = match about.takes {
        Takes::Unsaid | Takes::Nothing => None,
        Takes::Json(shape) => Some(json!({ JSON: { "schema": schemas.reference(&shape) } })),
        Takes::Form(schema) => Some(json!({ "multipart/form-data": { "schema": schema() } })),
    };
    if let Some(content) = content {
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

/// `getStandingOrdersById` of `GET /api/v1/standing-orders/{id}`.
fn made_up(endpoint: &Endpoint) -> String {
    let mut name = endpoint.method.as_str().to_lowercase();
    for part in endpoint.path.split('/').skip(3) {
        if part.starts_with('{') {
            name.push_str("By");
        }
        for word in part.split(|c: char| !c.is_ascii_alphanumeric()) {
            let mut letters = word.chars();
            name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
            name.push_str(letters.as_str());
        }
    }
    name
}

fn of_the_path(endpoint: &Endpoint) -> Vec<Value> {
    let names = endpoint.path.split('/').filter_map(|part| {
        part.strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'))
    });
    names
        .map(|name| {
            let schema = if endpoint.about.texts.contains(&name) {
                json!({ "type": "string", "minLength": 1 })
            } else {
                json!({ "type": "string", "format": "uuid" })
            };
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        })
        .collect()
}

/// One parameter for each field of the type.
fn of_the_query(shape: &Shape, schemas: &mut Schemas) -> Vec<Value> {
    schemas.parts(shape);
    let whole = written((shape.schema)());
    let is_required = |name: &str| {
        let required = whole["required"].as_array();
        required.is_some_and(|names| names.iter().any(|known| known == name))
    };
    let fields = whole["properties"].as_object().into_iter().flatten();
    fields
        .map(|(name, schema)| {
            let mut schema = never_null(schema);
            let description = schema
                .as_object_mut()
                .and_then(|members| members.remove("description"));
            let mut parameter = json!({
                "name": name, "in": "query", "required": is_required(name), "schema": schema,
            });
            if let Some(description) = description {
                parameter["description"] = description;
            }
            parameter
        })
        .collect()
}

/// A query cannot say null: what may be null is left out instead.
fn never_null(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let is_null = |value: &Value| value == "null" || value["type"] == "null";
    if let Some(types) = schema.get_mut("type").and_then(Value::as_array_mut) {
        types.retain(|kind| !is_null(kind));
        if let [only] = types.as_slice() {
            schema["type"] = only.clone();
        }
    }
    if let Some(choices) = schema.get_mut("oneOf").and_then(Value::as_array_mut) {
        choices.retain(|choice| !is_null(choice));
        if let [only] = choices.as_slice() {
            return only.clone();
        }
    }
    schema
}

fn responses(endpoint: &Endpoint, schemas: &mut Schemas) -> Value {
    let about = &endpoint.about;
    let mut responses = Map::new();
    for (status, name, _) in REFUSALS {
        let changes = !matches!(endpoint.method, Method::GET | Method::HEAD);
        let fits = match endpoint.access {
            Access::Public if !changes => REFUSALS_OF_STRANGERS.contains(status),
            _ => changes || !REFUSALS_OF_CHANGES.contains(status),
        };
        if fits {
            let refusal = json!({ "$ref": format!("#/components/responses/{name}") });
            responses.insert(status.to_string(), refusal);
        }
    }
    for (status, shape) in &about.also {
        let refusal = REFUSALS.iter().find(|(known, ..)| known == status);
        let answer = match (shape, refusal) {
            (Some(shape), _) => done(JSON, schemas.reference(shape)),
            (None, Some((_, name, _))) => {
                json!({ "$ref": format!("#/components/responses/{name}") })
            }
            (None, None) => json!({ "description": "Without a body." }),
        };
        responses.insert(status.to_string(), answer);
    }
    let (status, answer) = match about.gives {
        Gives::Unsaid => return Value::Object(responses),
        Gives::Nothing => (204, json!({ "description": "Done, without a body." })),
        Gives::One(status, shape) => (status, done(JSON, schemas.reference(&shape))),
        Gives::List(shape) => {
            let items = schemas.reference(&shape);
            (200, done(JSON, json!({ "type": "array", "items": items })))
        }
        Gives::Page(item, page) => {
            let name = format!("{PAGE}{}", (item.name)());
            schemas.reference(&item);
            schemas.add(name.clone(), (page.schema)());
            (200, done(JSON, named(&name)))
        }
        Gives::Text(media) => (200, done(media, json!({ "type": "string" }))),
    };
    responses.insert(status.to_string(), answer);
    Value::Object(responses)
}

fn done(media: &str, schema: Value) -> Value {
    json!({ "description": "Done.", "content": { media: { "schema": schema } } })
}

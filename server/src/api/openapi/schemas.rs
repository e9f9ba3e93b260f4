//! The schemas of types, gathered by name.

use crate::api::about::Shape;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// How pages are named: `Page_` and the name of their items.
pub(super) const PAGE: &str = "Page_";

/// A reference to a schema.
pub(super) fn named(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

/// The schemas of types, by name.
#[derive(Default)]
pub(super) struct Schemas {
    pub(super) known: BTreeMap<String, Value>,
    /// Names that two different types share.
    pub(super) clashes: BTreeSet<String>,
}

impl Schemas {
    /// Makes a type known with all that it refers to.
    pub(super) fn reference(&mut self, shape: &Shape) -> Value {
        let name = (shape.name)().into_owned();
        // Free form says nothing that is worth a name.
        if name == "Value" {
            return json!({});
        }
        self.parts(shape);
        self.add(name.clone(), (shape.schema)());
        named(&name)
    }

    /// Makes known what a type refers to.
    pub(super) fn parts(&mut self, shape: &Shape) {
        let mut parts = Vec::new();
        (shape.parts)(&mut parts);
        for (name, schema) in parts {
            self.add(name, schema);
        }
    }

    /// Pages come with the schema of their items inside, or with its name: here always with its name.
    pub(super) fn add(&mut self, name: String, schema: RefOr<Schema>) {
        let mut value = written(schema);
        if let Some(item) = name.strip_prefix(PAGE)
            && let Some(items) = value.pointer_mut("/properties/items/items")
            && items.get("$ref").is_none()
        {
            let inside = std::mem::replace(items, named(item));
            self.insert(item.to_owned(), inside);
        }
        self.insert(name, value);
    }

    pub(super) fn insert(&mut self, name: String, value: Value) {
        if let Some(known) = self.known.insert(name.clone(), value)
            && self.known.get(&name) != Some(&known)
        {
            self.clashes.insert(name);
        }
    }
}

/// A schema as it is written.
pub(super) fn written(schema: RefOr<Schema>) -> Value {
    // Schemas are plain data: this cannot fail.
    serde_json::to_value(schema).unwrap_or_default()
}

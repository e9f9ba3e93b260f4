//! What an endpoint says of itself: what it takes, what it gives, and under which name.

use serde_json::Value;
use std::borrow::Cow;
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// The schema of a type, and the schemas of what it refers to; read when somebody asks.
#[derive(Clone, Copy)]
pub struct Shape {
    pub(super) name: fn() -> Cow<'static, str>,
    pub(super) schema: fn() -> RefOr<Schema>,
    pub(super) parts: fn(&mut Vec<(String, RefOr<Schema>)>),
}

impl Shape {
    /// That of a type.
    #[must_use]
    pub fn of<T: ToSchema + 'static>() -> Self {
        Self {
            name: T::name,
            schema: T::schema,
            parts: T::schemas,
        }
    }
}

/// What the body of a request is.
#[derive(Clone, Copy, Default)]
pub enum Takes {
    /// Nobody said; right where nothing is changed.
    #[default]
    Unsaid,
    Nothing,
    Json(Shape),
    /// `multipart/form-data` of this schema.
    Form(fn() -> Value),
}

/// What the body of a good answer is.
#[derive(Clone, Copy, Default)]
pub enum Gives {
    /// Nobody said, which a test finds.
    #[default]
    Unsaid,
    /// Status 204.
    Nothing,
    /// JSON, with this status.
    One(u16, Shape),
    /// A JSON array of these.
    List(Shape),
    /// A page: its items, and itself.
    Page(Shape, Shape),
    /// A text of this media type.
    Text(&'static str),
}

/// Everything that the description of the API says of an endpoint, besides what method, path and access say.
#[derive(Clone, Default)]
pub struct About {
    pub name: Option<&'static str>,
    pub summary: &'static str,
    pub asks: Option<Shape>,
    /// Parts of the path that are texts.
    pub texts: &'static [&'static str],
    pub takes: Takes,
    pub gives: Gives,
    /// Further answers: status, and what is in them.
    pub also: Vec<(u16, Option<Shape>)>,
}

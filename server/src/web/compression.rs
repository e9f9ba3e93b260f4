//! Which answers are compressed on their way.

use crate::jobs::exporting;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, DefaultPredicate, NotForContentType, Predicate};

/// Compresses what the client takes compressed, but for what is compressed already and is fetched in parts.
#[must_use]
pub fn layer() -> CompressionLayer<And<DefaultPredicate, NotForContentType>> {
    let predicate = DefaultPredicate::new().and(NotForContentType::const_new(exporting::MEDIA));
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(predicate)
}

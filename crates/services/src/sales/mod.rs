//! Sales: what was sold, from whichever side it comes. Files of an import and tickets of a till end in the same taking ([`taking`]), with
//! the same checks, and are known by the same key: store, ticket number and line. A line with a minus is a return: what it brings back raises the
//! shelf, and unless it goes back on sale a movement of waste at the same moment takes it off again.
//!
//! Order of locks when tickets are recorded: level rows, tickets, the audit head. Two tills that send the same ticket meet at its shelves.

mod judging;
mod reading;
mod recording;
pub(crate) mod standing;
pub(crate) mod taking;
mod voiding;

use crate::Services;

/// Takes tickets as they are sold.
#[derive(Debug)]
pub struct Sales<'a> {
    services: &'a Services,
}

impl Services {
    /// Tickets as they are sold.
    #[must_use]
    pub fn sales(&self) -> Sales<'_> {
        Sales { services: self }
    }
}

//! What pages ask of the server, one file an area. Each function builds the frame, calls one use case, maps the error.

pub mod session;

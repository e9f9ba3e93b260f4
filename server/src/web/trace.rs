//! The trace of a request, by the W3C's recommendation "Trace Context": a caller may say which trace a request belongs to
//! (`traceparent`) and is told which one it was (`traceresponse`).

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing::field::Empty;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Target of spans that exist for traces only. Whoever makes one names it, also outside this crate.
pub const TARGET: &str = "hornada_trace";

const PARENT: HeaderName = HeaderName::from_static("traceparent");
const RESPONSE: HeaderName = HeaderName::from_static("traceresponse");

/// A request's place in a trace.
#[derive(Debug)]
pub struct Trace {
    span: Span,
    /// Ours where traces are collected, else the one that the caller named; none where neither is.
    context: Option<SpanContext>,
    is_collected: bool,
}

impl Trace {
    /// Begins the part of a trace that this request is. Nothing of the caller goes into it: no address, no query, no person.
    #[must_use]
    pub fn begin(method: &Method, route: &str, headers: &HeaderMap) -> Self {
        let span = tracing::info_span!(
            target: TARGET,
            "request",
            otel.name = format!("{method} {route}"),
            otel.kind = "server",
            http.request.method = method.as_str(),
            http.route = route,
            http.response.status_code = Empty,
            otel.status_code = Empty,
        );
        let given = given(headers);
        if let Some(parent) = &given {
            // Fails where nothing is collected, and then there is nothing to set.
            let _ = span.set_parent(Context::new().with_remote_span_context(parent.clone()));
        }
        let context = span.context();
        let ours = context.span().span_context().clone();
        let is_collected = !span.is_disabled() && ours.is_valid();
        Self {
            span,
            context: if is_collected { Some(ours) } else { given },
            is_collected,
        }
    }

    /// What runs within it belongs to the trace.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span.clone()
    }

    /// Lets log lines of the request name the trace.
    pub fn name(&self, lines: &Span) {
        let Some(context) = &self.context else { return };
        lines.record("trace_id", tracing::field::display(context.trace_id()));
        if self.is_collected {
            lines.record("span_id", tracing::field::display(context.span_id()));
        }
    }

    /// Ends it with the answer, and tells the caller which trace it was.
    pub fn end(self, status: StatusCode, headers: &mut HeaderMap) {
        let Some(context) = self.context.filter(|_| self.is_collected) else {
            return;
        };
        self.span
            .record("http.response.status_code", i64::from(status.as_u16()));
        if status.is_server_error() {
            self.span.record("otel.status_code", "ERROR");
        }
        let text = format!(
            "00-{}-{}-{:02x}",
            context.trace_id(),
            context.span_id(),
            context.trace_flags().to_u8()
        );
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(RESPONSE, value);
        }
    }
}

/// The trace that a caller names, where the header is as it must be.
fn given(headers: &HeaderMap) -> Option<SpanContext> {
    let mut parts = headers.get(PARENT)?.to_str().ok()?.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    // Later versions may say more behind what this one says.
    let is_known = is_hex(version, 2)
        && version != "ff"
        && (version != "00" || parts.next().is_none())
        && is_hex(trace, 32)
        && is_hex(span, 16)
        && is_hex(flags, 2);
    if !is_known {
        return None;
    }
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        TraceFlags::new(u8::from_str_radix(flags, 16).ok()?),
        true,
        TraceState::default(),
    );
    context.is_valid().then_some(context)
}

fn is_hex(text: &str, length: usize) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == length && text.bytes().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parent(text: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(PARENT, text.parse().unwrap());
        given(&headers).map(|context| context.trace_id().to_string())
    }

    #[test]
    fn a_trace_is_taken_over_where_the_header_is_whole() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let whole = format!("00-{trace}-00f067aa0ba902b7-01");
        assert_eq!(parent(&whole).as_deref(), Some(trace));
        assert_eq!(
            parent(&format!("01-{trace}-00f067aa0ba902b7-01-more")).as_deref(),
            Some(trace),
            "a later version may say more"
        );
        for wrong in [
            format!("00-{trace}-00f067aa0ba902b7"),
            format!("00-{trace}-00f067aa0ba902b7-01-more"),
            format!("ff-{trace}-00f067aa0ba902b7-01"),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!("00-{}-00f067aa0ba902b7-01", trace.to_uppercase()),
            format!("00-{trace}-00f067aa0ba902b7-0x"),
            "nothing".to_owned(),
        ] {
            assert_eq!(parent(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn without_a_collector_log_lines_name_the_callers_trace_and_the_answer_names_none() {
        let mut headers = HeaderMap::new();
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        headers.insert(PARENT, text.parse().unwrap());
        let trace = Trace::begin(&Method::GET, "/orders", &headers);
        assert!(!trace.is_collected);
        assert!(trace.context.is_some());
        let mut answer = HeaderMap::new();
        trace.end(StatusCode::OK, &mut answer);
        assert!(answer.is_empty());
    }
}

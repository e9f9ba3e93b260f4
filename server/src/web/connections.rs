//! Taking connections: so many at once, and each caller says in good time what it wants.
//!
//! What `axum::serve` does, with the limits that it has no place for: how long the head of a request may take, how large it
//! may be, and how many connections there are.

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::connect_info::ConnectInfo;
use axum::response::Response;
use axum::routing::future::RouteFuture;
use axum::{BoxError, Router};
use http::Request;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

/// After an error of the system (no file handles left), so long until the next attempt.
const BREATH: Duration = Duration::from_secs(1);

/// What one server grants its callers.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once; whoever comes then waits in the system's queue.
    pub connections: usize,
    /// So long the head of a request may take, and so long a connection may lie idle between two. Longer than the minute for which
    /// usual proxies keep theirs, so that none of them sends into one that is being closed.
    pub head_within: Duration,
    /// Largest head (request line and headers) in bytes; beyond it the answer is 431. hyper takes at most 100 headers.
    pub head_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 8_192,
            head_within: Duration::from_secs(75),
            head_bytes: 64 * 1_024,
        }
    }
}

/// Serves until `stop` comes, then takes no more connections and returns when those that are open have been answered.
pub async fn serve(listener: TcpListener, app: Router, limits: Limits, stop: CancellationToken) {
    let seats = Arc::new(Semaphore::new(limits.connections));
    let open = TaskTracker::new();
    loop {
        let seat = tokio::select! {
            () = stop.cancelled() => break,
            seat = seats.clone().acquire_owned() => seat,
        };
        // Nobody closes the semaphore.
        let Ok(seat) = seat else { break };
        let (stream, peer) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener) => accepted,
        };
        let guest = Guest {
            app: app.clone(),
            peer,
        };
        open.spawn(attend(stream, guest, limits, stop.clone(), seat));
    }
    drop(listener);
    open.close();
    open.wait().await;
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_the_callers(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be taken");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

/// Whether the caller went away before the connection stood.
fn is_the_callers(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

async fn attend(
    stream: TcpStream,
    guest: Guest,
    limits: Limits,
    stop: CancellationToken,
    _seat: OwnedSemaphorePermit,
) {
    // Small writes leave at once: with Nagle's algorithm every answer would wait for a delayed acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_within)
        .max_buf_size(limits.head_bytes);
    let service = TowerToHyperService::new(guest);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.as_mut().await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

/// The application for one caller, whose address it tells to every request.
#[derive(Clone)]
struct Guest {
    app: Router,
    peer: SocketAddr,
}

impl<B> Service<Request<B>> for Guest
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // A router is always ready.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        self.app.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    async fn whose(ConnectInfo(peer): ConnectInfo<SocketAddr>) -> String {
        peer.to_string()
    }

    async fn started(limits: Limits) -> (SocketAddr, CancellationToken, TaskTracker) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().route("/", get(whose));
        let (stop, running) = (CancellationToken::new(), TaskTracker::new());
        running.spawn(serve(listener, app, limits, stop.clone()));
        running.close();
        (address, stop, running)
    }

    /// Sends the bytes and reads until the other side closes.
    async fn said(address: SocketAddr, bytes: &[u8]) -> (SocketAddr, String) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let own = stream.local_addr().unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        // A reset after the answer is an end too.
        let _ = stream.read_to_end(&mut answer).await;
        (own, String::from_utf8_lossy(&answer).into_owned())
    }

    #[tokio::test]
    async fn a_request_knows_its_callers_address() {
        let (address, stop, running) = started(Limits::default()).await;
        let request = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        let (own, answer) = said(address, request).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.ends_with(&own.to_string()), "{answer}");
        stop.cancel();
        running.wait().await;
    }

    #[tokio::test]
    async fn who_never_finishes_its_request_is_let_go() {
        let limits = Limits {
            head_within: Duration::from_millis(50),
            ..Limits::default()
        };
        let (address, _stop, _running) = started(limits).await;
        let (_, answer) = said(address, b"GET / HTTP/1.1\r\nhost: x\r\n").await;
        assert!(!answer.contains("200 OK"), "{answer}");
    }

    #[tokio::test]
    async fn a_head_that_is_too_large_is_refused() {
        let limits = Limits {
            head_bytes: 8_192,
            ..Limits::default()
        };
        let (address, _stop, _running) = started(limits).await;
        let long = format!(
            "GET / HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n",
            "a".repeat(9_000)
        );
        let (_, answer) = said(address, long.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
        let many: String = (0..120).map(|n| format!("x-{n}: a\r\n")).collect();
        let many = format!("GET / HTTP/1.1\r\nhost: x\r\n{many}\r\n");
        let (_, answer) = said(address, many.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    }

    #[tokio::test]
    async fn a_connection_beyond_the_limit_waits_until_another_ends() {
        let limits = Limits {
            connections: 1,
            ..Limits::default()
        };
        let (address, stop, running) = started(limits).await;
        let mut first = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
        first.write_all(request).await.unwrap();
        let mut some = [0; 15];
        first.read_exact(&mut some).await.unwrap();
        let mut second = TcpStream::connect(address).await.unwrap();
        second.write_all(request).await.unwrap();
        // What must not come is waited for a little.
        let early = tokio::time::timeout(Duration::from_millis(100), second.read_exact(&mut some));
        assert!(early.await.is_err(), "answered beside the first");
        drop(first);
        second.read_exact(&mut some).await.unwrap();
        assert_eq!(&some, b"HTTP/1.1 200 OK");
        drop(second);
        stop.cancel();
        running.wait().await;
    }
}

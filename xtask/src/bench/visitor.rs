//! Somebody who is signed in and speaks HTTP: enough of it to prepare a measurement and to look what came of it.

use anyhow::{Context, Result, anyhow, bail, ensure};
use contract::session::CurrentUser;
use contract::wire;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// The password of everybody in the demo.
pub const PASSWORD: &str = "pan-recien-hecho";
/// An answer that takes longer is a fault.
const PATIENCE: Duration = Duration::from_secs(30);

const HTML: &str = "text/html";
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A session. Every request is a connection of its own.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub address: String,
    /// Value of the `Cookie` header.
    pub cookies: String,
}

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Visitor {
    /// Signs a person of the demo in through the form.
    ///
    /// # Errors
    /// When the server does not answer or lets nobody in.
    pub fn sign_in(address: &str, email: &str) -> Result<Self> {
        let stranger = Self {
            address: address.to_owned(),
            cookies: String::new(),
        };
        let form = format!(
            "email={}&password={PASSWORD}&next=",
            email.replace('@', "%40")
        );
        let answer = stranger.send("POST", "/login", HTML, Some((FORM, &form)))?;
        let cookies: Vec<&str> = answer
            .head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
            .filter_map(|(_, value)| value.trim().split(';').next())
            .collect();
        ensure!(
            cookies
                .iter()
                .any(|cookie| cookie.starts_with("hornada_session=")),
            "{email} was not let in:\n{}",
            answer.head
        );
        Ok(Self {
            cookies: cookies.join("; "),
            ..stranger
        })
    }

    /// The same person with the same session at another server of the same database.
    pub fn at(&self, address: &str) -> Self {
        Self {
            address: address.to_owned(),
            cookies: self.cookies.clone(),
        }
    }

    /// Chooses a store, as the picker on every page does.
    pub fn choose_store(&mut self, id: &str) {
        self.cookies.push_str(&format!("; hornada_store={id}"));
    }

    /// A page that must be there.
    ///
    /// # Errors
    /// When it is not.
    pub fn page(&self, path: &str) -> Result<String> {
        let answer = self.send("GET", path, HTML, None)?;
        ensure!(
            answer.status == 200,
            "{path} was answered with {}:\n{}",
            answer.status,
            answer.head
        );
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    }

    /// Calls a server function as the product's own pages do. The program must be of the same version as this one.
    ///
    /// # Errors
    /// When it is refused.
    pub fn call<T: DeserializeOwned + Serialize>(
        &self,
        function: &str,
        arguments: &Value,
    ) -> Result<Value> {
        let path = format!("/api/{function}");
        let answer = self.send("POST", &path, JSON, Some((JSON, &arguments.to_string())))?;
        if answer.status != 200 {
            bail!(
                "{function} was answered with {}: {}",
                answer.status,
                String::from_utf8_lossy(&answer.body)
            );
        }
        view::<T>(&answer.body).with_context(|| format!("the answer of {function}"))
    }

    /// Sends JSON and takes whatever is answered.
    ///
    /// # Errors
    /// When no whole answer came: the other side may or may not have acted.
    pub fn post(&self, path: &str, body: &Value) -> Result<(u16, Vec<u8>)> {
        let answer = self.send("POST", path, JSON, Some((JSON, &body.to_string())))?;
        Ok((answer.status, answer.body))
    }

    /// Who is signed in.
    ///
    /// # Errors
    /// When nobody is.
    pub fn current_user(&self) -> Result<Value> {
        let answer = self.send("GET", "/api/current_user", JSON, None)?;
        view::<CurrentUser>(&answer.body)
            .with_context(|| format!("nobody is signed in ({})", answer.status))
    }

    /// Asks for a stream of events, from after a number where there is one, and reads nothing of it.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn listen(&self, path: &str, after: Option<i64>) -> Result<TcpStream> {
        let mut request = self.head("GET", path, "text/event-stream");
        if let Some(number) = after {
            let _ = write!(request, "Last-Event-ID: {number}\r\n");
        }
        request.push_str("\r\n");
        let mut stream = self.connect()?;
        stream.write_all(request.as_bytes())?;
        Ok(stream)
    }

    fn connect(&self) -> Result<TcpStream> {
        let stream = TcpStream::connect(&self.address)
            .with_context(|| format!("{} does not answer", self.address))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    fn head(&self, method: &str, path: &str, accept: &str) -> String {
        format!(
            "{method} {path} HTTP/1.0\r\nHost: {0}\r\nOrigin: http://{0}\r\nAccept: {accept}\r\nCookie: {1}\r\n",
            self.address, self.cookies
        )
    }

    /// HTTP/1.0: the answer comes in one piece and ends with the connection.
    fn send(
        &self,
        method: &str,
        path: &str,
        accept: &str,
        body: Option<(&str, &str)>,
    ) -> Result<Answer> {
        let mut stream = self.connect()?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut request = self.head(method, path, accept);
        if let Some((kind, text)) = body {
            let length = text.len();
            let _ = write!(
                request,
                "Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{text}"
            );
        } else {
            request.push_str("\r\n");
        }
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream
            .read_to_end(&mut answer)
            .with_context(|| format!("{method} {path} was not answered"))?;
        read(&answer).with_context(|| format!("{method} {path} was answered with no whole HTTP"))
    }
}

/// An answer of a server function, as JSON.
///
/// # Errors
/// When it is of another version, or damaged.
pub fn view<T: DeserializeOwned + Serialize>(answer: &[u8]) -> Result<Value> {
    let view: T = wire::from_bytes(answer).map_err(|error| anyhow!("{error}"))?;
    Ok(serde_json::to_value(view)?)
}

/// `None` where the connection ended before the answer did.
fn read(answer: &[u8]) -> Option<Answer> {
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
    let (head, body) = (String::from_utf8_lossy(&answer[..end]), &answer[end + 4..]);
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, length)| length.trim().parse::<usize>().ok());
    if length.is_some_and(|length| length != body.len()) {
        return None;
    }
    Some(Answer {
        status: head.split_whitespace().nth(1)?.parse().ok()?,
        head: head.into_owned(),
        body: body.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_status_head_and_body() {
        let answer =
            read(b"HTTP/1.0 303 See Other\r\nset-cookie: a=b; Path=/\r\n\r\nbody\r\n\r\nmore")
                .unwrap();
        assert_eq!(answer.status, 303);
        assert!(answer.head.ends_with("set-cookie: a=b; Path=/"));
        assert_eq!(answer.body, b"body\r\n\r\nmore");
        assert!(read(b"nonsense").is_none());
        let half = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbod";
        assert!(read(half).is_none());
        assert!(read(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbod").is_some());
    }
}

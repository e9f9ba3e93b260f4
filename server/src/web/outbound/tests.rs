use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn guarded(rules: Rules, lookup: Lookup) -> Outbound {
    choose_cryptography();
    Outbound::new(reqwest::Client::builder(), rules, lookup).unwrap()
}

fn plain() -> Rules {
    Rules {
        plain: true,
        ports: vec![80, 443],
        ..Rules::default()
    }
}

/// A lookup that gives one list after the other, the last one for ever, and counts how often it was asked.
fn answering(lists: &[&[&str]]) -> (Lookup, Arc<AtomicUsize>) {
    let lists: Vec<Vec<SocketAddr>> = lists
        .iter()
        .map(|list| {
            list.iter()
                .map(|ip| SocketAddr::new(ip.parse().unwrap(), 0))
                .collect()
        })
        .collect();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let lookup: Lookup = Arc::new(move |_: String| {
        let turn = count.fetch_add(1, Ordering::SeqCst).min(lists.len() - 1);
        let list: io::Result<Vec<SocketAddr>> = Ok(lists[turn].clone());
        futures::future::ready(list).boxed()
    });
    (lookup, asked)
}

/// A server that gives this answer to whoever connects, and says how many did.
async fn server(answer: String) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let callers = Arc::new(AtomicUsize::new(0));
    let count = callers.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let mut head = Vec::new();
            let mut some = [0; 1_024];
            while !head.windows(4).any(|w| w == b"\r\n\r\n") {
                match stream.read(&mut some).await {
                    Ok(n) if n > 0 => head.extend_from_slice(&some[..n]),
                    _ => break,
                }
            }
            // Who hangs up early has seen enough.
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (port, callers)
}

#[test]
fn addresses_inside_are_told_from_addresses_of_the_internet() {
    for public in [
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.255.255",
        "172.32.0.1",
        "192.0.1.1",
        "198.17.255.255",
        "198.20.0.1",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2001:200::1",
        "2a00:1450:4003::200e",
    ] {
        assert!(is_public(public.parse().unwrap()), "{public}");
    }
    for inside in [
        "0.0.0.0",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.170",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.7",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "100::1",
        "2001::1",
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ] {
        assert!(!is_public(inside.parse().unwrap()), "{inside}");
    }
}

#[test]
fn an_address_inside_is_refused_however_it_is_written() {
    let outbound = guarded(plain(), system_lookup());
    for address in [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[fd00:ec2::254]/",
    ] {
        let refused = outbound.check(address);
        assert!(
            matches!(refused, Err(OutboundError::Inside(_))),
            "{address}: {refused:?}"
        );
    }
    assert!(outbound.check("http://1.1.1.1/").is_ok());
}

#[test]
fn only_web_addresses_without_passwords_on_named_ports_are_asked() {
    let strict = guarded(Rules::default(), system_lookup());
    assert!(strict.check("https://example.com/hook?a=b").is_ok());
    for (address, wanted) in [
        ("http://example.com/", "only https addresses are asked"),
        ("https://example.com:8443/", "port 8443 is not asked"),
        ("https://example.com:22/", "port 22 is not asked"),
        (
            "https://anna:secret@example.com/",
            "a web address must not carry a name or password",
        ),
        ("ftp://example.com/", "this is no web address with a host"),
        ("file:///etc/passwd", "this is no web address with a host"),
        (
            "gopher://example.com/",
            "this is no web address with a host",
        ),
        ("example.com", "this is no web address with a host"),
        ("https://", "this is no web address with a host"),
    ] {
        let refused = strict.check(address).unwrap_err().to_string();
        assert_eq!(refused, wanted, "{address}");
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_connected_to() {
    let (port, callers) = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".into()).await;
    let rules = Rules {
        ports: vec![port],
        ..plain()
    };
    for list in [["127.0.0.1"].as_slice(), &["1.1.1.1", "127.0.0.1"]] {
        let (lookup, asked) = answering(&[list]);
        let refused = guarded(rules.clone(), lookup)
            .ask(
                Method::GET,
                &format!("http://hook.example:{port}/"),
                HeaderMap::new(),
                Vec::new(),
            )
            .await;
        assert!(
            matches!(refused, Err(OutboundError::Inside(ip)) if ip == HERE),
            "{refused:?}"
        );
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }
    assert_eq!(callers.load(Ordering::SeqCst), 0);
}

/// What is checked is what is connected to: there is no second look that could give something else.
#[tokio::test]
async fn a_name_that_changes_its_mind_gains_nothing() {
    let answer = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";
    let (port, callers) = server(answer.into()).await;
    let rules = Rules {
        ports: vec![port],
        inside: vec![HERE],
        ..plain()
    };
    let (lookup, asked) = answering(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let outbound = guarded(rules, lookup);
    let address = format!("http://hook.example:{port}/");
    let ask = || outbound.ask(Method::POST, &address, HeaderMap::new(), b"{}".to_vec());
    assert_eq!(ask().await.unwrap().body, b"ok");
    assert_eq!(
        asked.load(Ordering::SeqCst),
        1,
        "resolved once a connection"
    );
    let second = ask().await;
    assert!(
        matches!(second, Err(OutboundError::Inside(_))),
        "{second:?}"
    );
    assert_eq!(callers.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn redirects_are_answers_and_are_not_followed() {
    let (inner, inner_callers) =
        server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".into()).await;
    let answer = format!(
        "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:{inner}/\r\ncontent-length: 0\r\n\r\n"
    );
    let (port, _) = server(answer).await;
    let rules = Rules {
        ports: vec![port, inner],
        inside: vec![HERE],
        ..plain()
    };
    let answer = guarded(rules, system_lookup())
        .ask(
            Method::GET,
            &format!("http://127.0.0.1:{port}/"),
            HeaderMap::new(),
            Vec::new(),
        )
        .await
        .unwrap();
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(inner_callers.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_broken_off() {
    let long = "a".repeat(5_000);
    let announced = format!("HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{long}");
    let endless = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{long}");
    for answer in [announced, endless] {
        let (port, _) = server(answer).await;
        let rules = Rules {
            ports: vec![port],
            inside: vec![HERE],
            most_bytes: 4_999,
            ..plain()
        };
        let refused = guarded(rules, system_lookup())
            .ask(
                Method::GET,
                &format!("http://127.0.0.1:{port}/"),
                HeaderMap::new(),
                Vec::new(),
            )
            .await;
        assert!(
            matches!(refused, Err(OutboundError::TooLarge(4_999))),
            "{refused:?}"
        );
    }
}

//! Fetching goes to the one address that was written down, and nowhere else, however it is led.

use std::io::Write as _;
use std::sync::atomic::Ordering;
use std::time::Duration;

use portner_federation::fetch::{
    FetchFault, Fetched, Fetcher, METADATA_BYTES_MAX, MetadataUrl, SystemResolver,
};
use tokio::time::Instant;

use crate::server::{Authority, HOST, Names, Says, Server, answer, fetcher, local_fetcher, text};

const INSIDE: &[&str] = &["127.0.0.0/8"];
const INSIDE_OF_EVERY_KIND: &str = "127.0.0.1 10.1.2.3 172.20.0.1 192.168.1.1 100.64.0.1 169.254.169.254 0.0.0.0 224.0.0.1 192.0.2.1 \
    ::1 :: ::ffff:127.0.0.1 ::127.0.0.1 64:ff9b::7f00:1 fe80::1 fd00::1 ff02::1 2001:db8::1 \
    2002:7f00:1::";

#[tokio::test]
async fn a_document_is_fetched_and_the_same_version_only_once() {
    let authority = Authority::new();
    let server = Server::start(&authority, "127.0.0.1").await;
    let fetcher = local_fetcher(&authority);
    server.says(Says::This(answer("200 OK", "ETag: \"v1\"\r\nContent-Type: text/html\r\n", b"<x/>")));
    let fetched = fetcher.fetch(&server.url(), None).await;
    assert_eq!(fetched, Ok(Fetched::Document(b"<x/>".to_vec(), Some("\"v1\"".to_owned()))));
    server.says(Says::This(answer("304 Not Modified", "", b"")));
    assert_eq!(fetcher.fetch(&server.url(), Some("\"v1\"")).await, Ok(Fetched::Unchanged));
    assert_eq!(
        fetcher.fetch(&server.url(), None).await,
        Err(FetchFault::Redirected),
        "nobody asked for that"
    );
    let heard = server.heard();
    assert!(heard[0].starts_with("GET /metadata HTTP/1.1\r\n"), "{}", heard[0]);
    assert!(!heard[0].contains("if-none-match") && heard[1].contains("if-none-match: \"v1\""), "{heard:?}");
    assert!(heard.iter().all(|head| head.contains("accept-encoding: identity") && !head.contains("cookie")));
}

#[tokio::test]
async fn t_ssrf_01_a_redirection_is_not_followed() {
    let authority = Authority::new();
    let (server, other) =
        (Server::start(&authority, "127.0.0.1").await, Server::start(&authority, "127.0.0.1").await);
    let fetcher = local_fetcher(&authority);
    for status in ["300 X", "301 X", "302 X", "303 X", "307 X", "308 X"] {
        for to in [
            other.url().to_string(),
            format!("http://127.0.0.1:{}/", other.port),
            "/elsewhere".to_owned(),
            "file:///etc/passwd".to_owned(),
        ] {
            server.says(Says::This(answer(status, &format!("Location: {to}\r\n"), b"<x/>")));
            let fetched = fetcher.fetch(&server.url(), None).await;
            assert_eq!(fetched, Err(FetchFault::Redirected), "{status} {to}");
        }
    }
    assert_eq!(other.connections.load(Ordering::SeqCst), 0);
    for (status, code) in [("204 X", 204), ("401 X", 401), ("404 X", 404), ("500 X", 500)] {
        server.says(Says::This(answer(status, "", b"")));
        assert_eq!(fetcher.fetch(&server.url(), None).await, Err(FetchFault::Status(code)));
    }
}

#[tokio::test]
async fn t_ssrf_01_a_name_that_leads_inside_is_not_gone_to() {
    let authority = Authority::new();
    let server = Server::start(&authority, "127.0.0.1").await;
    for inside in INSIDE_OF_EVERY_KIND.split(' ') {
        // One address inside among others is enough: which one is taken is not ours to say.
        for answer in [vec![inside], vec!["1.1.1.1", inside], vec![inside, "1.1.1.1"]] {
            let fetcher = fetcher(&authority, Names::leading_to(&[&answer]), &[]);
            let refused = fetcher.fetch(&server.url(), None).await;
            assert!(
                matches!(refused, Err(FetchFault::NotPublic(ref name, _)) if name == HOST),
                "{refused:?}"
            );
        }
    }
    let literal = |host: &str| MetadataUrl::parse(&format!("https://{host}:{}/", server.port)).unwrap();
    let fetcher = fetcher(&authority, Names::leading_to(&[&["1.1.1.1"]]), &["10.0.0.0/8"]);
    for host in ["127.0.0.1", "[::1]", "[::ffff:7f00:1]", "[::7f00:1]", "[64:ff9b::7f00:1]", "192.168.0.1"] {
        let refused = fetcher.fetch(&literal(host), None).await;
        assert!(matches!(refused, Err(FetchFault::NotPublic(..))), "{host}: {refused:?}");
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn t_ssrf_01_localhost_is_inside_for_the_machines_own_resolver_too() {
    let authority = Authority::new();
    let server = Server::start(&authority, "127.0.0.1").await;
    let resolver = std::sync::Arc::new(SystemResolver);
    let fetcher = Fetcher::new(resolver, Vec::new(), Some(authority.pem.as_bytes())).unwrap();
    let url = MetadataUrl::parse(&format!("https://localhost:{}/", server.port)).unwrap();
    let refused = fetcher.fetch(&url, None).await;
    assert!(matches!(refused, Err(FetchFault::NotPublic(..))), "{refused:?}");
    assert_eq!(server.connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn t_ssrf_01_only_networks_that_are_allowed_are_gone_to() {
    let authority = Authority::new();
    let server = Server::start(&authority, "127.0.0.1").await;
    server.publishes("<x/>");
    let through = |answer: &'static str, allowed: &'static [&'static str]| {
        fetcher(&authority, Names::leading_to(&[&[answer]]), allowed)
    };
    let url = server.url();
    assert_eq!(text(through("127.0.0.1", INSIDE).fetch(&url, None).await), "<x/>");
    assert_eq!(text(through("::ffff:127.0.0.1", INSIDE).fetch(&url, None).await), "<x/>");
    for allowed in [&[][..], &["10.0.0.0/8"], &["127.0.0.2/32"], &["::/0"]] {
        let refused = through("127.0.0.1", allowed).fetch(&url, None).await;
        assert!(matches!(refused, Err(FetchFault::NotPublic(..))), "{allowed:?}: {refused:?}");
    }
}

#[tokio::test]
async fn t_ssrf_01_a_name_is_asked_for_once_and_the_connection_goes_where_it_was_checked() {
    let authority = Authority::new();
    let good = Server::start(&authority, "127.0.0.2").await;
    good.publishes("<x/>");
    // The same port at the address to which the name leads the second time.
    let trap = std::net::TcpListener::bind(("127.0.0.1", good.port)).unwrap();
    trap.set_nonblocking(true).unwrap();
    let names = Names::leading_to(&[&["127.0.0.2"], &["127.0.0.1"]]);
    let fetcher = fetcher(&authority, names.clone(), &["127.0.0.2/32"]);
    assert_eq!(text(fetcher.fetch(&good.url(), None).await), "<x/>");
    assert_eq!(names.asked.load(Ordering::SeqCst), 1);
    let refused = fetcher.fetch(&good.url(), None).await;
    assert!(matches!(refused, Err(FetchFault::NotPublic(..))), "asked and checked anew: {refused:?}");
    assert!(trap.accept().is_err(), "nobody came");
}

#[tokio::test]
async fn t_ssrf_01_nothing_is_read_beyond_the_limit() {
    let authority = Authority::new();
    let server = Server::start(&authority, "127.0.0.1").await;
    let fetcher = local_fetcher(&authority);
    let fits = vec![b' '; METADATA_BYTES_MAX];
    server.says(Says::This(answer("200 OK", "", &fits)));
    assert_eq!(text(fetcher.fetch(&server.url(), None).await).len(), METADATA_BYTES_MAX);
    let more = [&fits[..], b" "].concat();
    server.says(Says::This(answer("200 OK", "", &more)));
    assert_eq!(fetcher.fetch(&server.url(), None).await, Err(FetchFault::TooLarge));
    // No length, or a small one in pieces: what is counted is what arrives.
    let chunk = [b"10000\r\n".as_slice(), &vec![b' '; 0x10000], b"\r\n"].concat();
    for (head, rest) in [
        ("HTTP/1.1 200 OK\r\n\r\n", vec![b' '; 0x10000]),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunk),
    ] {
        server.sent.store(0, Ordering::SeqCst);
        server.says(Says::Floods(head.as_bytes().to_vec(), rest));
        assert_eq!(fetcher.fetch(&server.url(), None).await, Err(FetchFault::TooLarge));
        let sent = server.sent.load(Ordering::SeqCst);
        assert!(sent < 8 * METADATA_BYTES_MAX, "{sent} bytes went out");
    }
}

#[tokio::test]
async fn t_ssrf_01_nothing_is_inflated() {
    let authority = Authority::new();
    let server = Server::start(&authority, "127.0.0.1").await;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..64 {
        packed.write_all(&[b' '; 1024 * 1024]).unwrap();
    }
    let bomb = packed.finish().unwrap();
    assert!(bomb.len() < METADATA_BYTES_MAX);
    let fetcher = local_fetcher(&authority);
    for coding in ["gzip", "deflate", "br", "zstd", "identity, gzip", "GZIP"] {
        let header = format!("Content-Encoding: {coding}\r\n");
        server.says(Says::This(answer("200 OK", &header, &bomb)));
        assert_eq!(fetcher.fetch(&server.url(), None).await, Err(FetchFault::Compressed), "{coding}");
    }
    server.says(Says::This(answer("200 OK", "Content-Type: application/gzip\r\n", &bomb)));
    let as_it_came = fetcher.fetch(&server.url(), None).await;
    assert_eq!(as_it_came, Ok(Fetched::Document(bomb, None)));
}

#[tokio::test]
async fn t_ssrf_01_who_drips_is_left_after_ten_seconds() {
    for head in ["HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<x>"] {
        let authority = Authority::new();
        let server = Server::start(&authority, "127.0.0.1").await;
        server.says(Says::Drips(head.as_bytes().to_vec()));
        let fetched = local_fetcher(&authority).fetch(&server.url(), None).await;
        assert_eq!(fetched, Err(FetchFault::TooSlow), "{head:?}");
        let sent = server.sent.load(Ordering::SeqCst);
        assert!((8..=10).contains(&sent), "a byte each second, {sent} of them");
        tokio::time::resume();
    }
}

#[tokio::test(start_paused = true)]
async fn t_ssrf_01_who_never_shakes_hands_is_left_after_five_seconds() {
    // The machine takes the connection; nobody says a word on it.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = MetadataUrl::parse(&format!("https://{HOST}:{port}/")).unwrap();
    let started = Instant::now();
    let fetched = local_fetcher(&Authority::new()).fetch(&url, None).await;
    assert_eq!(fetched, Err(FetchFault::TooSlow));
    assert!((4..=6).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    assert!(started.elapsed() >= Duration::from_secs(5));
}

#[tokio::test]
async fn t_tls_01_a_certificate_that_does_not_fit_is_refused() {
    let (authority, strange) = (Authority::new(), Authority::new());
    let fetcher = local_fetcher(&authority);
    let refused = async |server: &Server, url: &MetadataUrl| {
        server.publishes("<x/>");
        let fetched = fetcher.fetch(url, None).await;
        assert!(matches!(fetched, Err(FetchFault::Unreachable(_))), "{fetched:?}");
        assert_eq!(server.heard(), Vec::<String>::new(), "nothing was asked");
    };
    let stranger = Server::start(&strange, "127.0.0.1").await;
    refused(&stranger, &stranger.url()).await;
    let other_name = Server::with_certificate(&authority, "127.0.0.1", "evil.example", |_| {}).await;
    refused(&other_name, &other_name.url()).await;
    let over = Server::with_certificate(&authority, "127.0.0.1", HOST, |it| {
        it.not_after = rcgen::date_time_ymd(2020, 1, 1);
    })
    .await;
    refused(&over, &over.url()).await;
    let named = Server::start(&authority, "127.0.0.1").await;
    let by_number = MetadataUrl::parse(&format!("https://127.0.0.1:{}/", named.port)).unwrap();
    refused(&named, &by_number).await;
    assert_eq!(text(fetcher.fetch(&named.url(), None).await), "<x/>", "with its name it is trusted");
}

#[tokio::test]
async fn a_file_without_certificates_is_no_authority() {
    let made = Fetcher::new(std::sync::Arc::new(SystemResolver), Vec::new(), Some(b"nothing"));
    assert!(matches!(made.err(), Some(FetchFault::BadAuthorities(_))));
}

//! What a directory says, and what it is never told.

use std::sync::Arc;

use portner_audit_log::testing::TestClock;
use portner_authenticators::PASSWORD_BYTES_MAX;
use portner_authenticators::network::{AccountProblem, NetworkPasswords, Outcome, Step, Trouble, Walk};
use portner_domain::Millis;

use portner_ldap::testing::free_port;

use crate::directory::{Authority, By, Impostor, Slapd, passwords_at};

const ANNAS: &str = "annas network password";

fn clock() -> Arc<TestClock> {
    Arc::new(TestClock::default())
}

async fn check(passwords: &NetworkPasswords, user: &str, typed: &str) -> Outcome {
    passwords.check(&user.parse().unwrap(), typed).await
}

#[tokio::test]
async fn a_network_password_is_right_or_wrong_however_the_server_is_reached_and_the_entry_found() {
    let authority = Authority::new();
    let Some(slapd) = Slapd::start(&authority) else { return };
    for server in [format!("ldaps://localhost:{}", slapd.ldaps), format!("ldap://localhost:{}", slapd.ldap)] {
        for by in [By::Name, By::Search] {
            let passwords = passwords_at(std::slice::from_ref(&server), by, &authority, clock());
            // More than once: the second time over the connections of the first.
            for _ in 0..2 {
                let anna = check(&passwords, "anna", ANNAS).await;
                assert!(matches!(anna, Outcome::Right), "{server} {by:?} {anna:?}");
                assert!(
                    matches!(check(&passwords, "anna", "wrong").await, Outcome::Wrong),
                    "{server} {by:?}"
                );
                assert!(matches!(check(&passwords, "bo", ANNAS).await, Outcome::Wrong), "{server} {by:?}");
            }
            let half = check(&passwords, "half", "½å ´ halv kodeord").await;
            assert!(
                matches!(half, Outcome::Right),
                "as it was typed, not as it would be kept here: {half:?}"
            );
            assert!(matches!(check(&passwords, "half", "1⁄2å ´ halv kodeord").await, Outcome::Wrong));
        }
    }
}

#[tokio::test]
async fn exactly_one_entry_has_to_fit() {
    let authority = Authority::new();
    let Some(slapd) = Slapd::start(&authority) else { return };
    let server = format!("ldaps://localhost:{}", slapd.ldaps);
    let passwords = passwords_at(&[server], By::Search, &authority, clock());
    let problem = async |user: &str, typed: &str| match check(&passwords, user, typed).await {
        Outcome::AccountProblem(problem) => problem,
        other => panic!("{user}: {other:?}"),
    };
    assert_eq!(problem("nobody", ANNAS).await, AccountProblem::NoEntry);
    assert_eq!(problem("twin", "twins network password").await, AccountProblem::SeveralEntries);
}

#[tokio::test]
async fn t_inj_01_a_user_name_can_not_ask_for_another_entry() {
    let authority = Authority::new();
    let Some(slapd) = Slapd::start(&authority) else { return };
    let server = [format!("ldaps://localhost:{}", slapd.ldaps)];
    for by in [By::Name, By::Search] {
        let passwords = passwords_at(&server, by, &authority, clock());
        assert!(matches!(check(&passwords, "anna", ANNAS).await, Outcome::Right));
        for name in
            ["ann*", "anna)(objectClass=*", "*)(uid=anna", "anna,ou=people,dc=example,dc=dk", "an\\6ea"]
        {
            let outcome = check(&passwords, name, ANNAS).await;
            // With a distinguished name OpenLDAP does not tell who is missing from what is wrong.
            let refused =
                matches!(outcome, Outcome::Wrong | Outcome::AccountProblem(AccountProblem::NoEntry));
            assert!(refused, "{by:?} {name}: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn what_is_no_password_is_not_asked_about() {
    let authority = Authority::new();
    let Some(slapd) = Slapd::start(&authority) else { return };
    let server = format!("ldaps://localhost:{}", slapd.ldaps);
    let passwords = passwords_at(&[server], By::Name, &authority, clock());
    // This server says yes to an empty password, as Active Directory does.
    slapd.says_yes_to_nothing();
    for typed in ["", "annas network password\0", "\0", &"x".repeat(PASSWORD_BYTES_MAX + 1)] {
        assert!(matches!(check(&passwords, "anna", typed).await, Outcome::Wrong), "{} bytes", typed.len());
    }
    slapd.stop();
    let empty = check(&passwords, "anna", "").await;
    assert!(matches!(empty, Outcome::Wrong), "nobody is there to be asked: {empty:?}");
}

#[tokio::test]
async fn t_tls_01_a_directory_whose_certificate_does_not_fit_is_refused() {
    let (authority, strange) = (Authority::new(), Authority::new());
    let over = |it: &mut rcgen::CertificateParams| it.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let misfits = [
        ("another name", Slapd::vouched_for(&authority, "dc1.example.dk", |_| {})),
        ("expired", Slapd::vouched_for(&authority, "localhost", over)),
        ("self-signed", Slapd::self_signed(&authority)),
        ("another authority", Slapd::start(&strange)),
    ];
    for (what, slapd) in misfits {
        let Some(slapd) = slapd else { return };
        for server in
            [format!("ldaps://localhost:{}", slapd.ldaps), format!("ldap://localhost:{}", slapd.ldap)]
        {
            for by in [By::Name, By::Search] {
                let passwords = passwords_at(std::slice::from_ref(&server), by, &authority, clock());
                let outcome = check(&passwords, "anna", ANNAS).await;
                assert!(
                    matches!(outcome, Outcome::Unavailable(Trouble::Tls(_))),
                    "{what} {server} {outcome:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn t_tls_01_nothing_is_told_to_a_directory_before_tls() {
    let authority = Authority::new();
    for answer in [
        // It does not know StartTLS.
        b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00".as_slice(),
        // It says yes, and at once that a bind was right, too.
        b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\x00\x04\x00\x04\x00",
        // A message longer than any answer.
        b"\x30\x84\x7f\xff\xff\xff",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ] {
        let impostor = Impostor::saying(answer).await;
        let server = format!("ldap://localhost:{}", impostor.port);
        let passwords = passwords_at(&[server], By::Name, &authority, clock());
        let outcome = check(&passwords, "anna", ANNAS).await;
        let refused = matches!(
            outcome,
            Outcome::Unavailable(Trouble::StartTls(_) | Trouble::Tls(_) | Trouble::TimedOut(_))
        );
        assert!(refused, "{answer:02x?}: {outcome:?}");
        let heard = impostor.heard().await;
        assert!(heard.starts_with(b"\x30\x1d\x02\x01\x01\x77"), "{heard:02x?}");
        for secret in ["anna", ANNAS] {
            assert!(!heard.windows(secret.len()).any(|said| said == secret.as_bytes()), "{secret} was told");
        }
    }
}

#[tokio::test]
async fn who_is_silent_is_left() {
    let authority = Authority::new();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("ldaps://127.0.0.1:{}", silent.local_addr().unwrap().port());
    let passwords = passwords_at(&[server], By::Name, &authority, clock());
    let begun = tokio::time::Instant::now();
    let outcome = check(&passwords, "anna", ANNAS).await;
    assert!(matches!(outcome, Outcome::Unavailable(Trouble::TimedOut(_))), "{outcome:?}");
    assert!((3..=4).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    // That is remembered.
    let begun = tokio::time::Instant::now();
    assert!(matches!(check(&passwords, "anna", ANNAS).await, Outcome::Unavailable(Trouble::Down)));
    assert!(begun.elapsed().as_millis() < 500, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn the_next_server_is_asked_and_one_that_is_down_is_tried_again_later() {
    let authority = Authority::new();
    let Some(second) = Slapd::start(&authority) else { return };
    let servers =
        [format!("ldaps://localhost:{}", free_port()), format!("ldaps://localhost:{}", second.ldaps)];
    let clock = clock();
    for by in [By::Name, By::Search] {
        let passwords = passwords_at(&servers, by, &authority, Arc::clone(&clock) as _);
        assert!(matches!(check(&passwords, "anna", ANNAS).await, Outcome::Right), "{by:?}");
        second.stop();
        let gone = check(&passwords, "anna", ANNAS).await;
        assert!(matches!(gone, Outcome::Unavailable(_)), "{by:?} {gone:?}");
        second.start_again();
        let soon = check(&passwords, "anna", ANNAS).await;
        assert!(matches!(soon, Outcome::Unavailable(Trouble::Down)), "{by:?} {soon:?}");
        clock.advance(Millis::seconds(15));
        let later = check(&passwords, "anna", ANNAS).await;
        assert!(matches!(later, Outcome::Right), "{by:?} {later:?}");
    }
}

#[tokio::test]
async fn of_a_crowd_nobody_waits_for_ever_and_nobody_is_taken_for_another() {
    let authority = Authority::new();
    let Some(slapd) = Slapd::start(&authority) else { return };
    let server = format!("ldaps://localhost:{}", slapd.ldaps);
    let passwords = passwords_at(&[server], By::Search, &authority, clock());
    let tries: Vec<_> = (0..200)
        .map(|n| {
            let passwords = passwords.clone();
            let (user, typed, right) = match n % 4 {
                0 => ("anna", ANNAS, true),
                1 => ("anna", "bos own network password", false),
                2 => ("bo", "bos own network password", true),
                _ => ("bo", ANNAS, false),
            };
            tokio::spawn(async move { (right, check(&passwords, user, typed).await) })
        })
        .collect();
    let mut counts = [0, 0];
    for one in tries {
        match one.await.unwrap() {
            (true, Outcome::Right) | (false, Outcome::Wrong) => counts[0] += 1,
            (_, Outcome::Busy) => counts[1] += 1,
            other => panic!("{other:?}"),
        }
    }
    // Sixteen at a time and sixty-four behind them; the rest are told at once.
    assert!(counts[0] >= 80 && counts[1] >= 1, "{counts:?}");
}

#[tokio::test]
async fn every_step_is_told_up_to_the_first_that_fails() {
    let (authority, strange) = (Authority::new(), Authority::new());
    let (Some(slapd), Some(misfit)) = (Slapd::start(&authority), Slapd::start(&strange)) else { return };
    let servers = [
        format!("ldap://localhost:{}", slapd.ldap),
        format!("ldaps://localhost:{}", misfit.ldaps),
        format!("ldaps://localhost:{}", free_port()),
        "ldaps://directory.invalid".to_owned(),
    ];
    let passwords = passwords_at(&servers, By::Search, &authority, clock());
    let mut told = Vec::new();
    let mut tell = |walk: Walk| told.push((walk.server.port, walk.step, walk.came_of_it.is_ok()));
    assert!(!passwords.walk(&"anna".parse().unwrap(), Some(ANNAS), &mut tell).await);
    use Step::{Connect, Entry, Password, Resolve, SearchAccount, Tls};
    let port = |n: usize| servers[n].rsplit(':').next().unwrap().parse::<u16>().unwrap_or(636);
    let whole = [Resolve, Connect, Tls, SearchAccount, Entry, Password].map(|step| (port(0), step, true));
    assert_eq!(told[..6], whole);
    assert_eq!(told[6..9], [(port(1), Resolve, true), (port(1), Connect, true), (port(1), Tls, false)]);
    assert_eq!(told[9..11], [(port(2), Resolve, true), (port(2), Connect, false)]);
    assert_eq!(told[11..], [(636, Resolve, false)]);
}

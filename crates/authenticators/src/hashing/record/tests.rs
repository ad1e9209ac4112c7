//! Hashes that other implementations made: the C library's bcrypt, Python's PBKDF2.

use super::{Record, UnusableHash};
use crate::hashing::Cost;

const PASSWORD: &[u8] = "fire tilfældige ord her".as_bytes();

const BROUGHT: [&str; 6] = [
    "$2a$05$abcdefghijklmnopqrstuuNFErKH6vJKCjK5eSUzqwB2CEpVwxSkW",
    "$2b$05$abcdefghijklmnopqrstuuNFErKH6vJKCjK5eSUzqwB2CEpVwxSkW",
    "$2y$05$abcdefghijklmnopqrstuuNFErKH6vJKCjK5eSUzqwB2CEpVwxSkW",
    "$pbkdf2-sha256$i=5000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$LzaAI27c6f9co/6rWBnB33yfs2UCck8IxYu4pA8Bqg0",
    "$pbkdf2-sha512$i=5000,l=64$MDEyMzQ1Njc4OWFiY2RlZg$x4mGRhCzNC/Bp962nzWUXkQw00lRgi7i7ngABK7vxFChbnsG7eGZxnEzZBb/b8HBJXm3Lqinj4bQCbhc6rRaYQ",
    "pbkdf2_sha256$5000$Zm9vYmFyYmF6cXV4$GMPDkTDFojE/6dpeDLvBZVuX/kGGgryTU62Q5BcssLs=",
];

#[test]
fn what_other_systems_made_is_understood_and_worth_replacing() {
    for text in BROUGHT {
        let record = Record::parse(text).unwrap();
        assert_eq!(record.fits(PASSWORD, &mut Vec::new()), Ok(true), "{text}");
        assert_eq!(record.fits(b"fire tilf", &mut Vec::new()), Ok(false), "{text}");
        assert!(record.is_worth_less_than(Cost::DEFAULT));
    }
    let long = Record::parse("$2b$05$abcdefghijklmnopqrstuujf8SX2ahXLwp9w/B.Y5XdysS6yR576q").unwrap();
    assert_eq!(long.fits(&[b'x'; 80], &mut Vec::new()), Ok(true), "as it was where it was made");
}

#[test]
fn no_record_takes_more_work_than_a_login_may() {
    let check = |text: &str| assert_eq!(Record::parse(text).err(), Some(UnusableHash::TooMuchWork), "{text}");
    let tail = "$MDEyMzQ1Njc4OWFiY2RlZg$LzaAI27c6f9co/6rWBnB33yfs2UCck8IxYu4pA8Bqg0";
    check(&format!("$argon2id$v=19$m=65537,t=1,p=1{tail}"));
    check(&format!("$argon2id$v=19$m=65536,t=11,p=1{tail}"));
    check(&format!("$argon2id$v=19$m=65536,t=1,p=9{tail}"));
    check(&format!("$pbkdf2-sha256$i=2000001,l=32{tail}"));
    check("pbkdf2_sha256$2000001$Zm9vYmFyYmF6cXV4$GMPDkTDFojE/6dpeDLvBZVuX/kGGgryTU62Q5BcssLs=");
    check("$2b$15$abcdefghijklmnopqrstuuNFErKH6vJKCjK5eSUzqwB2CEpVwxSkW");
}

#[test]
fn what_is_damaged_or_unknown_is_refused_before_it_is_on_record() {
    let check = |text: &str, why| assert_eq!(Record::parse(text).err(), Some(why), "{text}");
    for text in BROUGHT {
        check(&text[..text.len() - 30], UnusableHash::Damaged);
    }
    check("", UnusableHash::UnknownScheme);
    check("$1$salt$hash", UnusableHash::UnknownScheme);
    check("fire tilfældige ord her", UnusableHash::UnknownScheme);
    let short_hash = "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$LzaAI27c6f9co/6";
    check(short_hash, UnusableHash::Damaged);
    check(&short_hash.replace("v=19", "v=16"), UnusableHash::Damaged);
    check(&format!("$2b${}", "x".repeat(600)), UnusableHash::Damaged);
}

#[test]
fn only_more_work_makes_a_hash_outdated() {
    let tail = "$MDEyMzQ1Njc4OWFiY2RlZg$LzaAI27c6f9co/6rWBnB33yfs2UCck8IxYu4pA8Bqg0";
    let check = |params: &str, less| {
        let record = Record::parse(&format!("$argon2id$v=19${params}{tail}")).unwrap();
        assert_eq!(record.is_worth_less_than(Cost::DEFAULT), less, "{params}");
    };
    check("m=19456,t=2,p=1", false);
    check("m=65536,t=3,p=4", false);
    check("m=19455,t=2,p=1", true);
}

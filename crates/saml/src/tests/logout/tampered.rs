//! Logout messages whose elements were moved and whose bytes were changed: none says anything but what was signed.

use proptest::prelude::*;

use super::super::SP_KEY;
use super::{form, query, request, response, signed_request, signed_response, verify};
use crate::logout::{receive_post, receive_redirect};
use crate::{Carried, Refusal, Status};

#[test]
fn t_xsw_01_no_wrapped_logout_request_is_accepted() {
    let whole = signed_request();
    let (head, rest) = whole.split_once("<ds:Signature ").unwrap();
    let (signature, tail) = rest.split_once("</ds:Signature>").unwrap();
    let (plain, signature) = (format!("{head}{tail}"), format!("<ds:Signature {signature}</ds:Signature>"));
    let evil = plain.replace("_l1", "_evil").replace("3f0d6e6e", "00000000");
    let at_issuer =
        |into: &str, what: &str| into.replacen("</saml:Issuer>", &format!("</saml:Issuer>{what}"), 1);
    let at_end = |into: &str, what: &str| {
        format!("{}{what}</samlp:LogoutRequest>", into.strip_suffix("</samlp:LogoutRequest>").unwrap())
    };
    let object =
        signature.replace("</ds:Signature>", &format!("<ds:Object>{plain}</ds:Object></ds:Signature>"));
    let extensions = |inner: &str| format!("<samlp:Extensions>{inner}</samlp:Extensions>");
    assert_ne!(evil, plain);
    for (name, xml) in [
        ("the original in the signature", at_issuer(&evil, &object)),
        ("the original beside the signature", at_end(&at_issuer(&evil, &signature), &plain)),
        ("around the signed original", at_end(&evil, &whole)),
        ("the signed original in extensions", at_issuer(&evil, &extensions(&whole))),
        ("the same ID twice", at_end(&at_issuer(&evil.replace("_evil", "_l1"), &signature), &plain)),
        ("changed in place", whole.replace("3f0d6e6e", "00000000")),
        ("signed twice", at_issuer(&whole, &signature)),
    ] {
        let refusal = verify(receive_post(&form(Carried::Request, &xml))).err();
        let by_signature = matches!(refusal, Some(Refusal::SignatureProfile | Refusal::BadSignature));
        assert!(by_signature, "{name}: {refusal:?} {xml}");
    }
}

/// Another character for each place, so that every one is tried.
fn altered_at(text: &str, at: usize) -> Option<String> {
    let byte = text.as_bytes().get(at).copied().filter(u8::is_ascii)?;
    let other = if byte == b'A' { 'B' } else { 'A' };
    Some(format!("{}{other}{}", &text[..at], &text[at + 1..]))
}

#[test]
fn t_sig_01_no_signed_byte_of_a_logout_query_can_be_another() {
    for (carried, xml) in
        [(Carried::Request, request(|_| ())), (Carried::Response, response(&Status::SUCCESS))]
    {
        let whole = query(carried, &xml, Some("state"), &*SP_KEY);
        let signed = whole.find("&Signature=").unwrap();
        for at in 0..whole.len() {
            let altered = altered_at(&whole, at).unwrap();
            assert!(verify(receive_redirect(&altered)).is_err() || at >= signed, "{altered}");
        }
        assert!(verify(receive_redirect(&whole)).is_ok());
    }
}

#[test]
fn t_sig_01_no_byte_of_a_posted_logout_message_reads_as_another() {
    for (carried, whole) in [(Carried::Request, signed_request()), (Carried::Response, signed_response())] {
        let said = format!("{:?}", verify(receive_post(&form(carried, &whole))).unwrap());
        for at in 0..whole.len() {
            let altered = altered_at(&whole, at).unwrap();
            if let Ok(read) = verify(receive_post(&form(carried, &altered))) {
                assert_eq!(format!("{read:?}"), said, "{altered}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever is replaced, removed or inserted: the message is refused, or says what was signed.
    #[test]
    fn t_sig_01_no_alteration_changes_what_is_read_of_a_logout_message(
        is_request in any::<bool>(),
        at in any::<prop::sample::Index>(),
        removed in 0_usize..4,
        inserted in "[ -~\n\t\u{e6}]{0,3}",
    ) {
        let (carried, whole) =
            if is_request { (Carried::Request, signed_request()) } else { (Carried::Response, signed_response()) };
        let at = at.index(whole.len());
        let end = (at + removed).min(whole.len());
        let altered = format!("{}{inserted}{}", &whole[..at], &whole[end..]);
        if let Ok(read) = verify(receive_post(&form(carried, &altered))) {
            let said = verify(receive_post(&form(carried, &whole))).unwrap();
            prop_assert_eq!(format!("{read:?}"), format!("{said:?}"));
        }
    }
}

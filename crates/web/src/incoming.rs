//! A request as we see it: where it comes from, what it carries, which language it wants.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use ipnet::IpNet;
use portner_domain::Reference;
use portner_federation::{Changed, Device, Secret, Visit};

use crate::{App, Language};

/// The session. `__Host-`: ours alone, over TLS only, for every path (ASVS 3.3.1).
const SESSION_COOKIE: &str = "__Host-portner-session";
/// What ties logins in progress to a browser.
const BROWSER_COOKIE: &str = "__Host-portner-browser";
/// The language somebody chose.
const LANGUAGE_COOKIE: &str = "__Host-portner-language";

/// A request as we see it.
pub struct Incoming {
    /// The browser.
    pub visit: Visit,
    /// The language to answer in.
    pub language: Language,
    /// Was it chosen by this very request?
    chosen: bool,
    /// The path that was asked for: where the other language is.
    pub path: String,
}

impl FromRequestParts<App> for Incoming {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let secret = |name| cookie(&parts.headers, name).and_then(Secret::received);
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        let address = address(peer, &parts.headers, &app.0.proxies);
        let reference = parts.extensions.get::<Reference>().copied();
        let reference = reference.unwrap_or_else(|| Reference::new(app.0.log.now(), &*app.0.entropy));
        let asked = parts.uri.query().and_then(language_in);
        let kept = cookie(&parts.headers, LANGUAGE_COOKIE).and_then(Language::from_tag);
        let accepted = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let agent = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        let mut visit = Visit::new(address, reference, secret(SESSION_COOKIE), secret(BROWSER_COOKIE));
        visit.device = agent.map(Device::of_user_agent).unwrap_or_default();
        Ok(Self {
            visit,
            language: asked.or(kept).unwrap_or_else(|| Language::from_accept_language(accepted)),
            chosen: asked.is_some(),
            path: parts.uri.path().to_owned(),
        })
    }
}

impl Incoming {
    /// The cookies that have changed.
    pub fn cookies(&self) -> CookieJar {
        let mut jar = CookieJar::new();
        if self.visit.session_changed == Changed::Yes {
            jar = set(jar, SESSION_COOKIE, self.visit.session.as_ref().map(Secret::expose));
        }
        if self.visit.browser_changed == Changed::Yes {
            jar = set(jar, BROWSER_COOKIE, self.visit.browser.as_ref().map(Secret::expose));
        }
        if self.chosen {
            jar = set(jar, LANGUAGE_COOKIE, Some(self.language.tag()));
        }
        jar
    }

    /// The token of a form, for one purpose. A browser without our cookie has none, so its forms fail.
    pub fn form_token(&self, purpose: &str) -> String {
        let token = |secret: &Secret| secret.token_for(&format!("form/{purpose}"));
        self.visit.browser.as_ref().map(token).unwrap_or_default()
    }

    /// Does the form come from a page that we gave to this browser for this purpose?
    pub fn owns_form(&self, purpose: &str, token: &str) -> bool {
        let expected = self.form_token(purpose);
        let same = aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_bytes(), token.as_bytes());
        !expected.is_empty() && same.is_ok()
    }
}

/// A cookie of ours: its name byte for byte, and there once. Browsers keep `__Host-` names for hosts like us;
/// a name that only decodes to ours, or a second one of the same name, was planted by a neighbour (T-SES-01).
fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut ours = pairs.filter(|(found, _)| *found == name).map(|(_, value)| value);
    ours.next().filter(|_| ours.next().is_none())
}

fn set(jar: CookieJar, name: &'static str, value: Option<&str>) -> CookieJar {
    let mut cookie = Cookie::build((name, value.unwrap_or_default().to_owned()))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .build();
    if value.is_none() {
        cookie.make_removal();
    }
    jar.add(cookie)
}

fn language_in(query: &str) -> Option<Language> {
    query.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(Language::from_tag)
}

/// Where the browser is. `X-Forwarded-For` is believed from our own proxies only, from the right, as far as
/// it names our own proxies; what can't be read is as if it were not there (T-XFF-01).
fn address(peer: Option<IpAddr>, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let ours = |ip: &IpAddr| proxies.iter().any(|net| net.contains(ip));
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).to_canonical();
    if !ours(&peer) {
        return peer;
    }
    let lines: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
    let mut nearest = peer;
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        let Ok(hop) = hop.trim().parse::<IpAddr>() else { break };
        nearest = hop.to_canonical();
        if !ours(&nearest) {
            break;
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use axum::http::HeaderMap;

    use super::{address, cookie, language_in};
    use crate::Language;

    #[test]
    fn t_xff_01_a_forwarded_address_is_believed_from_our_proxies_only() {
        let proxies = ["10.0.0.0/8".parse().unwrap()];
        let check = |peer: &str, forwarded: &[&str], expected: &str| {
            let mut headers = HeaderMap::new();
            for line in forwarded {
                headers.append("x-forwarded-for", line.parse().unwrap());
            }
            let found = address(Some(peer.parse().unwrap()), &headers, &proxies);
            assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{peer} {forwarded:?}");
        };
        check("192.0.2.1", &["198.51.100.7"], "192.0.2.1");
        check("10.0.0.1", &["198.51.100.7"], "198.51.100.7");
        check("10.0.0.1", &["203.0.113.9, 198.51.100.7, 10.0.0.2"], "198.51.100.7");
        check("10.0.0.1", &["203.0.113.9", "198.51.100.7"], "198.51.100.7");
        check("10.0.0.1", &["198.51.100.7, nonsense"], "10.0.0.1");
        check("10.0.0.1", &[], "10.0.0.1");
        check("::ffff:10.0.0.1", &["2001:db8::1"], "2001:db8::1");
    }

    #[test]
    fn t_ses_01_a_cookie_that_a_neighbour_planted_is_not_ours() {
        let check = |lines: &[&str], expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("cookie", line.parse().unwrap());
            }
            assert_eq!(cookie(&headers, "__Host-portner-session"), expected, "{lines:?}");
        };
        check(&["a=b; __Host-portner-session=x"], Some("x"));
        check(&["a=b", "__Host-portner-session=x"], Some("x"));
        check(&["__%48ost-portner-session=planted"], None);
        check(&["__%48ost-portner-session=planted; __Host-portner-session=x"], Some("x"));
        check(&["__host-portner-session=planted"], None);
        check(&["__Host-portner-session=x; __Host-portner-session=planted"], None);
        check(&["__Host-portner-session=x", "__Host-portner-session=planted"], None);
        check(&[], None);
    }

    #[test]
    fn a_language_is_chosen_by_the_query() {
        assert_eq!(language_in("a=b&lang=en"), Some(Language::English));
        assert_eq!(language_in("lang=xx"), None);
        assert_eq!(language_in("xlang=en"), None);
    }
}

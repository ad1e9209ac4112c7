//! The least of a browser that a login needs: cookies, forms, and following redirects.

use std::collections::BTreeMap;
use std::sync::Arc;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use axum::http::{Method, Request, Response};
use portner_domain::Clock;
use totp_rs::Builder;
use tower::ServiceExt;

use crate::bench::stage::{PASSWORD, Stage};
use crate::problem::Problem;
use crate::real::RealClock;

const PAGE_BYTES_MAX: usize = 1024 * 1024;
const REDIRECTS_MAX: usize = 5;

/// Cookies by name.
pub type Cookies = BTreeMap<String, String>;

/// Somebody at a browser.
pub struct Browser {
    stage: Arc<Stage>,
    cookies: Cookies,
    from: SocketAddr,
}

impl Browser {
    /// Nobody yet.
    pub const fn new(stage: Arc<Stage>) -> Self {
        Self::with(stage, Cookies::new())
    }

    /// Nobody yet, from somewhere.
    pub const fn coming_from(stage: Arc<Stage>, from: SocketAddr) -> Self {
        Self { stage, cookies: Cookies::new(), from }
    }

    /// Somebody with these cookies.
    pub const fn with(stage: Arc<Stage>, cookies: Cookies) -> Self {
        Self { stage, cookies, from: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 40_000) }
    }

    /// What the browser carries now.
    pub fn cookies(&self) -> Cookies {
        self.cookies.clone()
    }

    /// From a request to the answer, with password and code.
    pub async fn log_in(&mut self, request: &str, user: usize) -> Result<(), Problem> {
        let page = self.open(request).await?;
        let name = format!("user{user}");
        let page = self.submit(&page, &[("username", &name), ("password", PASSWORD)]).await?;
        let code = self.code(user)?;
        let page = self.submit(&page, &[("code", &code)]).await?;
        is_answer(&page)
    }

    /// How long it takes, in milliseconds, until a wrong password is refused on a page.
    pub async fn refused_after_ms(&mut self, request: &str, name: &str) -> Result<f64, Problem> {
        let page = self.open(request).await?;
        let began = tokio::time::Instant::now();
        let page = self.submit(&page, &[("username", name), ("password", "wrong, and long enough")]).await?;
        let taken = began.elapsed().as_secs_f64() * 1_000.0;
        if page.contains("name=\"password\"") {
            return Ok(taken);
        }
        Err(Problem::new(format!("a wrong password was not refused: {page}")))
    }

    /// A request that is answered at once, because there is a session.
    pub async fn open_expecting_answer(mut self, request: &str) -> Result<(), Problem> {
        let page = self.open(request).await?;
        is_answer(&page)
    }

    fn code(&self, user: usize) -> Result<String, Problem> {
        let missing = || Problem::new("there is no such user");
        let secret = self.stage.secrets.get(user).ok_or_else(missing)?;
        let secret = data_encoding::BASE32_NOPAD.decode(secret.as_bytes())?;
        let totp = Builder::new().with_secret(secret).build_noncompliant();
        Ok(totp.generate(RealClock.now().unix_seconds()).to_string())
    }

    async fn open(&mut self, path: &str) -> Result<String, Problem> {
        let mut response = self.send(Method::GET, path, Body::empty()).await?;
        for _ in 0..REDIRECTS_MAX {
            let target =
                response.headers().get(LOCATION).and_then(|target| target.to_str().ok()).map(str::to_owned);
            match target {
                Some(target) => response = self.send(Method::GET, &target, Body::empty()).await?,
                None => {
                    let page = to_bytes(response.into_body(), PAGE_BYTES_MAX).await?;
                    return Ok(String::from_utf8(page.into())?);
                }
            }
        }
        Err(Problem::new("too many redirects"))
    }

    async fn submit(&mut self, page: &str, fields: &[(&str, &str)]) -> Result<String, Problem> {
        let missing = || Problem::new(format!("there is no form on this page: {page}"));
        let action = between(page, "action=\"", "\"").ok_or_else(missing)?;
        let csrf = between(page, "name=\"csrf\" value=\"", "\"").ok_or_else(missing)?;
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("csrf", csrf)
            .extend_pairs(fields)
            .finish();
        let response = self.send(Method::POST, action, Body::from(form)).await?;
        match response.headers().get(LOCATION).and_then(|target| target.to_str().ok()) {
            Some(target) => self.open(target).await,
            None => Err(Problem::new(format!("a form was answered with {}", response.status()))),
        }
    }

    async fn send(&mut self, method: Method, path: &str, body: Body) -> Result<Response<Body>, Problem> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, "localhost:8080")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(COOKIE, cookies.join("; "))
            .extension(ConnectInfo(self.from))
            .body(body)?;
        let response = match self.stage.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        for cookie in response.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str()?.split(';').next().and_then(|pair| pair.split_once('='));
            if let Some((name, value)) = pair {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(response)
    }
}

/// A measured login is one that ended with an assertion.
fn is_answer(page: &str) -> Result<(), Problem> {
    if page.contains("name=\"SAMLResponse\"") {
        return Ok(());
    }
    Err(Problem::new(format!("a login did not end with an answer: {page}")))
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

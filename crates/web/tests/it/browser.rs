//! The least of a browser: cookies, forms as they stand in a page, and following redirects on one site.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Method, Request};
use portner_web::mail::MailServer;
use portner_web::pages::{Site, Support};
use portner_web::{App, Inner, PublicUrl};
use tower::ServiceExt as _;

use crate::stage::{Node, PASSWORD, Request as SamlRequest, User, World};

pub const HOST_NAME: &str = "login.example.dk";
pub const ORIGIN: &str = "https://login.example.dk";
const PAGE_BYTES_MAX: usize = 1024 * 1024;
const REDIRECTS_MAX: usize = 5;

#[derive(Clone)]
pub struct Browser {
    router: Router,
    pub cookies: BTreeMap<String, String>,
    /// What is sent with every request besides.
    pub headers: Vec<(&'static str, &'static str)>,
}

#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub headers: HeaderMap,
    pub html: String,
}

/// A form as it stands in a page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Form {
    pub action: String,
    pub fields: Vec<(String, String)>,
}

/// A node's public listener.
pub fn router(world: &World, node: &Node) -> Router {
    router_with_mail(world, node, None)
}

/// The same for a node that sends letters by itself.
pub fn router_with_mail(world: &World, node: &Node, mail: Option<MailServer>) -> Router {
    router_with(world, node, Besides { mail, ..Besides::default() })
}

/// What some nodes have.
#[derive(Default)]
pub struct Besides {
    pub mail: Option<MailServer>,
    pub scim: Option<Arc<portner_directory::scim::Scim>>,
    /// The configuration says what the terms are.
    pub erhverv: Option<portner_sync::Liaison>,
    pub are_terms_in_file: bool,
}

/// The same for a node that has more.
pub fn router_with(world: &World, node: &Node, besides: Besides) -> Router {
    let Besides { mail, scim, erhverv, are_terms_in_file } = besides;
    portner_web::router(App::new(Inner {
        federation: node.federation.clone(),
        authenticators: node.authenticators.clone(),
        log: node.log.clone(),
        entropy: Arc::clone(&world.stage.entropy) as _,
        public: PublicUrl { origin: ORIGIN.to_owned(), host: HOST_NAME.to_owned() },
        site: Site {
            organisation: "Eksempel Kommune".to_owned(),
            service_name: "Medarbejderlogin".to_owned(),
            support: Support { name: "IT-service".to_owned(), phone: None, email: None },
            accessibility_url: None,
        },
        cvr: "12345678".parse().unwrap(),
        proxies: Vec::new(),
        metadata: world.publication(node),
        mail,
        scim,
        erhverv,
        are_terms_in_file,
    }))
}

impl Browser {
    pub async fn new(world: &World) -> Self {
        Self::at(router(world, &world.node().await))
    }

    pub fn at(router: Router) -> Self {
        Self { router, cookies: BTreeMap::new(), headers: vec![("accept-language", "en")] }
    }

    /// The same person at another node of the installation.
    pub async fn moved(&self, world: &World) -> Self {
        Self { router: router(world, &world.node().await), ..self.clone() }
    }

    /// One request, one answer; cookies are kept.
    pub async fn sends(&mut self, method: Method, target: &str, form: &[(&str, &str)]) -> Page {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder().method(method).uri(target);
        if !self.headers.iter().any(|(name, _)| *name == "host") {
            request = request.header(HOST, HOST_NAME);
        }
        for (name, value) in &self.headers {
            request = request.header(*name, *value);
        }
        request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        request = request.header(COOKIE, cookies.join("; "));
        let mut request = request.body(Body::from(form)).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4711))));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let html = String::from_utf8(to_bytes(body, PAGE_BYTES_MAX).await.unwrap().to_vec()).unwrap();
        Page { status: parts.status.as_u16(), headers: parts.headers, html }
    }

    /// Go to an address, and wherever one is sent from there.
    pub async fn opens(&mut self, target: &str) -> Page {
        let page = self.sends(Method::GET, path(target), &[]).await;
        self.follows(page).await
    }

    pub async fn asks(&mut self, request: &SamlRequest) -> Page {
        self.opens(&request.url).await
    }

    /// Fill in the first form of a page and send it.
    pub async fn submits(&mut self, page: &Page, typed: &[(&str, &str)]) -> Page {
        self.sends_form(&page.form(), typed).await
    }

    pub async fn sends_form(&mut self, form: &Form, typed: &[(&str, &str)]) -> Page {
        let shown = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let untouched = shown.filter(|(name, _)| typed.iter().all(|(other, _)| other != name));
        let all: Vec<_> = untouched.chain(typed.iter().copied()).collect();
        let page = self.sends(Method::POST, &form.action, &all).await;
        self.follows(page).await
    }

    async fn follows(&mut self, mut page: Page) -> Page {
        for _ in 0..REDIRECTS_MAX {
            let Some(target) = page.headers.get(LOCATION) else { return page };
            let target = target.to_str().unwrap().to_owned();
            page = self.sends(Method::GET, path(&target), &[]).await;
        }
        panic!("sent round in circles")
    }

    /// From a request to the page that carries the answer, with whatever is asked for.
    pub async fn logs_in(&mut self, world: &World, request: &SamlRequest, user: &User) -> Page {
        let mut page = self.asks(request).await;
        if page.has_field("password") {
            let name = user.identity.user_name.as_str();
            page = self.submits(&page, &[("username", name), ("password", PASSWORD)]).await;
        }
        if page.has_field("code") {
            page = self.submits(&page, &[("code", &world.code(user))]).await;
        }
        page
    }
}

impl Page {
    pub fn forms(&self) -> Vec<Form> {
        let bodies = self.html.split("<form").skip(1).filter_map(|rest| rest.split("</form").next());
        bodies.map(Form::read).collect()
    }

    pub fn form(&self) -> Form {
        self.forms().into_iter().next().unwrap_or_else(|| panic!("a form was due: {}", self.html))
    }

    pub fn has_field(&self, name: &str) -> bool {
        self.forms().iter().any(|form| form.field(name).is_some())
    }

    pub fn shows(&self, sentence: &str) -> bool {
        unescaped(&self.html).contains(sentence)
    }

    /// The number to tell the support desk.
    pub fn reference(&self) -> Option<&str> {
        let (_, list) = self.html.split_once("class=\"reference\"")?;
        list.split_once("<dd>")?.1.split('<').next()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

impl Form {
    fn read(body: &str) -> Self {
        let inputs = body.split('<').filter_map(|tag| tag.strip_prefix("input"));
        // A box that nobody ticked is not sent.
        let inputs = inputs.filter(|tag| !tag.contains("type=\"checkbox\"") || tag.contains(" checked"));
        let field = |tag: &str| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()));
        Self { action: attribute(body, "action").unwrap(), fields: inputs.filter_map(field).collect() }
    }

    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

fn path(target: &str) -> &str {
    target.strip_prefix(ORIGIN).unwrap_or(target)
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = tag.split('>').next()?;
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescaped(value.split('"').next()?))
}

fn unescaped(html: &str) -> String {
    let mut pieces = html.split('&');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let known = piece.split_once(';').and_then(|(name, rest)| Some((character(name)?, rest)));
        let (character, rest) = known.unwrap_or(('&', piece));
        text.push(character);
        text.push_str(rest);
    }
    text
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        _ => char::from_u32(name.strip_prefix('#')?.parse().ok()?),
    }
}

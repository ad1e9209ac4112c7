//! A browser without scripts, as an HTTP client: for many visitors at once, and to see the raw messages.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderValue;
use reqwest::Client;
use reqwest::cookie::CookieStore;
use url::Url;

use super::User;
use super::html::{Form, forms, reference};
use super::totp::fresh_code;

const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_millis(500);
const PATIENCE_ATTEMPTS_MAX: u32 = 100;

/// Somebody with a cookie jar.
pub struct Visitor {
    http: Client,
}

/// What the visitor is looking at.
pub struct Page {
    pub status: u16,
    pub url: Url,
    pub html: String,
}

/// What a page would post to the service provider.
pub struct SamlResponse {
    pub destination: String,
    pub relay_state: Option<String>,
    pub xml: String,
}

impl Visitor {
    pub fn new() -> Self {
        let jar = Arc::new(Jar::default());
        let http = Client::builder().cookie_provider(jar).timeout(ANSWER_TIME_MAX).build();
        Self { http: http.expect("an HTTP client") }
    }

    pub async fn open(&self, url: &str) -> Result<Page, reqwest::Error> {
        Page::read(self.http.get(url).send().await?).await
    }

    /// Send a form that no page showed.
    pub async fn post(&self, url: &str, fields: &[(&str, String)]) -> Result<Page, reqwest::Error> {
        Page::read(self.http.post(url).form(fields).send().await?).await
    }

    /// Fill in the page's form by the fields' ids, and send it.
    pub async fn submit(&self, page: &Page, answers: &[(&str, &str)]) -> Result<Page, reqwest::Error> {
        let form = page.form_with(answers);
        let filled = form.fields.iter().map(|field| {
            let answer = answers.iter().find(|(id, _)| *id == field.id);
            (field.name.as_str(), answer.map_or(field.value.as_str(), |(_, answer)| answer))
        });
        let action = page.url.join(&form.action).expect("an action");
        Page::read(self.http.post(action).form(&filled.collect::<Vec<_>>()).send().await?).await
    }

    /// From the service provider's request to the page that carries the response back.
    pub async fn log_in(&self, sso: &str, user: &User) -> Result<Page, reqwest::Error> {
        let mut page = self.open(sso).await?;
        for _ in 0..PATIENCE_ATTEMPTS_MAX {
            page = self.submit(&page, &[("username", &user.username), ("password", &user.password)]).await?;
            // In a crowd the page asks to wait a moment and try again.
            if !page.asks_for("password") {
                break;
            }
            tokio::time::sleep(PATIENCE).await;
        }
        match &user.totp_secret {
            Some(secret) => self.submit(&page, &[("code", &fresh_code(secret).await)]).await,
            None => Ok(page),
        }
    }
}

/// Cookies as browsers keep them on http://localhost, which counts as secure (Secure Contexts 3.1); reqwest's own
/// jar keeps `Secure` cookies for https only. One site, one path: a name and a value is all there is.
#[derive(Default)]
struct Jar(Mutex<BTreeMap<String, String>>);

impl CookieStore for Jar {
    fn set_cookies(&self, headers: &mut dyn Iterator<Item = &HeaderValue>, _: &Url) {
        let mut cookies = self.0.lock().expect("no test panics holding it");
        for header in headers.filter_map(|header| header.to_str().ok()) {
            let pair = header.split(';').next().and_then(|pair| pair.split_once('='));
            let (name, value) = pair.expect("a cookie");
            let over = header.to_ascii_lowercase().contains("max-age=0");
            if over {
                cookies.remove(name)
            } else {
                cookies.insert(name.to_owned(), value.to_owned())
            };
        }
    }

    fn cookies(&self, _: &Url) -> Option<HeaderValue> {
        let cookies = self.0.lock().expect("no test panics holding it");
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| HeaderValue::from_str(&pairs.join("; ")).expect("ASCII"))
    }
}

/// Where `url` leads, following redirects as long as they stay at its own service provider.
pub async fn redirect_of(url: &str) -> String {
    let origin = Url::parse(url).expect("a URL").origin();
    let stay = reqwest::redirect::Policy::custom(move |hop| {
        if hop.url().origin() == origin { hop.follow() } else { hop.stop() }
    });
    let http = Client::builder().cookie_store(true).timeout(ANSWER_TIME_MAX).redirect(stay).build();
    let answer = http.expect("an HTTP client").get(url).send().await.expect("an answer");
    let location = answer.headers().get(reqwest::header::LOCATION).expect("a redirect");
    location.to_str().expect("ASCII").to_owned()
}

impl Page {
    async fn read(answer: reqwest::Response) -> Result<Self, reqwest::Error> {
        let (status, url) = (answer.status().as_u16(), answer.url().clone());
        Ok(Self { status, url, html: answer.text().await? })
    }

    /// What the page asks one to tell the support desk.
    pub fn reference(&self) -> Option<String> {
        reference(&self.html)
    }

    /// The response that this page would post.
    pub fn saml_response(&self) -> Option<SamlResponse> {
        let carries = |form: &Form, name: &str| {
            let field = form.fields.iter().find(|field| field.name == name);
            field.map(|field| field.value.clone())
        };
        let form = forms(&self.html).into_iter().find(|form| carries(form, "SAMLResponse").is_some())?;
        let xml = BASE64.decode(carries(&form, "SAMLResponse")?).expect("base64");
        Some(SamlResponse {
            relay_state: carries(&form, "RelayState"),
            destination: form.action,
            xml: String::from_utf8(xml).expect("UTF-8"),
        })
    }

    /// Where this page's forms would send the visitor.
    pub fn form_targets(&self) -> Vec<Url> {
        forms(&self.html).iter().map(|form| self.url.join(&form.action).expect("an action")).collect()
    }

    fn asks_for(&self, id: &str) -> bool {
        forms(&self.html).iter().any(|form| form.fields.iter().any(|field| field.id == id))
    }

    fn form_with(&self, answers: &[(&str, &str)]) -> Form {
        let asks = |form: &Form, id: &str| form.fields.iter().any(|field| field.id == id);
        let found = forms(&self.html).into_iter().find(|form| answers.iter().all(|(id, _)| asks(form, id)));
        found
            .unwrap_or_else(|| panic!("{} {} asks for no {answers:?}:\n{}", self.status, self.url, self.html))
    }
}

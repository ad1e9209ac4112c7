//! A browser without scripts, as an HTTP client: for many visitors at once, and to see the raw messages.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::Client;
use url::Url;

use super::User;
use super::html::{Form, forms, reference};
use super::totp::fresh_code;

const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);

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
        let http = Client::builder().cookie_store(true).timeout(ANSWER_TIME_MAX).build();
        Self { http: http.expect("an HTTP client") }
    }

    pub async fn open(&self, url: &str) -> Result<Page, reqwest::Error> {
        Page::read(self.http.get(url).send().await?).await
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
        let page = self.open(sso).await?;
        let page = self.submit(&page, &[("username", &user.username), ("password", &user.password)]).await?;
        match &user.totp_secret {
            Some(secret) => self.submit(&page, &[("code", &fresh_code(secret).await)]).await,
            None => Ok(page),
        }
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

    fn form_with(&self, answers: &[(&str, &str)]) -> Form {
        let asks = |form: &Form, id: &str| form.fields.iter().any(|field| field.id == id);
        let found = forms(&self.html).into_iter().find(|form| answers.iter().all(|(id, _)| asks(form, id)));
        found
            .unwrap_or_else(|| panic!("{} {} asks for no {answers:?}:\n{}", self.status, self.url, self.html))
    }
}

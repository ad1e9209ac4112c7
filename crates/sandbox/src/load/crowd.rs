//! The crowd: people with cookies, who know who they are.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use portner_domain::{Clock, Entropy};
use portner_saml::IdentityProvider;
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response};
use tokio::task::JoinSet;
use totp_rs::Builder;

use super::providers::Provider;
use crate::demo::program::{Program, run};
use crate::problem::Problem;
use crate::real::{RealClock, RealEntropy};

const PASSWORD: &str = "fire tilfældige ord her";
const SECRET_BYTES: usize = 20;
const REDIRECTS_MAX: usize = 8;
/// Registered at the same time.
const AT_ONCE: usize = 4;
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// How often somebody comes back when the login is too busy to check a password.
const PATIENCE_TIMES: u32 = 120;
const PATIENCE: Duration = Duration::from_millis(500);
/// Going round jumps by this, which no number of service providers in use divides.
const STRIDE: usize = 7_919;

/// Somebody.
pub struct Visitor {
    number: usize,
    secret: String,
    http: Client,
    cookies: BTreeMap<String, String>,
    /// What each service provider called them first.
    names: BTreeMap<String, String>,
}

/// Register so many people with Portner.
pub async fn register(count: u32, program: &Program) -> Result<Vec<Visitor>, Problem> {
    let http = Client::builder()
        .redirect(Policy::none())
        .timeout(ANSWER_WITHIN)
        .build()
        .map_err(|error| Problem::new(error.to_string()))?;
    let program = Arc::new(program.clone());
    let (mut waiting, mut registering, mut crowd) = (0..count, JoinSet::new(), Vec::new());
    loop {
        while registering.len() < AT_ONCE
            && let Some(number) = waiting.next()
        {
            registering.spawn(register_one(number, Arc::clone(&program), http.clone()));
        }
        match registering.join_next().await {
            Some(visitor) => crowd.push(visitor.map_err(|error| Problem::new(error.to_string()))??),
            None => return Ok(crowd),
        }
    }
}

async fn register_one(number: u32, program: Arc<Program>, http: Client) -> Result<Visitor, Problem> {
    let mut secret = [0; SECRET_BYTES];
    RealEntropy.fill(&mut secret);
    let secret = BASE32_NOPAD.encode(&secret);
    let mut command = program.command();
    command.args(["user", "add", "--user-name", &format!("user{number}"), "--first-name", "Bruger"]);
    command.args(["--last-name", &number.to_string(), "--route", "R3", "--employment-source", "payroll"]);
    command.args(["--password-stdin", "--totp-stdin"]);
    run(&mut command, &format!("{PASSWORD}\n{secret}\n")).await?;
    let number = usize::try_from(number).unwrap_or_default();
    Ok(Visitor { number, secret, http, cookies: BTreeMap::new(), names: BTreeMap::new() })
}

impl Visitor {
    /// The service providers, again and again, each visitor in a step of their own.
    pub fn way<'p>(&self, providers: &'p [Provider]) -> impl Iterator<Item = &'p Provider> + use<'p> {
        let (mut at, count) = (self.number, providers.len().max(1));
        std::iter::from_fn(move || {
            at = at.wrapping_add(STRIDE);
            providers.get(at % count)
        })
    }

    /// With password and code, once.
    pub async fn log_in(mut self, providers: &[Provider], idp: &IdentityProvider) -> Result<Self, Problem> {
        let provider = self.way(providers).next().ok_or_else(|| Problem::new("nobody to log in at"))?;
        let question = provider.ask(idp)?;
        let mut page = self.open(&question.url).await?;
        let name = format!("user{}", self.number);
        for _ in 0..PATIENCE_TIMES {
            page = self.submit(&page, &[("username", &name), ("password", PASSWORD)]).await?;
            if !page.html.contains("name=\"password\"") {
                break;
            }
            tokio::time::sleep(PATIENCE).await;
        }
        let secret = BASE32_NOPAD.decode(self.secret.as_bytes()).unwrap_or_default();
        let code = Builder::new().with_secret(secret).build_noncompliant();
        let code = code.generate(RealClock.now().unix_seconds()).to_string();
        let page = self.submit(&page, &[("code", &code)]).await?;
        let right = self.is_about_me(&page, provider, &question, idp)?;
        if right { Ok(self) } else { Err(Problem::new("somebody logged in as somebody else")) }
    }

    /// Go to a service provider with what the login left in the cookies. Is the answer about me?
    pub async fn visit(&mut self, provider: &Provider, idp: &IdentityProvider) -> Result<bool, Problem> {
        let question = provider.ask(idp)?;
        let page = self.open(&question.url).await?;
        self.is_about_me(&page, provider, &question, idp)
    }

    fn is_about_me(
        &mut self,
        page: &Page,
        provider: &Provider,
        question: &super::providers::Question,
        idp: &IdentityProvider,
    ) -> Result<bool, Problem> {
        let field = between(&page.html, "name=\"SAMLResponse\" value=\"", "\"");
        let field = field.ok_or_else(|| Problem::new(format!("there is no answer on {}", page.url)))?;
        let (name_id, full_name) = provider.believe(field, question, idp)?;
        let known = self.names.entry(provider.name().to_owned()).or_insert_with(|| name_id.clone());
        Ok(*known == name_id && full_name == format!("Bruger {}", self.number))
    }

    async fn submit(&mut self, page: &Page, answers: &[(&str, &str)]) -> Result<Page, Problem> {
        let missing = || Problem::new(format!("there is no form on {}", page.url));
        let action = between(&page.html, "action=\"", "\"").ok_or_else(missing)?;
        let csrf = between(&page.html, "name=\"csrf\" value=\"", "\"").ok_or_else(missing)?;
        let mut fields = vec![("csrf", csrf)];
        fields.extend(answers);
        let target = absolute(&page.url, action)?;
        let request = self.http.post(&target).form(&fields);
        self.follow(request, target).await
    }

    async fn open(&mut self, url: &str) -> Result<Page, Problem> {
        self.follow(self.http.get(url), url.to_owned()).await
    }

    async fn follow(&mut self, request: RequestBuilder, mut url: String) -> Result<Page, Problem> {
        let mut response = self.send(request).await?;
        for _ in 0..REDIRECTS_MAX {
            let target = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let Some(target) = target else {
                let html = response.text().await.map_err(|error| Problem::new(error.to_string()))?;
                return Ok(Page { url, html });
            };
            url = absolute(&url, target)?;
            response = self.send(self.http.get(&url)).await?;
        }
        Err(Problem::new("too many redirects"))
    }

    /// Cookies by hand: those of `http://localhost` are `Secure`, which clients keep for https only.
    async fn send(&mut self, request: RequestBuilder) -> Result<Response, Problem> {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header(COOKIE, cookies.join("; ")).send().await;
        let response = response.map_err(|error| Problem::new(error.to_string()))?;
        for line in response.headers().get_all(SET_COOKIE) {
            let pair = line.to_str().ok().and_then(|line| line.split(';').next()?.split_once('='));
            if let Some((name, value)) = pair {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(response)
    }
}

/// What somebody looks at.
struct Page {
    url: String,
    html: String,
}

fn absolute(base: &str, target: &str) -> Result<String, Problem> {
    let wrong = |_| Problem::new(format!("{target} is no address"));
    let base = reqwest::Url::parse(base).map_err(wrong)?;
    base.join(target).map(Into::into).map_err(wrong)
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

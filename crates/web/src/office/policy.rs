//! What a service provider may know: the usual entries in a form, all of it as text, and what would differ before it does.

use axum::extract::{Path, State};
use axum::response::Response;
use portner_domain::ServiceProviderId;
use portner_federation::Error;
use portner_federation::office::{Kept, PolicySeen};
use portner_federation::policy::{Policy, PolicyError, Usual};
use portner_federation::registry::sha256;

use super::acts::one_line;
use super::provider_new::profiles;
use super::{Desk, DeskSent, routes};
use crate::App;
use crate::answer::rendered;
use crate::failure::{failed, page as error_page};
use crate::pages::{ErrorKind, PolicyPage, Said, Typed};

/// The name of the tick that keeps an attribute, before its number.
const KEEP: &str = "keep-";

/// A page about to be shown.
#[derive(Default)]
struct Shown {
    /// What the form of the usual entries says, if it was sent.
    usual: Option<Usual>,
    /// The text, if it is not that of the policy in force.
    text: Option<String>,
    seen: Option<PolicySeen>,
    why: String,
    /// What is to be put right, at this entry if one is to blame.
    wrong: Option<(Option<&'static str>, String)>,
}

/// The policy in force.
pub async fn ask(State(app): State<App>, Path(id): Path<String>, desk: Desk) -> Response {
    let Ok(id) = id.parse() else { return error_page(&app, &desk.incoming, ErrorKind::NotFound) };
    page(&app, &desk, (id, Shown::default())).await
}

/// Another one: look what would differ, or keep it.
pub async fn change(State(app): State<App>, Path(id): Path<String>, sent: DeskSent<Typed>) -> Response {
    let DeskSent { desk, form } = sent;
    let Ok(id) = id.parse() else { return error_page(&app, &desk.incoming, ErrorKind::NotFound) };
    match step(&app, &desk, (id, &form)).await {
        Ok(Some(Ok(shown))) => page(&app, &desk, (id, shown)).await,
        Ok(Some(Err(said))) => desk.answer(&app, &format!("{}/{id}", routes::PROVIDERS), said).await,
        Ok(None) => error_page(&app, &desk.incoming, ErrorKind::NotFound),
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}

async fn step(
    app: &App,
    desk: &Desk,
    (id, form): (ServiceProviderId, &Typed),
) -> Result<Option<Result<Shown, Said>>, Error> {
    let (federation, warrant, say) = (&app.0.federation, desk.warrant()?, desk.incoming.language);
    let Some(now) = in_force(app, desk, id).await? else { return Ok(None) };
    if form.get("wish") == "usual" {
        let usual = usual(form, &now);
        let policy = match usual.applied(&now) {
            Ok(policy) => policy,
            Err(wrong) => {
                let wrong = Some((None, say.about("office-policy-wrong", "why", &wrong.to_string())));
                return Ok(Some(Ok(Shown { usual: Some(usual), wrong, ..Shown::default() })));
            }
        };
        let text = Some(policy.to_toml());
        let seen = federation.look_at_policy(warrant, (id, policy)).await?;
        return Ok(Some(Ok(Shown { usual: Some(usual), text, seen, ..Shown::default() })));
    }
    let text = form.get("policy").replace("\r\n", "\n");
    if text.trim().is_empty() {
        let wrong = Some((Some("policy"), say.text("office-policy-empty")));
        return Ok(Some(Ok(Shown { text: Some(text), wrong, ..Shown::default() })));
    }
    let shown = Shown { text: Some(text.clone()), why: form.get("why").to_owned(), ..Shown::default() };
    let policy = match Policy::from_toml(&text) {
        Ok(policy) => policy,
        Err(wrong) => {
            let wrong = Some((Some("policy"), at_its_line(say, &text, &wrong)));
            return Ok(Some(Ok(Shown { wrong, ..shown })));
        }
    };
    let Some(seen) = federation.look_at_policy(warrant, (id, policy.clone())).await? else { return Ok(None) };
    let shown = Shown { seen: Some(seen), ..shown };
    // What is kept is what somebody has read the difference of, and nothing that was typed since.
    if form.get("wish") != "keep" || form.get("seen") != sha256(&text) {
        return Ok(Some(Ok(shown)));
    }
    let Some(why) = one_line(form.get("why")) else {
        let wrong = Some((Some("why"), say.text("office-problem-reason-missing")));
        return Ok(Some(Ok(Shown { wrong, ..shown })));
    };
    let change = (id, policy, form.get("was"), why.as_str());
    Ok(Some(match federation.keep_policy(warrant, change, &desk.incoming.visit).await? {
        Ok(Kept::InForce) => Err(Said::PolicyChanged),
        Ok(Kept::Proposed) => Err(Said::PolicyProposed),
        Err(not) => Ok(Shown { wrong: Some((None, Said::of(not).text(say))), ..shown }),
    }))
}

async fn in_force(app: &App, desk: &Desk, id: ServiceProviderId) -> Result<Option<Policy>, Error> {
    let found = app.0.federation.see_service_provider(desk.warrant()?, id).await?;
    Ok(found.map(|found| found.provider.registered.policy))
}

fn at_its_line(say: crate::Language, text: &str, wrong: &PolicyError) -> String {
    let why = wrong.to_string();
    match Policy::line_of_fault(text) {
        Some(line) => {
            let arguments = [("line", line.to_string().into()), ("why", why.into())];
            say.text_with("office-policy-wrong-at", &arguments)
        }
        None => say.about("office-policy-wrong", "why", &why),
    }
}

/// What the form says. Attributes are ticked to be kept, by their place in the policy in force.
fn usual(form: &Typed, now: &Policy) -> Usual {
    let text = |name: &str| form.get(name).replace("\r\n", "\n");
    let without = now.attributes.iter().enumerate().filter(|(at, _)| !form.is(&format!("{KEEP}{at}")));
    Usual {
        profile: text("profile"),
        required_level: text("required-level"),
        name_id: text("name-id"),
        encryption: text("encryption"),
        password_minutes: text("password-minutes"),
        second_factor_minutes: text("second-factor-minutes"),
        any_of: text("any-of"),
        none_of: text("none-of"),
        without: without.map(|(_, release)| release.name.clone()).collect(),
    }
}

async fn page(app: &App, desk: &Desk, (id, shown): (ServiceProviderId, Shown)) -> Response {
    let frame = match desk.frame(app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let found = async { app.0.federation.see_service_provider(desk.warrant()?, id).await };
    let registered = match found.await {
        Ok(Some(found)) => found.provider.registered,
        Ok(None) => return error_page(app, &desk.incoming, ErrorKind::NotFound),
        Err(error) => return failed(app, &desk.incoming, &error),
    };
    let Shown { usual, text, seen, why, wrong } = shown;
    let usual = usual.unwrap_or_else(|| Usual::of(&registered.policy));
    let text = text.unwrap_or_else(|| registered.policy.to_toml());
    let kept = |name: &str| !usual.without.iter().any(|gone| gone == name);
    let attributes = registered.policy.attributes.iter().enumerate().map(|(at, release)| {
        let label = release.friendly_name.as_ref().unwrap_or(&release.name).clone();
        (format!("{KEEP}{at}"), label, kept(&release.name))
    });
    let status = if wrong.is_some() { 400 } else { 200 };
    let page = PolicyPage {
        frame: &frame,
        name: registered.name(),
        action: &desk.incoming.path,
        csrf: &desk.token(),
        back_href: &format!("{}/{id}", routes::PROVIDERS),
        profiles: profiles(desk.incoming.language),
        usual: &usual,
        attributes: attributes.collect(),
        seen_sha256: &seen.as_ref().map(|_| sha256(&text)).unwrap_or_default(),
        text: &text,
        seen: seen.as_ref(),
        why: &why,
        wrong,
    };
    rendered(app, &desk.incoming, status, |frame| page.render(frame))
}

//! A service provider is added: its metadata is brought or fetched, read, and proposed to a second person.

use axum::extract::{Path, State};
use axum::response::Response;
use portner_federation::Error;
use portner_federation::office::{Doubt, Drafted, MetadataSeen, NewProvider, NotBrought};
use portner_federation::policy::Policy;
use portner_federation::registry::sha256;

use super::acts::one_line;
use super::{Desk, DeskSent, routes};
use crate::answer::rendered;
use crate::failure::{failed, page as error_page};
use crate::pages::{DraftPage, ErrorKind, NewProviderPage, Said, SeenMetadata, Typed, date_and_time};
use crate::{App, Language};

/// The profile that most services have.
const ORDINARY: &str = "oiosaml3-professional";

/// What is to be put right: at this entry, if one is to blame.
type Wrong = (Option<&'static str>, String);

/// The empty form.
pub async fn ask(State(app): State<App>, desk: Desk) -> Response {
    page(&app, &desk, (&Typed::of([("profile", ORDINARY)]), None, None)).await
}

/// Fetch it, read it, or propose it.
pub async fn bring(State(app): State<App>, sent: DeskSent<Typed>) -> Response {
    let DeskSent { desk, form } = sent;
    match step(&app, &desk, form).await {
        Ok(Step::Show(typed, seen, wrong)) => page(&app, &desk, (&typed, seen.as_deref(), wrong)).await,
        Ok(Step::Proposed) => desk.answer(&app, routes::PROVIDERS, Said::ProviderProposed).await,
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}

enum Step {
    Show(Typed, Option<Box<MetadataSeen>>, Option<Wrong>),
    Proposed,
}

async fn step(app: &App, desk: &Desk, form: Typed) -> Result<Step, Error> {
    let (federation, warrant, say) = (&app.0.federation, desk.warrant()?, desk.incoming.language);
    let not_taken = |not: &NotBrought| say.about("office-provider-not-taken", "why", &not.to_string());
    let mut typed = form;
    if typed.get("wish") == "fetch" {
        match federation.fetch_metadata(warrant, typed.get("url").trim()).await? {
            Ok(text) => typed = typed.with("metadata", &text),
            Err(not) => return Ok(Step::Show(typed, None, Some((Some("url"), not_taken(&not))))),
        }
    }
    let metadata = typed.get("metadata").replace("\r\n", "\n");
    if metadata.trim().is_empty() {
        let wrong = (Some("metadata"), say.text("office-provider-no-metadata"));
        return Ok(Step::Show(typed, None, Some(wrong)));
    }
    let profile = typed.get("profile").to_owned();
    let seen = match federation.look_at_metadata(warrant, (&metadata, &profile)).await? {
        Ok(seen) => seen,
        Err(not) => {
            let at = if matches!(not, NotBrought::Policy(_)) { "profile" } else { "metadata" };
            return Ok(Step::Show(typed, None, Some((Some(at), not_taken(&not)))));
        }
    };
    let was_seen = typed.get("seen") == of(&metadata, &profile);
    typed = typed.with("seen", &of(&metadata, &profile));
    if typed.get("wish") != "propose" || !was_seen {
        return Ok(Step::Show(typed, Some(Box::new(seen)), None));
    }
    let Some(why) = one_line(typed.get("why")) else {
        let wrong = (Some("why"), say.text("office-problem-reason-missing"));
        return Ok(Step::Show(typed, Some(Box::new(seen)), Some(wrong)));
    };
    let new = NewProvider { metadata: &metadata, url: typed.get("url"), profile: &profile, why: &why };
    Ok(match federation.propose_service_provider(warrant, new, &desk.incoming.visit).await? {
        Ok(()) => Step::Proposed,
        Err(not) => Step::Show(typed, Some(Box::new(seen)), Some((None, not_taken(&not)))),
    })
}

/// What somebody has read before they propose it.
fn of(metadata: &str, profile: &str) -> String {
    sha256(&format!("{profile}\n{metadata}"))
}

async fn page(
    app: &App,
    desk: &Desk,
    (typed, seen, wrong): (&Typed, Option<&MetadataSeen>, Option<Wrong>),
) -> Response {
    let frame = match desk.frame(app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let say = desk.incoming.language;
    let status = if wrong.is_some() { 400 } else { 200 };
    let page = NewProviderPage {
        frame: &frame,
        action: routes::NEW_PROVIDER,
        csrf: &desk.token(),
        back_href: routes::PROVIDERS,
        typed,
        profiles: profiles(say),
        seen: seen.map(|seen| shown(say, seen)),
        wrong,
    };
    rendered(app, &desk.incoming, status, |frame| page.render(frame))
}

/// The profiles with what each is for.
pub(super) fn profiles(say: Language) -> Vec<(String, String)> {
    let text = |name: &str| say.text(&format!("office-profile-{name}"));
    Policy::profile_names().map(|name| (name.to_owned(), text(name))).collect()
}

/// Metadata as people read it.
pub(super) fn shown(say: Language, seen: &MetadataSeen) -> SeenMetadata {
    let it = &seen.metadata;
    let certificate = |one: &portner_saml::Certificate| {
        let until = date_and_time(say, one.not_after());
        let arguments = [("fingerprint", one.fingerprint().into()), ("until", until.into())];
        say.text_with("office-provider-certificate", &arguments)
    };
    let names = &it.display_name;
    let name = names.da.as_ref().or(names.en.as_ref()).unwrap_or(&it.entity_id);
    let facts = [
        ("office-entity-id", vec![it.entity_id.clone()]),
        ("office-name", vec![name.clone()]),
        ("office-provider-signs", it.signing_keys.iter().map(certificate).collect()),
        (
            "office-provider-encrypts",
            it.encryption_keys.iter().map(|key| certificate(key.certificate())).collect(),
        ),
        ("office-provider-answers", it.assertion_consumers.iter().map(|one| one.location.clone()).collect()),
        ("office-provider-logout", it.logout.iter().map(|one| one.location.clone()).collect()),
        ("office-provider-asks-for", it.requested_attributes.iter().map(|one| one.name.clone()).collect()),
    ];
    let facts = facts.into_iter().filter(|(_, values): &(_, Vec<String>)| !values.is_empty());
    let differs = seen.known.as_ref().map(|(_, changes)| {
        let told = |change: &portner_saml::metadata::change::Change| {
            (change.what.to_string(), change.concern.map(|concern| concern.to_string()))
        };
        changes.iter().map(told).collect()
    });
    SeenMetadata {
        facts: facts.map(|(key, values)| (say.text(key), values)).collect(),
        doubts: seen.doubts.iter().map(|doubt| doubted(say, doubt)).collect(),
        differs,
    }
}

fn doubted(say: Language, doubt: &Doubt) -> String {
    match doubt {
        Doubt::CertificateOver(one) => say.about("office-doubt-certificate-over", "fingerprint", one),
        Doubt::CertificateEnds(one, at) => {
            let at = date_and_time(say, *at);
            let arguments = [("fingerprint", one.as_str().into()), ("until", at.into())];
            say.text_with("office-doubt-certificate-ends", &arguments)
        }
        Doubt::NoEncryption => say.text("office-doubt-no-encryption"),
        Doubt::NoLogout => say.text("office-doubt-no-logout"),
        Doubt::UntilSoon(at) => say.about("office-doubt-until", "until", &date_and_time(say, *at)),
    }
}

/// What somebody proposed, for whoever is to agree.
pub async fn draft(State(app): State<App>, Path(name): Path<String>, desk: Desk) -> Response {
    let frame = match desk.frame(&app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let found = async { app.0.federation.drafted(desk.warrant()?, &name).await };
    let say = desk.incoming.language;
    let (seen, policy, notes) = match found.await {
        Ok(Some(Drafted::New { seen, url, policy })) => {
            let from = url.map(|url| say.about("office-provider-from", "url", &url));
            let from = from.unwrap_or_else(|| say.text("office-provider-by-hand"));
            (Some(shown(say, &seen)), policy.to_toml(), vec![from])
        }
        Ok(Some(Drafted::Policy { seen, is_current, .. })) => {
            let note = if is_current { "office-draft-policy" } else { "office-draft-overtaken" };
            (None, seen.changes.join("\n"), vec![say.text(note)])
        }
        Ok(None) => return error_page(&app, &desk.incoming, ErrorKind::NotFound),
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    let page = DraftPage { frame: &frame, seen, policy: &policy, notes, back_href: routes::PROPOSALS };
    rendered(&app, &desk.incoming, 200, |frame| page.render(frame))
}

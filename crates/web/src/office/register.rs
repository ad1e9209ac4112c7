//! Somebody new, by hand; and what is on record about somebody.

use axum::extract::State;
use axum::response::Response;
use portner_directory::{About, Card, FIELD_CHARS_MAX, NewEmployee};
use portner_domain::cpr::Cpr;
use portner_domain::identity::{Cvr, Employment, UserName};
use portner_domain::life::Admission;
use portner_federation::Error;
use portner_federation::office::{Details, Newcomer, NotRegistered};

use super::acts::one_line;
use super::life::{owned_here, validity_typed};
use super::sheet::{Asked, fault_of, reason, show};
use super::{Desk, DeskSent, person_path};
use crate::App;
use crate::failure::failed;
use crate::pages::{Fault, Options, Said, Sheet, Typed};
use crate::text::Language;

/// Somebody new?
pub async fn ask(State(app): State<App>, desk: Desk) -> Response {
    let typed = Typed::of([("organisation", app.0.cvr.as_str()), ("staff", "permanent"), ("level", "yes")]);
    register_page(&app, &desk, Asked::new(Sheet::Register, &typed)).await
}

/// Somebody new.
pub async fn register(State(app): State<App>, sent: DeskSent<Typed>) -> Response {
    let DeskSent { desk, form } = sent;
    let mut faults = Vec::new();
    let newcomer = newcomer(&app, &form, &mut faults);
    let why = reason(&form, &mut faults);
    let newcomer = match newcomer {
        Some(newcomer) if faults.is_empty() => newcomer,
        _ => return register_page(&app, &desk, Asked::new(Sheet::Register, &form).wrong(faults)).await,
    };
    let done = async {
        let (warrant, visit) = (desk.warrant()?, &desk.incoming.visit);
        app.0.federation.register_by_hand(warrant, &newcomer, &why, visit).await
    };
    let asked = Asked::new(Sheet::Register, &form);
    match done.await {
        Ok(Ok(id)) => desk.answer(&app, &person_path(id), Said::Registered).await,
        Ok(Err(NotRegistered::NotDone(not))) => {
            register_page(&app, &desk, asked.wrong(vec![fault_of(not)])).await
        }
        Ok(Err(NotRegistered::Known(person, found))) => {
            let form = form.clone().with("confirmed", &person.to_string());
            let asked = Asked::new(Sheet::Register, &form);
            let notes = vec![who_is_known(desk.incoming.language, &found)];
            let faults = vec![Fault::at("same", "sheet-problem-cpr-known")];
            register_page(&app, &desk, Asked { notes, asks: true, ..asked.wrong(faults) }).await
        }
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}

/// The number comes back to nobody; whoever is found by it does, if this officer may find them.
fn who_is_known(say: Language, found: &[Card]) -> String {
    match found.first() {
        None => say.text("sheet-known-elsewhere"),
        Some(card) => {
            let name = if card.about.is_protected {
                say.text("office-name-protected")
            } else {
                card.about.known_as.clone().unwrap_or_else(|| card.identity.full_name())
            };
            let user_name = card.identity.user_name.to_string();
            say.text_with("sheet-known", &[("name", name.into()), ("user_name", user_name.into())])
        }
    }
}

async fn register_page(app: &App, desk: &Desk, asked: Asked<'_>) -> Response {
    let organisations = match portner_directory::organisations(app.0.log.database()).await {
        Ok(organisations) => organisations,
        Err(error) => return failed(app, &desk.incoming, &error.into()),
    };
    let named = |(cvr, name): &(Cvr, String)| (cvr.as_str().to_owned(), format!("{name} ({})", cvr.as_str()));
    let say = desk.incoming.language;
    let staff =
        ["permanent", "temporary", "robot"].map(|it| (it.to_owned(), say.text(&format!("staff-{it}"))));
    let options: Vec<Options> =
        vec![("organisation", organisations.iter().map(named).collect()), ("staff", staff.to_vec())];
    // Whoever was asked to confirm is asked until it is done.
    let asks = asked.asks || asked.typed.is("same");
    show(app, desk, Asked { options, asks, ..asked }).await
}

fn newcomer(app: &App, typed: &Typed, faults: &mut Vec<Fault>) -> Option<Newcomer> {
    let user_name: Option<UserName> = typed.get("user-name").parse().ok();
    if user_name.is_none() {
        faults.push(Fault::at("user-name", "sheet-problem-user-name"));
    }
    let (first_name, last_name) = names(typed, faults);
    let about = about(typed, faults);
    let cvr: Option<Cvr> = typed.get("organisation").parse().ok();
    if cvr.is_none() {
        faults.push(Fault::at("organisation", "sheet-problem-organisation"));
    }
    let validity = validity_typed(typed, app.0.log.now(), faults);
    let admission = match (typed.get("staff"), typed.is("level")) {
        ("robot", _) => Admission::Never,
        ("permanent" | "temporary", true) => Admission::Permitted,
        ("permanent" | "temporary", false) => Admission::Withheld,
        _ => {
            faults.push(Fault::at("staff", "sheet-problem-staff"));
            Admission::Withheld
        }
    };
    if typed.get("staff") == "temporary" && typed.get("until").trim().is_empty() {
        faults.push(Fault::at("until", "sheet-problem-temporary"));
    }
    let cpr = cpr(typed, faults);
    if typed.is("same") && !typed.is("cpr") {
        faults.push(Fault::at("cpr", "sheet-cpr-again"));
    }
    let employment = match one_line(typed.get("source")) {
        Some(source) => Employment::Verified { source },
        None => Employment::Entered,
    };
    let email = about.email.clone();
    let employee =
        NewEmployee { user_name: user_name?, first_name, last_name, email, cvr: cvr?, employment, admission };
    let confirmed = typed.get("confirmed").parse().ok().filter(|_| typed.is("same"));
    Some(Newcomer { employee, about, validity, cpr, confirmed })
}

/// Change what is on record?
pub async fn ask_change(State(app): State<App>, desk: Desk) -> Response {
    let typed = match desk.card() {
        Ok(card) => on_record(card),
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    show(&app, &desk, owned_here(&desk, Asked::new(Sheet::Change, &typed))).await
}

/// Change it.
pub async fn change(State(app): State<App>, sent: DeskSent<Typed>) -> Response {
    let DeskSent { desk, form } = sent;
    let mut faults = Vec::new();
    let (first_name, last_name) = names(&form, &mut faults);
    let about = about(&form, &mut faults);
    let cpr = cpr(&form, &mut faults);
    let why = reason(&form, &mut faults);
    if faults.is_empty() {
        let seen = form.get("seen").parse().unwrap_or_default();
        let details = Details { first_name, last_name, about, cpr, seen };
        let done = async {
            let (warrant, visit) = (desk.warrant()?, &desk.incoming.visit);
            let id = desk.card()?.identity.id;
            Ok::<_, Error>((id, app.0.federation.change_person(warrant, (&details, &why), visit).await?))
        };
        match done.await {
            Ok((id, Ok(()))) => return desk.answer(&app, &person_path(id), Said::Changed).await,
            Ok((_, Err(not))) => faults.push(fault_of(not)),
            Err(error) => return failed(&app, &desk.incoming, &error),
        }
    }
    show(&app, &desk, owned_here(&desk, Asked::new(Sheet::Change, &form).wrong(faults))).await
}

fn on_record(card: &Card) -> Typed {
    let About { known_as, is_protected, email, title, unit, production_unit } = &card.about;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Typed::of([
        ("first-name", &card.identity.first_name),
        ("last-name", &card.identity.last_name),
        ("known-as", &text(known_as)),
        ("protected", if *is_protected { "yes" } else { "" }),
        ("email", &text(email)),
        ("title", &text(title)),
        ("unit", unit.as_ref().map(|unit| unit.as_str()).unwrap_or_default()),
        ("production-unit", production_unit.as_ref().map(|unit| unit.as_str()).unwrap_or_default()),
        ("seen", &card.version.to_string()),
    ])
}

/// First names, of which some people have none, and the surname.
fn names(typed: &Typed, faults: &mut Vec<Fault>) -> (String, String) {
    let first = text(typed, "first-name", faults);
    let last = text(typed, "last-name", faults);
    if last.is_none() {
        faults.push(Fault::at("last-name", "sheet-problem-last-name"));
    }
    (first.unwrap_or_default(), last.unwrap_or_default())
}

fn about(typed: &Typed, faults: &mut Vec<Fault>) -> About {
    let email = text(typed, "email", faults);
    if email.as_ref().is_some_and(|email| email.contains(char::is_whitespace) || !email.contains('@')) {
        faults.push(Fault::at("email", "sheet-problem-email"));
    }
    About {
        known_as: text(typed, "known-as", faults),
        is_protected: typed.is("protected"),
        email,
        title: text(typed, "title", faults),
        unit: parsed(typed, "unit", "sheet-problem-unit", faults),
        production_unit: parsed(typed, "production-unit", "sheet-problem-production-unit", faults),
    }
}

fn cpr(typed: &Typed, faults: &mut Vec<Fault>) -> Option<Cpr> {
    parsed(typed, "cpr", "office-problem-cpr-missing", faults)
}

/// What was typed there as one line, if it is not too long.
fn text(typed: &Typed, entry: &'static str, faults: &mut Vec<Fault>) -> Option<String> {
    let line = one_line(typed.get(entry));
    if line.as_ref().is_some_and(|line| line.chars().count() > FIELD_CHARS_MAX) {
        faults.push(Fault::at(entry, "sheet-problem-too-long"));
    }
    line
}

fn parsed<T: std::str::FromStr>(
    typed: &Typed,
    entry: &'static str,
    key: &str,
    faults: &mut Vec<Fault>,
) -> Option<T> {
    let text = typed.get(entry).trim();
    if text.is_empty() {
        return None;
    }
    let parsed = text.parse().ok();
    if parsed.is_none() {
        faults.push(Fault::at(entry, key));
    }
    parsed
}

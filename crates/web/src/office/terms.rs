//! The terms of use: which versions there are, and another one, read as everybody will read it before it is in force.

use axum::extract::State;
use axum::response::Response;
use portner_directory::{Again, Duty, Terms, TermsVersion, terms_sha256};
use portner_domain::terms::HoldFor;

use super::acts::one_line;
use super::sheet::{Asked, fault_of, reason, show};
use super::{Desk, DeskSent, routes};
use crate::App;
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{Fault, Options, Said, Sheet, TermsVersionsPage, Typed, VersionRow, date_and_time};
use crate::stopped::{paragraphs, text_of};
use crate::text::Language;

/// The versions.
pub async fn list(State(app): State<App>, desk: Desk) -> Response {
    let frame = match desk.frame(&app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let found = async { app.0.federation.terms_published(desk.warrant()?).await };
    let (versions, in_force) = match found.await {
        Ok(found) => found,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    let say = desk.incoming.language;
    let row = |it: &TermsVersion| VersionRow {
        version: it.version.clone(),
        at: date_and_time(say, it.at),
        agreed: it.agreed,
    };
    let page = TermsVersionsPage {
        frame: &frame,
        rows: versions.iter().map(row).collect(),
        new_href: (!app.0.are_terms_in_file).then_some(routes::NEW_TERMS),
        paragraphs: in_force.map(|it| paragraphs(text_of(say, &it))).unwrap_or_default(),
    };
    rendered(&app, &desk.incoming, 200, |frame| page.render(frame))
}

/// Another version? It begins with the one in force.
pub async fn ask(State(app): State<App>, desk: Desk) -> Response {
    let found = async { app.0.federation.terms_published(desk.warrant()?).await };
    let in_force = match found.await {
        Ok((_, in_force)) => in_force,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    let typed = match &in_force {
        None => Typed::of([("mandatory", "yes"), ("hold-for", HoldFor::Levels.word())]),
        Some(it) => Typed::of([
            ("danish", &it.terms.danish),
            ("english", &it.terms.english),
            ("mandatory", if it.terms.duty == Duty::Mandatory { "yes" } else { "" }),
            ("hold-for", it.terms.hold_for.word()),
        ]),
    };
    page(&app, &desk, &typed, Vec::new()).await
}

/// Look at it, or put it into force if it was looked at.
pub async fn publish(State(app): State<App>, sent: DeskSent<Typed>) -> Response {
    let DeskSent { desk, form } = sent;
    if app.0.are_terms_in_file {
        return page(&app, &desk, &form, vec![Fault::general("office-terms-by-file")]).await;
    }
    let mut faults = Vec::new();
    let terms = terms_typed(&form, &mut faults);
    let why = reason(&form, &mut faults);
    let terms = match terms {
        Some(terms) if faults.is_empty() => terms,
        _ => return page(&app, &desk, &form, faults).await,
    };
    let is_seen = form.get("previewed") == seal(&terms);
    if form.get("wish") == "preview" {
        return preview(&app, &desk, (form, &terms), Vec::new()).await;
    }
    if !is_seen {
        let faults = vec![Fault::general("sheet-problem-not-previewed")];
        return preview(&app, &desk, (form, &terms), faults).await;
    }
    let done = async {
        let (warrant, visit) = (desk.warrant()?, &desk.incoming.visit);
        app.0.federation.publish_new_terms(warrant, (&terms, &why), visit).await
    };
    match done.await {
        Ok(Ok(())) => desk.answer(&app, routes::TERMS, Said::TermsPublished).await,
        Ok(Err(not)) => preview(&app, &desk, (form, &terms), vec![fault_of(not)]).await,
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}

fn terms_typed(typed: &Typed, faults: &mut Vec<Fault>) -> Option<Terms> {
    let version = one_line(typed.get("version"));
    if version.is_none() {
        faults.push(Fault::at("version", "sheet-problem-version"));
    }
    let mut text = |entry: &'static str| {
        // Browsers send what is typed with the line ends of mail.
        let text = typed.get(entry).replace("\r\n", "\n").trim().to_owned();
        if text.is_empty() {
            faults.push(Fault::at(entry, "sheet-problem-terms-text"));
        }
        text
    };
    let (danish, english) = (text("danish"), text("english"));
    let hold_for: Option<HoldFor> = typed.get("hold-for").parse().ok();
    if hold_for.is_none() {
        faults.push(Fault::at("hold-for", "sheet-problem-hold-for"));
    }
    Some(Terms {
        version: version?,
        danish,
        english,
        duty: if typed.is("mandatory") { Duty::Mandatory } else { Duty::Voluntary },
        again: if typed.is("again") { Again::Everybody } else { Again::Newcomers },
        hold_for: hold_for?,
    })
}

/// What was looked at: other texts are another one.
fn seal(terms: &Terms) -> String {
    format!("{}{}", terms_sha256(&terms.danish), terms_sha256(&terms.english))
}

async fn preview(app: &App, desk: &Desk, (form, terms): (Typed, &Terms), faults: Vec<Fault>) -> Response {
    let typed = form.with("previewed", &seal(terms));
    let texts = [(Language::Danish, &terms.danish), (Language::English, &terms.english)];
    let preview = texts.map(|(language, text)| (language, paragraphs(text))).to_vec();
    let asked = Asked { preview, ..Asked::new(Sheet::Terms, &typed).wrong(faults) };
    shown(app, desk, asked).await
}

async fn page(app: &App, desk: &Desk, typed: &Typed, faults: Vec<Fault>) -> Response {
    shown(app, desk, Asked::new(Sheet::Terms, typed).wrong(faults)).await
}

async fn shown(app: &App, desk: &Desk, asked: Asked<'_>) -> Response {
    let say = desk.incoming.language;
    let holds = [HoldFor::Levels, HoldFor::Everything].map(HoldFor::word);
    let options: Vec<Options> =
        vec![("hold-for", holds.map(|it| (it.to_owned(), say.text(&format!("hold-for-{it}")))).to_vec())];
    let by_file = app.0.are_terms_in_file.then(|| say.text("office-terms-by-file"));
    let (is_open, notes) = (by_file.is_none(), by_file.into_iter().collect());
    show(app, desk, Asked { options, is_open, notes, ..asked }).await
}

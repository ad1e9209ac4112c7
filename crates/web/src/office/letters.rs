//! What the letters say: which there are, the words of each, and how those have changed.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use portner_audit_log::{Actor, Event, Recorded};
use portner_directory::terms_sha256;
use portner_domain::Moment;
use portner_domain::letter::{BothWords, Entry, LetterKind, Unfit, Wording, Words};
use portner_federation::Error;
use portner_federation::office::LetterChanges;
use serde::Deserialize;

use super::sheet::{Asked, fault_of, reason, show};
use super::{Desk, DeskSent, log, routes};
use crate::answer::rendered;
use crate::failure::{failed, page};
use crate::mail::{own_words, preview};
use crate::pages::{ChangeRow, ErrorKind, Fault, LetterRow, LettersPage, Said, Sheet, Typed, date_and_time};
use crate::{App, Language};

/// Where the older changes begin.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    before: String,
}

/// All of them, and how they have changed.
pub async fn list(State(app): State<App>, Query(wanted): Query<Wanted>, desk: Desk) -> Response {
    let frame = match desk.frame(&app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let found = async {
        let warrant = desk.warrant()?;
        let letters = app.0.federation.letters(warrant).await?;
        let changes = app.0.federation.letter_changes(warrant, wanted.before.parse().ok()).await?;
        Ok::<_, Error>((letters, changes))
    };
    let (letters, changes) = match found.await {
        Ok(found) => found,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    let say = desk.incoming.language;
    let row = |(kind, since): (LetterKind, Option<Moment>)| LetterRow {
        href: path_of(kind),
        name: name(say, kind),
        since: since.map(|at| date_and_time(say, at)),
    };
    let page = LettersPage {
        frame: &frame,
        rows: letters.into_iter().map(row).collect(),
        changes: changes.events.iter().filter_map(|event| change(say, event, &changes)).collect(),
        newest_href: (!wanted.before.is_empty()).then_some(routes::LETTERS),
        older_href: changes.older.map(|older| format!("{}?before={older}", routes::LETTERS)),
    };
    rendered(&app, &desk.incoming, 200, |frame| page.render(frame))
}

fn change(say: Language, recorded: &Recorded, changes: &LetterChanges) -> Option<ChangeRow> {
    let Event::LetterWorded { letter, words } = &recorded.event else { return None };
    let by = match &recorded.actor {
        Actor::Identity(id) => changes.names.get(id).map_or_else(|| id.to_string(), ToString::to_string),
        other => log::by(say, other),
    };
    let texts = words.as_ref().map(|words| {
        let text = |language, words: &Words| (language, words.subject.clone(), words.text.clone());
        vec![text(Language::Danish, &words.danish), text(Language::English, &words.english)]
    });
    let (at, letter) = (date_and_time(say, recorded.at), name(say, *letter));
    Some(ChangeRow { at, by, letter, texts: texts.unwrap_or_default() })
}

/// Other words for this letter?
pub async fn ask(State(app): State<App>, Path(letter): Path<String>, desk: Desk) -> Response {
    let Ok(kind) = letter.parse() else { return page(&app, &desk.incoming, ErrorKind::NotFound) };
    let kept = async { app.0.federation.wording_of(desk.warrant()?, kind).await };
    let kept = match kept.await {
        Ok(kept) => kept,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    let seen = kept.as_ref().map(|kept| kept.at.0.to_string()).unwrap_or_default();
    let words = kept.map_or_else(|| own_words(kind), |kept| kept.words);
    let typed = Typed::of([
        ("danish-subject", &words.danish.subject),
        ("danish", &words.danish.text),
        ("english-subject", &words.english.subject),
        ("english", &words.english.text),
        ("seen", &seen),
    ]);
    shown(&app, &desk, kind, Asked::new(Sheet::Letter, &typed)).await
}

/// Look at these, or have the letter say them if they were looked at; or have it say our own again.
pub async fn word(State(app): State<App>, Path(letter): Path<String>, sent: DeskSent<Typed>) -> Response {
    let DeskSent { desk, form } = sent;
    let Ok(kind) = letter.parse() else { return page(&app, &desk.incoming, ErrorKind::NotFound) };
    let (mut faults, wish) = (Vec::new(), form.get("wish"));
    let wording = if wish == "own" { None } else { wording_typed(kind, &form, &mut faults) };
    // Whoever only looks has not made up their mind.
    let why = if wish == "preview" { String::new() } else { reason(&form, &mut faults) };
    if !faults.is_empty() {
        return shown(&app, &desk, kind, Asked::new(Sheet::Letter, &form).wrong(faults)).await;
    }
    let is_seen = wording.as_ref().is_none_or(|wording| form.get("previewed") == seal(wording));
    if wish == "preview" || !is_seen {
        let not_yet = (wish != "preview").then(|| Fault::general("sheet-problem-letter-not-previewed"));
        return looked_at(&app, &desk, (form, wording.as_ref(), kind), not_yet.into_iter().collect()).await;
    }
    let seen = form.get("seen").parse().ok().map(Moment);
    let done = async {
        let (federation, warrant, visit) = (&app.0.federation, desk.warrant()?, &desk.incoming.visit);
        match &wording {
            Some(wording) => federation.word_letter(warrant, (wording, &why), seen, visit).await,
            None => federation.unword_letter(warrant, (kind, &why), seen, visit).await,
        }
    };
    match done.await {
        Ok(Ok(())) => {
            let said = if wording.is_some() { Said::LetterWorded } else { Said::LetterOwn };
            desk.answer(&app, routes::LETTERS, said).await
        }
        Ok(Err(not)) => looked_at(&app, &desk, (form, wording.as_ref(), kind), vec![fault_of(not)]).await,
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}

fn wording_typed(kind: LetterKind, typed: &Typed, faults: &mut Vec<Fault>) -> Option<Wording> {
    let words = |subject, text| Words::typed(typed.get(subject), typed.get(text));
    let (danish, english) = (words("danish-subject", "danish"), words("english-subject", "english"));
    match Wording::read(kind, BothWords { danish, english }) {
        Ok(wording) => Some(wording),
        Err(unfit) => {
            faults.extend(unfit.iter().map(|(entry, unfit)| fault(*entry, unfit)));
            None
        }
    }
}

fn fault(entry: Entry, unfit: &Unfit) -> Fault {
    let at = match entry {
        Entry::DanishSubject => "danish-subject",
        Entry::DanishText => "danish",
        Entry::EnglishSubject => "english-subject",
        Entry::EnglishText => "english",
    };
    match unfit {
        Unfit::Empty => Fault::at(at, "sheet-problem-letter-empty"),
        Unfit::TooLong(most) => Fault::at(at, "sheet-problem-letter-too-long").naming(most.to_string()),
        Unfit::Unseen => Fault::at(at, "sheet-problem-letter-unseen"),
        Unfit::WebAddress => Fault::at(at, "sheet-problem-letter-web-address"),
        Unfit::Brace => Fault::at(at, "sheet-problem-letter-brace"),
        Unfit::Unknown(word) => Fault::at(at, "sheet-problem-letter-unknown").naming(format!("{{{word}}}")),
        Unfit::NotInSubject(it) => {
            Fault::at(at, "sheet-problem-letter-not-in-subject").naming(it.to_string())
        }
        Unfit::NotAlone(it) => Fault::at(at, "sheet-problem-letter-not-alone").naming(it.to_string()),
        Unfit::Missing(it) => Fault::at(at, "sheet-problem-letter-missing").naming(it.to_string()),
    }
}

/// What was looked at: other words are others.
fn seal(wording: &Wording) -> String {
    let BothWords { danish, english } = wording.words();
    terms_sha256(
        &[&danish.subject, &danish.text, &english.subject, &english.text].map(|it| terms_sha256(it)).concat(),
    )
}

async fn looked_at(
    app: &App,
    desk: &Desk,
    (form, wording, kind): (Typed, Option<&Wording>, LetterKind),
    faults: Vec<Fault>,
) -> Response {
    let Some(wording) = wording else {
        return shown(app, desk, kind, Asked::new(Sheet::Letter, &form).wrong(faults)).await;
    };
    let typed = form.with("previewed", &seal(wording));
    let preview = preview(wording, (&app.0.site, &app.0.public), app.0.log.now());
    let asked = Asked { preview, ..Asked::new(Sheet::Letter, &typed).wrong(faults) };
    shown(app, desk, kind, asked).await
}

async fn shown(app: &App, desk: &Desk, kind: LetterKind, asked: Asked<'_>) -> Response {
    let say = desk.incoming.language;
    let known = kind.knows().iter().map(|placeholder| {
        let means = say.text(&format!("placeholder-{}", placeholder.word()));
        let is_needed = kind.needs().contains(placeholder);
        let means = if is_needed { say.about("placeholder-needed", "means", &means) } else { means };
        (placeholder.to_string(), means)
    });
    let (known, name) = (known.collect(), Some(name(say, kind)));
    show(app, desk, Asked { known, name, ..asked }).await
}

fn name(say: Language, kind: LetterKind) -> String {
    say.text(&format!("letter-{}", kind.word()))
}

fn path_of(kind: LetterKind) -> String {
    format!("{}/{}", routes::LETTERS, kind.word())
}

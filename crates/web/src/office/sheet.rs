//! What all forms of the administration have in common: they are shown, and shown again with what was typed and what is
//! wrong, until it is done.

use axum::response::Response;
use portner_directory::Refusal;
use portner_federation::office::{NotDone, Obstacle};

use super::acts::{denied_key, one_line};
use super::{Desk, person_path, routes};
use crate::App;
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{Fault, Options, Said, Sheet, SheetPage, Typed};
use crate::text::Language;

/// A form that is to be shown.
pub(super) struct Asked<'a> {
    pub(super) sheet: Sheet,
    pub(super) typed: &'a Typed,
    pub(super) faults: Vec<Fault>,
    pub(super) options: Vec<Options>,
    pub(super) notes: Vec<String>,
    pub(super) is_open: bool,
    pub(super) asks: bool,
    pub(super) preview: Vec<(Language, Vec<String>)>,
    pub(super) known: Vec<(String, String)>,
    /// What it is about, if that is nobody.
    pub(super) name: Option<String>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(sheet: Sheet, typed: &'a Typed) -> Self {
        let (faults, options, notes, preview) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let known = Vec::new();
        Self { sheet, typed, faults, options, notes, is_open: true, asks: false, preview, known, name: None }
    }

    pub(super) fn wrong(self, faults: Vec<Fault>) -> Self {
        Self { faults, ..self }
    }
}

/// The page with it.
pub(super) async fn show(app: &App, desk: &Desk, asked: Asked<'_>) -> Response {
    let frame = match desk.frame(app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let card = match desk.warrant() {
        Ok(warrant) => warrant.card(),
        Err(error) => return failed(app, &desk.incoming, &error),
    };
    let name = card.map(|card| {
        let register = card.identity.full_name();
        card.about.known_as.clone().unwrap_or(register)
    });
    let status = if asked.faults.is_empty() { 200 } else { 400 };
    // A number is never written into a page again: whoever typed one is told that it has to be typed anew.
    let again =
        (status == 400 && asked.typed.is("cpr")).then(|| desk.incoming.language.text("sheet-cpr-again"));
    let page = SheetPage {
        frame: &frame,
        sheet: asked.sheet,
        name: &name.or(asked.name).unwrap_or_default(),
        action: &desk.incoming.path,
        csrf: &desk.token(),
        back_href: &back(asked.sheet, card.map(|card| person_path(card.identity.id))),
        notes: asked.notes.into_iter().chain(again).collect(),
        is_open: asked.is_open,
        asks: asked.asks,
        typed: asked.typed,
        options: asked.options,
        faults: asked.faults,
        preview: asked.preview,
        known: asked.known,
    };
    rendered(app, &desk.incoming, status, |frame| page.render(frame))
}

/// Where a form leads when it is done, or left.
pub(super) fn back(sheet: Sheet, person: Option<String>) -> String {
    match (sheet, person) {
        (Sheet::Terms, _) => routes::TERMS.to_owned(),
        (Sheet::Letter, _) => routes::LETTERS.to_owned(),
        (Sheet::AddNetwork | Sheet::RemoveNetwork, _) => routes::NETWORKS.to_owned(),
        (_, None) => routes::PEOPLE.to_owned(),
        (Sheet::Join | Sheet::Leave | Sheet::Grant | Sheet::Withdraw, Some(person)) => {
            format!("{person}/rights")
        }
        (_, Some(person)) => person,
    }
}

/// Why, if they wrote it.
pub(super) fn reason(typed: &Typed, faults: &mut Vec<Fault>) -> String {
    let why = one_line(typed.get("why"));
    if why.is_none() {
        faults.push(Fault::at("why", "office-problem-reason-missing"));
    }
    why.unwrap_or_default()
}

/// What stood in the way, at the entry to put it right at.
pub(super) fn fault_of(not: NotDone) -> Fault {
    match not {
        NotDone::Directory(Refusal::UserNameTaken) => Fault::at("user-name", "sheet-problem-user-name-taken"),
        NotDone::Directory(Refusal::CprTaken) => Fault::at("cpr", "sheet-problem-cpr-taken"),
        NotDone::Directory(Refusal::NotEnded) => Fault::general("sheet-problem-not-ended"),
        NotDone::Directory(Refusal::TooMany) => Fault::general("sheet-problem-too-many-held"),
        NotDone::Administration(obstacle) => fault_of_obstacle(obstacle),
        other => Fault::general(&format!("office-{}", Said::of(other).word())),
    }
}

fn fault_of_obstacle(obstacle: Obstacle) -> Fault {
    match obstacle {
        Obstacle::FromFeed => Fault::general("sheet-problem-from-feed"),
        Obstacle::ProposedAlready => Fault::general("sheet-problem-proposed-already"),
        Obstacle::HasLogin => Fault::general("sheet-problem-has-login"),
        Obstacle::NotTheirUnit => Fault::at("unit", "sheet-problem-not-your-unit"),
        Obstacle::OtherIdentity => Fault::general("sheet-problem-other-identity"),
        Obstacle::OtherPerson => Fault::at("cpr", "sheet-problem-other-person"),
        Obstacle::ChangedMeanwhile => Fault::general("sheet-problem-changed-meanwhile"),
        Obstacle::TermsKnown => Fault::at("version", "sheet-problem-terms-known"),
        Obstacle::NetworkKnown => Fault::at("range", "sheet-problem-network-known"),
        Obstacle::TooManyNetworks => Fault::general("sheet-problem-too-many-networks"),
        Obstacle::TermsSize => Fault::general("sheet-problem-terms-size"),
        Obstacle::Denied(denied) => Fault::general(denied_key(denied)),
    }
}

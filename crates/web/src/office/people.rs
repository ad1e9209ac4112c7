//! Finding people, and what is on record about one of them.

use axum::extract::{Query, State};
use axum::response::Response;
use futures_util::stream::try_unfold;
use portner_directory::{Filter, Listed};
use portner_domain::IdentityId;
use portner_domain::role::Action;
use portner_federation::Error;
use portner_federation::office::Seen;
use serde::Deserialize;
use url::form_urlencoded;

use super::{Desk, about, failures, file, may, person_path, routes};
use crate::answer::rendered;
use crate::failure::failed;
use crate::me::log::row as log_row;
use crate::pages::{PeoplePage, PersonLink, PersonPage, PersonRow, date_and_time};
use crate::{App, Language};

/// People on one page of the list.
const ROWS: u32 = 50;

/// Who is looked for, and after whom the list goes on.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    q: String,
    after: Option<IdentityId>,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    p: String,
    #[serde(default)]
    lacking: String,
}

impl Wanted {
    /// Where they work, or what is not on record of it; the first that says anything.
    fn filter(&self) -> Option<Filter> {
        let unit = || self.unit.parse().ok().map(Filter::Unit);
        let production_unit = || self.p.parse().ok().map(Filter::ProductionUnit);
        let lacking = || self.lacking.parse().ok().map(Filter::Lacking);
        unit().or_else(production_unit).or_else(lacking)
    }

    /// The same as it stands in an address.
    fn kept(&self) -> Option<(&'static str, String)> {
        Some(match self.filter()? {
            Filter::Unit(unit) => ("unit", String::from(unit)),
            Filter::ProductionUnit(number) => ("p", String::from(number)),
            Filter::Lacking(what) => ("lacking", what.word().to_owned()),
        })
    }

    /// The address of the list, or of its file.
    fn at(&self, path: &str, after: Option<IdentityId>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", &self.q).extend_pairs(self.kept());
        query.extend_pairs(after.map(|after| ("after", after.to_string())));
        format!("{path}?{}", query.finish())
    }
}

/// The list.
pub async fn list(State(app): State<App>, Query(wanted): Query<Wanted>, desk: Desk) -> Response {
    let frame = match desk.frame(&app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let found = async {
        let warrant = desk.warrant()?;
        app.0.federation.find_people(warrant, (&wanted.q, wanted.filter()), wanted.after, ROWS).await
    };
    let found = match found.await {
        Ok(found) => found,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    let say = desk.incoming.language;
    let page = PeoplePage {
        frame: &frame,
        action: routes::PEOPLE,
        file_href: wanted.at(routes::EXPORT, None),
        filter: wanted.filter().map(|filter| filtered(say, &filter)),
        kept: wanted.kept(),
        sought: &wanted.q,
        rows: found.rows.iter().map(|row| person_row(say, row)).collect(),
        next_href: found.next.map(|after| wanted.at(routes::PEOPLE, Some(after))),
        is_first: wanted.after.is_none(),
        register_href: may(desk.officer(), Action::Administer, &app).then_some(routes::REGISTER),
    };
    rendered(&app, &desk.incoming, 200, |frame| page.render(frame))
}

/// Who is in the list, in a sentence.
fn filtered(say: Language, filter: &Filter) -> String {
    match filter {
        Filter::Unit(unit) => say.about("people-in-unit", "unit", unit.as_str()),
        Filter::ProductionUnit(number) => say.about("people-in-production-unit", "number", number.as_str()),
        Filter::Lacking(what) => say.text(&format!("lacking-{}", what.word())),
    }
}

/// The list as a file, however long: it is read while it is sent.
pub async fn export(State(app): State<App>, Query(wanted): Query<Wanted>, desk: Desk) -> Response {
    let file = async {
        let warrant = desk.warrant()?;
        app.0.federation.export_people(warrant, (&wanted.q, wanted.filter()), &desk.incoming.visit).await
    };
    let file = match file.await {
        Ok(file) => file,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    file::answer(
        "people.csv",
        try_unfold(file, async |mut file| {
            let part = file.next().await?;
            Ok::<_, Error>(part.map(|part| (part, file)))
        }),
    )
}

/// Somebody in a list.
pub(super) fn person_row(say: Language, row: &Listed) -> PersonRow {
    PersonRow {
        href: person_path(row.id),
        name: row.name.clone(),
        user_name: row.user_name.to_string(),
        unit: row.unit.as_ref().map(ToString::to_string),
        state: say.state(row.state),
    }
}

/// One of them.
pub async fn show(State(app): State<App>, desk: Desk) -> Response {
    let frame = match desk.frame(&app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let say = desk.incoming.language;
    let seen = async {
        let seen = app.0.federation.see_person(desk.warrant()?, &desk.incoming.visit).await?;
        let networks = app.0.federation.networks().await?;
        let mut rows = Vec::with_capacity(seen.events.events.len());
        for recorded in &seen.events.events {
            rows.push(log_row(&app.0.federation, say, (recorded, &networks)).await?);
        }
        Ok::<_, Error>((seen, rows, about::waiting(&app, &desk).await?))
    };
    let (seen, rows, waiting) = match seen.await {
        Ok(seen) => seen,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    let Seen { card, authenticators, proofings, roles, best, closed, .. } = &seen;
    let when = |at| date_and_time(say, at);
    let mut notes = failures::notes(&app, say, &seen);
    notes.warnings.extend(waiting);
    let page = PersonPage {
        frame: &frame,
        card,
        links: links(&app, &desk, &seen),
        state: say.state(card.identity.state),
        locks: card.locks.iter().map(|lock| say.lock(lock)).collect(),
        authenticators: authenticators.iter().map(|has| say.owned(has, &when(has.bound_at))).collect(),
        proofings: proofings.iter().map(|it| say.proofed(it, &when(it.at))).collect(),
        roles: roles.iter().map(|grant| say.role_held(grant, grant.until.map(when).as_deref())).collect(),
        best: best.loa,
        notes,
        facts: about::facts(say, card),
        reasons: best.because.iter().map(|reason| say.explain(reason)).collect(),
        is_closed: closed.is_some(),
        events: rows,
        registered: when(card.registered),
        until: card.identity.life.validity.until.map(when),
    };
    rendered(&app, &desk.incoming, 200, |frame| page.render(frame))
}

/// What this officer may do to them. The page behind a link decides: this only offers.
fn links(app: &App, desk: &Desk, seen: &Seen) -> Vec<PersonLink> {
    const ACTS: [(Action, &str, &str); 10] = [
        (Action::Help, "caller", "office-caller"),
        (Action::Help, "reset", "office-reset"),
        (Action::Help, "lost", "office-lose"),
        (Action::Help, "device", "office-give"),
        (Action::Proof, "proof", "office-proof"),
        (Action::Proof, "code", "office-hand-out"),
        (Action::Help, "reopen", "office-reopen"),
        (Action::Block, "log-out", "office-log-out"),
        (Action::Block, "block", "office-block"),
        (Action::LiftSupportLock, "unblock", "office-unblock"),
    ];
    let waits = [
        (seen.waits.meeting, "second", "office-second"),
        (seen.waits.half, "half", "office-show-half"),
        (seen.card.identity.life.reopened.is_some(), "name", "office-confirm-name"),
    ];
    let waiting =
        waits.into_iter().filter(|(waits, _, _)| *waits).map(|(_, end, key)| (Action::Proof, end, key));
    let id = seen.card.identity.id;
    let all = waiting.chain(ACTS);
    let offered = all.filter(|(action, _, _)| may(desk.officer(), *action, app));
    let offered = offered.map(|(_, end, key)| PersonLink { href: format!("{}/{end}", person_path(id)), key });
    offered.chain(about::links(app, desk, seen)).collect()
}

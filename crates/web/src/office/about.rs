//! What somebody's page says to whoever administers them: where they come from, what waits, and what may be done now.

use portner_directory::Card;
use portner_domain::identity::State;
use portner_domain::life::{Admission, Locker};
use portner_domain::role::{Action, Proposal};
use portner_federation::Error;
use portner_federation::office::Seen;

use super::{Desk, may, person_path};
use crate::App;
use crate::pages::{PersonLink, date_and_time};
use crate::text::Language;

/// What else is on record: the key of its name, and it in words.
pub fn facts(say: Language, card: &Card) -> Vec<(&'static str, String)> {
    let identity = &card.identity;
    let admission = format!("admission-{}", identity.life.admission.word());
    let always = [
        ("sheet-organisation", format!("{} ({})", identity.organisation, identity.cvr.as_str())),
        ("person-admission", say.text(&admission)),
    ];
    let number = card.about.production_unit.as_ref();
    let some = [
        number.map(|number| ("sheet-production-unit", number.as_str().to_owned())),
        identity.life.validity.from.map(|from| ("person-from", date_and_time(say, from))),
        card.source.as_ref().map(|source| ("person-feed", source.feed.clone())),
    ];
    always.into_iter().chain(some.into_iter().flatten()).collect()
}

/// What waits about them, as sentences.
pub async fn waiting(app: &App, desk: &Desk) -> Result<Vec<String>, Error> {
    let (federation, warrant, say) = (&app.0.federation, desk.warrant()?, desk.incoming.language);
    let invited = federation.unused_invitation(warrant).await?;
    let invited = invited.map(|it| say.about("sheet-invited", "until", &date_and_time(say, it.expires)));
    let proposed = federation.proposed_about(warrant).await?;
    let proposed = proposed.iter().filter_map(|proposal| match proposal {
        Proposal::LiftLock { .. } => Some("person-lift-proposed"),
        Proposal::Erase { .. } => Some("person-erase-proposed"),
        _ => None,
    });
    Ok(invited.into_iter().chain(proposed.map(|key| say.text(key))).collect())
}

/// What this officer may do to them as they are. The page behind a link decides: this only offers.
pub fn links(app: &App, desk: &Desk, seen: &Seen) -> Vec<PersonLink> {
    let (card, has_login) = (&seen.card, !seen.authenticators.is_empty());
    let person = person_path(card.identity.id);
    let (is_ours, admission) = (card.source.is_none(), card.identity.life.admission);
    let is_stopped = card.locks.iter().any(|lock| lock.locker == Locker::Administrator);
    let lives = matches!(card.identity.state, State::Active | State::Locked);
    let has_ended = card.identity.state == State::Ended;
    let all = [
        (Action::ChangeRights, lives, "rights", "person-rights"),
        (Action::Administer, lives && is_ours, "change", "person-change"),
        (Action::Administer, lives && is_ours, "validity", "person-validity"),
        (Action::Administer, lives && !has_login, "invite", "person-invite"),
        (Action::Administer, lives && admission == Admission::Withheld, "permit", "person-permit"),
        (Action::Administer, lives && admission == Admission::Permitted, "withhold", "person-withhold"),
        (Action::Administer, lives && !is_stopped, "stop", "person-stop"),
        (Action::Administer, lives && is_stopped, "lift", "person-lift"),
        (Action::Administer, lives, "end", "person-end"),
        (Action::Administer, has_ended, "resume", "person-resume"),
        (Action::Administer, has_ended, "erase", "person-erase"),
        (Action::SeePerson, app.0.erhverv.is_some(), "mitid-erhverv", "office-sync"),
    ];
    let offered = all.into_iter().filter(|(action, fits, _, _)| *fits && may(desk.officer(), *action, app));
    offered.map(|(_, _, end, key)| PersonLink { href: format!("{person}/{end}"), key }).collect()
}

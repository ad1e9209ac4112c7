//! What is done and found in MitID Erhverv, in the words of whoever reads it.

use portner_audit_log::Event;
use portner_sync::client::Trouble;
use portner_sync::plan::{Finding, Lack, Right, State, Step};
use portner_sync::{Candidate, Looked, Mode, NotTied, Numbers};

use crate::Language;
use crate::pages::Said;

/// What is done.
pub fn mode(say: Language, mode: Mode) -> String {
    say.text(match mode {
        Mode::DryRun => "sync-mode-dry-run",
        Mode::Live => "sync-mode-live",
        Mode::Paused => "sync-mode-paused",
    })
}

/// A step.
pub fn step(say: Language, step: &Step) -> String {
    say.text(match step {
        Step::Look => "sync-step-look",
        Step::Suspend => "sync-step-suspend",
        Step::Delete => "sync-step-delete",
        Step::Forget => "sync-step-forget",
        Step::Adopt { .. } => "sync-step-adopt",
        Step::Create => "sync-step-create",
        Step::DescribeDraft => "sync-step-describe-draft",
        Step::OrderActivation => "sync-step-order-activation",
        Step::TakeRight { right } => return with_right(say, "sync-step-take-right", right),
        Step::RevokePrivateMitId { .. } => "sync-step-revoke-private-mitid",
        Step::ChangeProfile => "sync-step-change-profile",
        Step::ChangeEmail => "sync-step-change-email",
        Step::SetLocalName => "sync-step-set-local-name",
        Step::Reactivate => "sync-step-reactivate",
        Step::AllowPrivateMitId => "sync-step-allow-private-mitid",
        Step::AllowSigning { allowed: true } => "sync-step-allow-signing",
        Step::AllowSigning { allowed: false } => "sync-step-forbid-signing",
        Step::GiveRight { right } => return with_right(say, "sync-step-give-right", right),
    })
}

/// Something that a person has to look at.
pub fn finding(say: Language, found: &Finding) -> String {
    let about = |key: &str, what: &str| say.about(key, "what", what);
    say.text(match found {
        Finding::SuspendedThere => "sync-found-suspended",
        Finding::ReactivatedThere => "sync-found-reactivated",
        Finding::DeletedThere => "sync-found-deleted",
        Finding::NotListed => "sync-found-not-listed",
        Finding::Unclear => "sync-found-unclear",
        Finding::RenamedThere => "sync-found-renamed",
        Finding::EmailChangedThere => "sync-found-email",
        Finding::CprChangedThere => "sync-found-cpr",
        Finding::LocalNameChangedThere => "sync-found-local-name",
        Finding::PrivateMitIdChangedThere => "sync-found-private-mitid",
        Finding::SigningChangedThere => "sync-found-signing",
        Finding::RightGivenThere { right } => return with_right(say, "sync-found-right-given", right),
        Finding::RightTakenThere { right } => return with_right(say, "sync-found-right-taken", right),
        Finding::RoleNotInCatalogue { right } => return with_right(say, "sync-found-no-role", right),
        Finding::NotOurPlace { right } => return with_right(say, "sync-found-no-place", right),
        Finding::PseudonymIsFixed => "sync-found-pseudonym",
        Finding::UnknownState { state } => return about("sync-found-unknown-state", state),
        Finding::NotInThisState { step: what, .. } => {
            return about("sync-found-not-in-this-state", &step(say, what));
        }
        Finding::NameTaken { by } => return about("sync-found-name-taken", &by.to_string()),
        Finding::Candidates { employees } => {
            let all: Vec<_> = employees.iter().map(ToString::to_string).collect();
            return about("sync-found-candidates", &all.join(", "));
        }
        Finding::Lacks { what } => return about("sync-found-lacks", &lack(say, *what)),
    })
}

fn lack(say: Language, what: Lack) -> String {
    say.text(match what {
        Lack::GivenName => "sync-lack-given-name",
        Lack::Surname => "sync-lack-surname",
        Lack::Email => "sync-lack-email",
        Lack::Cpr => "sync-lack-cpr",
        Lack::OwnCpr => "sync-lack-own-cpr",
        Lack::SubjectNameId => "sync-lack-name-id",
    })
}

fn with_right(say: Language, key: &str, right: &Right) -> String {
    let arguments = [("role", right.role.to_string().into()), ("scope", right.scope.to_string().into())];
    say.text_with(key, &arguments)
}

/// What kind of failure it was, and what to do.
pub fn trouble(say: Language, trouble: Trouble) -> String {
    say.text(match trouble {
        Trouble::Unreachable => "sync-trouble-unreachable",
        Trouble::Theirs => "sync-trouble-theirs",
        Trouble::NotAdmitted => "sync-trouble-not-admitted",
        Trouble::Overtaken => "sync-trouble-overtaken",
        Trouble::Refused => "sync-trouble-refused",
    })
}

/// What is known of one there.
pub fn seen(say: Language, looked: &Looked) -> Vec<(String, String)> {
    let Some(employee) = looked.plan.employee else { return Vec::new() };
    let mut facts = vec![(say.text("office-sync-uuid"), employee.to_string())];
    if let Some(seen) = looked.own.as_ref().map(|own| &own.seen) {
        facts.push((say.text("office-sync-state"), state(say, &seen.state)));
        let name = seen.authenticators.as_ref().and_then(|held| held.local.clone());
        facts.extend(name.map(|name| (say.text("office-sync-name-id"), name)));
    }
    facts
}

/// What one there is called, unless that is protected.
pub fn called(it: &Candidate) -> Option<String> {
    it.seen.name().filter(|_| !it.is_protected).map(|(given, surname)| format!("{given} {surname}"))
}

/// What else tells one there from others. Whether the CPR numbers are the same is said, and neither of them.
pub fn candidate(say: Language, it: &Candidate) -> Vec<(String, String)> {
    let seen = &it.seen;
    let numbers = say.text(match it.numbers {
        Numbers::Same => "sync-cpr-same",
        Numbers::Differ => "sync-cpr-differs",
        Numbers::NotKnown => "sync-cpr-not-known",
    });
    let local = seen.authenticators.as_ref().and_then(|held| held.local.clone());
    let known = [
        ("office-sync-there-email", seen.email.clone().filter(|_| !it.is_protected)),
        ("office-sync-cpr", Some(numbers)),
        ("office-sync-state", Some(state(say, &seen.state))),
        ("office-sync-name-id", local),
        ("office-sync-rid", seen.rid.clone()),
        ("office-sync-uuid", Some(seen.employee.to_string())),
    ];
    let facts = known.into_iter().filter_map(|(key, value)| Some((key, value?)));
    facts.filter(|(_, value)| !value.is_empty()).map(|(key, value)| (say.text(key), value)).collect()
}

/// Why two are not made one.
pub const fn not_tied(not: NotTied) -> Said {
    match not {
        NotTied::NobodyHere => Said::NotPossible,
        NotTied::NobodyThere => Said::SyncNobodyThere,
        NotTied::TiedHere => Said::SyncTiedHere,
        NotTied::TiedThere => Said::SyncTiedThere,
        NotTied::AnotherPerson => Said::SyncAnotherPerson,
        NotTied::Unclear => Said::SyncUnclear,
        NotTied::IsToLose => Said::SyncIsToLose,
        NotTied::ChangedMeanwhile => Said::ChangedMeanwhile,
    }
}

/// What was said of somebody or decided, and what else is known of that: a reason, or the answer in the words of the
/// other side.
pub fn event(say: Language, event: &Event) -> (String, Option<String>) {
    let because = |why: &Option<String>| why.as_ref().map(|why| say.about("sync-event-because", "why", why));
    match event {
        Event::SyncAsked { step, .. } => (say.about("sync-event-asked", "what", &logged(say, step)), None),
        Event::SyncAnswered { step, failure: None, .. } => {
            (say.about("sync-event-done", "what", &logged(say, step)), None)
        }
        Event::SyncAnswered { step, failure: Some(why), .. } => {
            let what = say.about("sync-event-not-done", "what", &logged(say, step));
            (what, Some(say.about("sync-event-answer", "answer", why)))
        }
        Event::SyncTied { employee, why, .. } => {
            (say.about("sync-event-tied", "what", employee), because(why))
        }
        Event::SyncUntied { employee: Some(employee), why, .. } => {
            (say.about("sync-event-untied", "what", employee), because(why))
        }
        Event::SyncUntied { employee: None, why, .. } => (say.text("sync-event-given-up"), because(why)),
        other => (other.kind().to_owned(), None),
    }
}

/// A step as the log has it, which is in the words of the program: another version may have had others.
fn logged(say: Language, words: &str) -> String {
    Step::of_words(words).map_or_else(|| words.to_owned(), |it| step(say, &it))
}

fn state(say: Language, state: &State) -> String {
    say.text(match state {
        State::Draft => "sync-state-draft",
        State::Pending => "sync-state-pending",
        State::Active => "sync-state-active",
        State::Suspended => "sync-state-suspended",
        State::Gone => "sync-state-gone",
        State::Unknown(word) => return say.about("sync-found-unknown-state", "what", word),
    })
}

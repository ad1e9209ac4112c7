//! The pages about MitID Erhverv.

use super::super::super::pages::{
    CandidateRow, Decision, ErhvervDecisionPage, ErhvervPage, ErhvervPersonPage, ErhvervPlanPage, Error,
    Frame, Held, PlanRow, Said, SyncEventRow, TroubleRow,
};
use super::{CSRF, PERSON, Sample, at};

const WHEN: &str = "22. november 2026 kl. 10.15";
const HERE: &str = "/office/mitid-erhverv";
const EMPLOYEE: &str = "8f1f4a0e-6d3a-4a9e-8d47-2a3b7a1d9c55";

/// All of them.
pub fn all(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    Ok(vec![
        ("office-sync".to_owned(), sync(frame, (true, false), None)?),
        ("office-sync-held".to_owned(), sync(frame, (true, true), None)?),
        ("office-problem-sync".to_owned(), sync(frame, (true, true), Some(Said::ReasonMissing))?),
        ("office-sync-none".to_owned(), sync(frame, (false, false), None)?),
        ("office-sync-plan".to_owned(), plan(frame, (true, true), None)?),
        ("office-sync-plan-none".to_owned(), plan(frame, (false, true), None)?),
        ("office-sync-plan-decide".to_owned(), plan(frame, (true, false), None)?),
        ("office-sync-plan-decide-none".to_owned(), plan(frame, (false, false), None)?),
        ("office-sync-plan-decide-yet".to_owned(), plan(frame, (false, false), Some("?after=1"))?),
        ("office-sync-person".to_owned(), person(frame, true)?),
        ("office-sync-person-none".to_owned(), person(frame, false)?),
        ("office-sync-person-candidates".to_owned(), candidates(frame)?),
        ("office-sync-tie".to_owned(), decision(frame, Decision::Tie, Asked::Open(None))?),
        ("office-sync-untie".to_owned(), decision(frame, Decision::Untie, Asked::Open(None))?),
        ("office-sync-tie-closed".to_owned(), decision(frame, Decision::Tie, Asked::Closed)?),
        (
            "office-problem-sync-tie".to_owned(),
            decision(frame, Decision::Tie, Asked::Open(Some(Said::ReasonMissing)))?,
        ),
    ])
}

fn facts(frame: &Frame<'_>) -> Vec<(String, String)> {
    let say = frame.language;
    let waiting = [("count", 12.into()), ("since", WHEN.into())];
    vec![
        (say.text("office-sync-mode"), say.text("sync-mode-live")),
        (say.text("office-sync-waiting"), say.text_with("office-sync-waiting-since", &waiting)),
        (say.text("office-sync-read"), WHEN.to_owned()),
        (say.text("office-sync-certificate"), "1. marts 2029 kl. 12.00".to_owned()),
    ]
}

fn sync(
    frame: &Frame<'_>,
    (is_connected, ails): (bool, bool),
    problem: Option<Said>,
) -> Result<String, Error> {
    let say = frame.language;
    let named = |name: &str| (name.to_owned(), PERSON.to_owned());
    let trouble = TroubleRow {
        user_name: "bo".to_owned(),
        href: format!("{PERSON}/mitid-erhverv"),
        what: say.text("sync-step-suspend"),
        remedy: say.text("sync-trouble-theirs"),
        at: WHEN.to_owned(),
        why: "failed with status 503: Service Unavailable".to_owned(),
    };
    let held = Held {
        people: ["anna", "bo", "carl-christian-von-der-lange-navn"].map(named).to_vec(),
        more: 9,
        of: 40,
        digest: "9f86".to_owned(),
    };
    let page = ErhvervPage {
        frame: &at(HERE, None),
        facts: is_connected.then(|| facts(frame)),
        held: ails.then_some(held),
        troubles: if ails { vec![trouble] } else { Vec::new() },
        is_live: ails,
        is_paused: false,
        plan_href: "/office/mitid-erhverv/plan",
        form: is_connected.then(|| (HERE, CSRF.to_owned())),
        why: "",
        problem,
    };
    page.render(frame)
}

fn plan(frame: &Frame<'_>, (some, is_all): (bool, bool), next: Option<&str>) -> Result<String, Error> {
    let say = frame.language;
    let row = |name: &str, steps: &[&str], findings: &[&str]| PlanRow {
        user_name: name.to_owned(),
        href: PERSON.to_owned(),
        steps: steps.iter().map(|key| say.text(key)).collect(),
        findings: findings
            .iter()
            .map(|key| say.about(key, "what", "8f1f4a0e-6d3a-4a9e-8d47-2a3b7a1d9c55"))
            .collect(),
    };
    let rows = vec![
        row("anna", &["sync-step-create", "sync-step-allow-signing"], &[]),
        row("bo", &[], &["sync-found-candidates", "sync-found-renamed"]),
    ];
    let page = ErhvervPlanPage {
        frame: &at("/office/mitid-erhverv/plan", None),
        rows: rows.into_iter().filter(|row| some && (is_all || !row.findings.is_empty())).collect(),
        is_all,
        all_href: "/office/mitid-erhverv/plan",
        decide_href: "/office/mitid-erhverv/plan?only=decide",
        file_href: "/office/mitid-erhverv/decide.csv",
        back_href: HERE,
        first_href: some.then_some("/office/mitid-erhverv/plan"),
        next_href: some
            .then_some("?after=1")
            .or(next)
            .map(|after| format!("/office/mitid-erhverv/plan{after}")),
    };
    page.render(frame)
}

fn person(frame: &Frame<'_>, is_there: bool) -> Result<String, Error> {
    let say = frame.language;
    let facts = vec![
        (say.text("office-sync-uuid"), "8f1f4a0e-6d3a-4a9e-8d47-2a3b7a1d9c55".to_owned()),
        (say.text("office-sync-state"), say.text("sync-state-active")),
        (say.text("office-sync-name-id"), "anna@12345678".to_owned()),
    ];
    let page = ErhvervPersonPage {
        frame: &at(&format!("{PERSON}/mitid-erhverv"), None),
        name: "Anna Ågård",
        is_connected: true,
        facts: if is_there { facts } else { Vec::new() },
        steps: if is_there { vec![say.text("sync-step-change-email")] } else { Vec::new() },
        findings: if is_there { vec![say.text("sync-found-signing")] } else { Vec::new() },
        others: Vec::new(),
        is_others_decision: false,
        untie_href: is_there.then(|| format!("{PERSON}/untie")),
        history: if is_there { history(frame) } else { Vec::new() },
        newest_href: None,
        older_href: is_there.then(|| format!("{PERSON}/mitid-erhverv?before=7")),
        log_href: is_there.then(|| "/office/log?user=anna".to_owned()),
        back_href: PERSON,
    };
    page.render(frame)
}

fn history(frame: &Frame<'_>) -> Vec<SyncEventRow> {
    let say = frame.language;
    let row = |what: String, more: Option<String>, by: &str| SyncEventRow {
        what,
        more,
        at: WHEN.to_owned(),
        by: by.to_owned(),
    };
    let suspend = say.text("sync-step-suspend");
    let portner = say.about("office-log-system", "name", "sync");
    let because = say.about("sync-event-because", "why", "Hun har vist sit gamle medarbejderkort");
    let answer = say.about("sync-event-answer", "answer", "failed with status 503: Service Unavailable");
    vec![
        row(say.about("sync-event-done", "what", &suspend), None, &portner),
        row(say.about("sync-event-not-done", "what", &suspend), Some(answer), &portner),
        row(say.about("sync-event-asked", "what", &suspend), None, &portner),
        row(say.about("sync-event-tied", "what", EMPLOYEE), Some(because.clone()), "uma"),
        row(say.about("sync-event-untied", "what", EMPLOYEE), Some(because), "uma"),
        row(say.text("sync-event-given-up"), None, &say.about("office-log-operator", "name", "root")),
    ]
}

fn facts_there(frame: &Frame<'_>, numbers: &str, rid: &str) -> Vec<(String, String)> {
    let say = frame.language;
    vec![
        (say.text("office-sync-there-name"), "Anna Ågård".to_owned()),
        (say.text("office-sync-there-email"), "anna.aagaard@eksempelkommune.example.dk".to_owned()),
        (say.text("office-sync-cpr"), say.text(numbers)),
        (say.text("office-sync-state"), say.text("sync-state-active")),
        (say.text("office-sync-rid"), rid.to_owned()),
        (say.text("office-sync-uuid"), EMPLOYEE.to_owned()),
    ]
}

fn candidates(frame: &Frame<'_>) -> Result<String, Error> {
    let say = frame.language;
    let other = |numbers: &str, rid: &str| CandidateRow {
        name: Some("Anna Ågård".to_owned()),
        facts: facts_there(frame, numbers, rid).into_iter().skip(1).collect(),
        whose: None,
        why_not: None,
        tie_href: Some(format!("{PERSON}/tie?employee={EMPLOYEE}")),
    };
    let taken = CandidateRow {
        name: None,
        whose: Some(("bo".to_owned(), PERSON.to_owned())),
        why_not: Some(Said::SyncTiedThere.text(say)),
        tie_href: None,
        ..other("sync-cpr-differs", "10000006")
    };
    let unknown = CandidateRow {
        why_not: Some(Said::SyncAnotherPerson.text(say)),
        tie_href: None,
        ..other("sync-cpr-not-known", "10000007")
    };
    let page = ErhvervPersonPage {
        frame: &at(&format!("{PERSON}/mitid-erhverv"), Some(Said::SyncUntied)),
        name: "Anna Ågård",
        is_connected: true,
        facts: Vec::new(),
        steps: Vec::new(),
        findings: vec![say.about("sync-found-candidates", "what", EMPLOYEE)],
        others: vec![other("sync-cpr-same", "10000004"), other("sync-cpr-same", "10000005"), taken, unknown],
        is_others_decision: true,
        untie_href: None,
        history: history(frame),
        newest_href: Some(format!("{PERSON}/mitid-erhverv")),
        older_href: None,
        log_href: None,
        back_href: PERSON,
    };
    page.render(frame)
}

/// Whether it can be decided, and what stood in the way.
enum Asked {
    Open(Option<Said>),
    Closed,
}

fn decision(frame: &Frame<'_>, decision: Decision, asked: Asked) -> Result<String, Error> {
    let say = frame.language;
    let action = format!("{PERSON}/tie");
    let (problem, notes) = match asked {
        Asked::Open(problem) if decision == Decision::Untie => {
            (problem, vec![say.text("office-sync-untie-again")])
        }
        Asked::Open(problem) => (problem, Vec::new()),
        Asked::Closed => (None, vec![say.text("office-sync-decided-by")]),
    };
    let is_open = !matches!(asked, Asked::Closed);
    let page = ErhvervDecisionPage {
        frame: &at(&action, None),
        decision,
        name: "Anna Ågård",
        facts: if is_open { facts_there(frame, "sync-cpr-same", "10000004") } else { Vec::new() },
        then: vec![say.text("sync-step-adopt"), say.text("sync-step-set-local-name")],
        notes,
        employee: EMPLOYEE,
        form: is_open.then(|| (action.as_str(), CSRF.to_owned())),
        why: "",
        back_href: PERSON,
        problem,
    };
    page.render(frame)
}

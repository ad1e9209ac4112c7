//! The pages about MitID Erhverv.

use super::super::super::pages::{
    ErhvervPage, ErhvervPersonPage, ErhvervPlanPage, Error, Frame, Held, PlanRow, Said, TroubleRow,
};
use super::{CSRF, PERSON, Sample, at};

const WHEN: &str = "22. november 2026 kl. 10.15";
const HERE: &str = "/office/mitid-erhverv";

/// All of them.
pub fn all(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    Ok(vec![
        ("office-sync".to_owned(), sync(frame, (true, false), None)?),
        ("office-sync-held".to_owned(), sync(frame, (true, true), None)?),
        ("office-problem-sync".to_owned(), sync(frame, (true, true), Some(Said::ReasonMissing))?),
        ("office-sync-none".to_owned(), sync(frame, (false, false), None)?),
        ("office-sync-plan".to_owned(), plan(frame, true)?),
        ("office-sync-plan-none".to_owned(), plan(frame, false)?),
        ("office-sync-person".to_owned(), person(frame, true)?),
        ("office-sync-person-none".to_owned(), person(frame, false)?),
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

fn plan(frame: &Frame<'_>, some: bool) -> Result<String, Error> {
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
        rows: if some { rows } else { Vec::new() },
        back_href: HERE,
        first_href: some.then_some("/office/mitid-erhverv/plan"),
        next_href: some.then(|| "/office/mitid-erhverv/plan?after=1".to_owned()),
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
        back_href: PERSON,
    };
    page.render(frame)
}

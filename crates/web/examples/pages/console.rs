//! The pages of the console: roles, proposals, services, operation and log.

use super::super::super::pages::{
    Error, EventRow, Frame, HealthPage, NewRolePage, OfficeLogPage, OrganisationPage, OrganisationRow,
    PlaceRow, ProposalRow, ProposalsPage, ProviderPage, ProviderRow, ProvidersPage, RoleForm, RoleRow,
    RolesPage, Said, TakeRolePage, Waits,
};
use super::{CSRF, Sample, at};

const WHEN: &str = "21. november 2026 kl. 10.15";
const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const PROVIDER: &str = "/office/service-providers/019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7aa";

/// All of them.
pub fn all(frame: &Frame<'_>) -> Result<Vec<Sample>, Error> {
    let wrong = vec![Said::NoSuchUser, Said::RoleMissing, Said::BadUnit, Said::BadDay, Said::ReasonMissing];
    Ok(vec![
        ("office-roles".to_owned(), roles(frame, true)?),
        ("office-roles-none".to_owned(), roles(frame, false)?),
        ("office-role-new".to_owned(), new_role(frame, Vec::new())?),
        ("office-problem-role-new".to_owned(), new_role(frame, wrong)?),
        ("office-role-take".to_owned(), take_role(frame, true, None)?),
        ("office-role-take-none".to_owned(), take_role(frame, false, None)?),
        ("office-problem-role-take".to_owned(), take_role(frame, true, Some(Said::RoleMissing))?),
        ("office-proposals".to_owned(), proposals(frame, true, None)?),
        ("office-proposals-none".to_owned(), proposals(frame, false, None)?),
        ("office-problem-proposals".to_owned(), proposals(frame, true, Some(Said::NothingWaits))?),
        ("office-log".to_owned(), log(frame, true)?),
        ("office-log-none".to_owned(), log(frame, false)?),
        ("office-organisation".to_owned(), organisation(frame, true)?),
        ("office-organisation-none".to_owned(), organisation(frame, false)?),
        ("office-health".to_owned(), health(frame, false)?),
        ("office-health-alarms".to_owned(), health(frame, true)?),
        ("office-providers".to_owned(), providers(frame, true)?),
        ("office-providers-none".to_owned(), providers(frame, false)?),
        ("office-provider".to_owned(), provider(frame, false, None)?),
        ("office-provider-waits".to_owned(), provider(frame, true, None)?),
        ("office-problem-provider".to_owned(), provider(frame, true, Some(Said::ReasonMissing))?),
    ])
}

fn roles(frame: &Frame<'_>, some: bool) -> Result<String, Error> {
    let row = |name: &str, user_name: &str, held: &str| RoleRow {
        name: name.to_owned(),
        user_name: user_name.to_owned(),
        held: held.to_owned(),
        href: Some("/office/roles/019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7aa".to_owned()),
    };
    let rows = vec![
        row("Bo Bendtsen", "bo", "Lokal support i Skole og Dagtilbud"),
        row("Rita Østergård-Ægidius", "rita", "Registrator i hele organisationen"),
    ];
    let rows = if some { rows } else { Vec::new() };
    RolesPage { frame: &at("/office/roles", None), rows, new_href: Some("/office/roles/new") }.render(frame)
}

fn new_role(frame: &Frame<'_>, problems: Vec<Said>) -> Result<String, Error> {
    let form = RoleForm {
        user: "bo".to_owned(),
        unit: "Skole og Dagtilbud".to_owned(),
        until: "31.12.2027".to_owned(),
        ..RoleForm::default()
    };
    let action = "/office/roles/new";
    let here = at(action, None);
    NewRolePage { frame: &here, action, csrf: CSRF, back_href: "/office/roles", form: &form, problems }
        .render(frame)
}

fn take_role(frame: &Frame<'_>, some: bool, problem: Option<Said>) -> Result<String, Error> {
    let held = vec![("support".to_owned(), "Lokal support i hele organisationen".to_owned())];
    let action = "/office/roles/019ab2c4-7d1e-7c3a-9f52-6b0e8d41c7aa";
    let page = TakeRolePage {
        frame: &at(action, None),
        name: "Bo Bendtsen",
        action,
        csrf: CSRF,
        back_href: "/office/roles",
        held: if some { held } else { Vec::new() },
        problem,
    };
    page.render(frame)
}

fn proposals(frame: &Frame<'_>, some: bool, problem: Option<Said>) -> Result<String, Error> {
    let say = frame.language;
    let row = |id: &str, what: String, not_agree: Option<String>, may_decline| ProposalRow {
        id: id.to_owned(),
        href: (id == "3").then(|| "/office/service-providers/drafts/1".to_owned()),
        losing: 0,
        what,
        by: "Sine Sørensen".to_owned(),
        at: WHEN.to_owned(),
        why: "overtager efter Rita".to_owned(),
        not_agree,
        may_decline,
    };
    let named = |key: &str| say.about(key, "name", "Bo Bendtsen (bo)");
    let feed = say.text_with("office-proposal-feed", &[("feed", "løn".into()), ("losing", 12.into())]);
    let rows = vec![
        row("1", named("office-proposal-lift"), None, true),
        row("2", named("office-proposal-erase"), Some(say.text("office-denied-oneself")), true),
        row("3", feed, Some(say.text("office-denied-role")), false),
    ];
    let page = ProposalsPage {
        frame: &at("/office/proposals", None),
        action: "/office/proposals",
        csrf: CSRF,
        rows: if some { rows } else { Vec::new() },
        problem,
    };
    page.render(frame)
}

fn log(frame: &Frame<'_>, some: bool) -> Result<String, Error> {
    let row = |kind, by: &str| EventRow {
        at: WHEN.to_owned(),
        kind,
        by: by.to_owned(),
        json: "{\n  \"v\": 1,\n  \"event\": {\n    \"kind\": \"session-begun\"\n  }\n}".to_owned(),
    };
    let system = frame.language.about("office-log-system", "name", "metadata");
    let rows = vec![row("session-begun", "anna"), row("metadata-refreshed", &system)];
    let page = OfficeLogPage {
        frame: &at("/office/log", None),
        action: "/office/log",
        kind: "",
        user: "anna",
        rows: if some { rows } else { Vec::new() },
        file_href: "/office/log.csv?user=anna&kind=".to_owned(),
        newest_href: some.then_some("/office/log"),
        older_href: some.then(|| "/office/log?before=1".to_owned()),
    };
    page.render(frame)
}

fn health(frame: &Frame<'_>, ails: bool) -> Result<String, Error> {
    let say = frame.language;
    let key = [("id", "3f1c".into()), ("state", say.text("key-active").into()), ("until", WHEN.into())];
    let alarms =
        vec![say.about("office-alarm-key", "until", WHEN), say.about("office-alarm-feed", "feed", "løn")];
    let count = if ails { 12 } else { 0 };
    let note = "login.eksempel.dk/log\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
                — login.eksempel.dk/log az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
    let page = HealthPage {
        frame: &at("/office/health", None),
        alarms: if ails { alarms } else { Vec::new() },
        keys: vec![say.text_with("office-health-key", &key)],
        checkpoint: ails.then_some(note),
        letters: say.text_with("office-health-waiting", &[("count", count.into())]),
        runs: Vec::new(),
        version: "0.1.0",
    };
    page.render(frame)
}

fn organisation(frame: &Frame<'_>, some: bool) -> Result<String, Error> {
    let place = |name: &str, people| PlaceRow {
        name: name.to_owned(),
        href: some.then(|| "/office/people?unit=x".to_owned()),
        people,
    };
    let lacking = |word: &str, people| place(&frame.language.text(&format!("lacking-{word}")), people);
    let row = OrganisationRow {
        name: "Eksempel Kommune".to_owned(),
        cvr: "12345678".to_owned(),
        active: 4_211,
        locked: 17,
        ended: 1_024,
    };
    let units = vec![place("Skole og Dagtilbud/Nordskolen", 112), place("Sundhed/Hjemmepleje", 940)];
    let page = OrganisationPage {
        frame: &at("/office/organisation", None),
        rows: vec![row],
        lacking: vec![lacking("unit", 3), lacking("production-unit", 812), lacking("email", 40)],
        units: if some { units } else { Vec::new() },
        next_units: some.then(|| "/office/organisation?unit=x".to_owned()),
        production_units: if some { vec![place("1003388394", 230)] } else { Vec::new() },
        next_production_units: None,
        first_href: some.then_some("/office/organisation"),
    };
    page.render(frame)
}

fn provider_row(frame: &Frame<'_>, waits: bool) -> ProviderRow {
    ProviderRow {
        href: PROVIDER.to_owned(),
        name: "Sagssystemet".to_owned(),
        entity_id: "https://saml.sagssystemet-med-et-langt-navn.eksempel.dk/metadata".to_owned(),
        state: frame.language.text("office-provider-answered"),
        waits,
    }
}

fn providers(frame: &Frame<'_>, some: bool) -> Result<String, Error> {
    let rows = if some { vec![provider_row(frame, false), provider_row(frame, true)] } else { Vec::new() };
    ProvidersPage {
        frame: &at("/office/service-providers", None),
        rows,
        new_href: some.then_some("/office/service-providers/new"),
    }
    .render(frame)
}

fn provider(frame: &Frame<'_>, waits: bool, problem: Option<Said>) -> Result<String, Error> {
    let say = frame.language;
    let url = "https://sagssystemet.eksempel.dk/metadata";
    let page = ProviderPage {
        frame: &at(PROVIDER, None),
        row: provider_row(frame, waits),
        fetching: vec![
            say.about("office-provider-from", "url", url),
            say.about("office-provider-fetched", "at", WHEN),
        ],
        policy: "profile = \"oiosaml3\"\nminimum_level = \"Substantial\"\n".to_owned(),
        waits: waits.then(|| Waits {
            url: url.to_owned(),
            at: WHEN.to_owned(),
            sha256: SHA256.to_owned(),
            changes: vec![
                ("another address for answers".to_owned(), Some("it is on another host".to_owned())),
                ("another name".to_owned(), None),
            ],
        }),
        failures: vec![(WHEN.to_owned(), "it is not SAML 2.0: ask the service to speak SAML 2.0".to_owned())],
        form: Some((PROVIDER, CSRF.to_owned())),
        is_enabled: !waits,
        why: "",
        problem,
    };
    page.render(frame)
}

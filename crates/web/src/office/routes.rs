//! Which page of the office needs what. Everything else follows from this table: the routes, who gets in, what stands at
//! the top of a page, and the tests that try every role at every page.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::routing::{MethodRouter, get};
use portner_domain::role::Action;
use portner_domain::{IdentityId, Moment};
use portner_federation::office::{METADATA_TYPED_BYTES_MAX, Officer};

use super::{
    acts, code, cpr, erhverv, file, health, help, invite, letters, life, log, networks, organisation, people,
    policy, proof, proposals, provider_new, providers, register, rights, roles, second, start, terms, trial,
};
use crate::App;

/// A form with metadata in it, which is larger than it is when it travels: every sign of XML takes three.
const METADATA_FORM_BYTES_MAX: usize = 3 * METADATA_TYPED_BYTES_MAX;

/// Where officers begin.
pub const START: &str = "/office";

/// What somebody needs to use a page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Needs {
    /// Any role.
    AnyRole,
    /// One that may do this.
    To(Action),
    /// One that may do this to the person in the address.
    ToPerson(Action),
}

/// A page of the office.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// Its address; `{person}` is an identity.
    pub path: &'static str,
    /// What reading it needs.
    pub reads: Needs,
    /// What sending its form needs, if it has one.
    pub sends: Option<Needs>,
    handlers: fn() -> MethodRouter<App>,
}

impl Route {
    /// What a request by this method needs; nothing fits if the page does not know the method.
    pub fn needs(&self, method: &Method) -> Option<Needs> {
        match *method {
            Method::GET | Method::HEAD => Some(self.reads),
            Method::POST => self.sends,
            _ => None,
        }
    }
}

const TABLE: &[Route] = &[
    Route { path: START, reads: Needs::AnyRole, sends: None, handlers: || get(start::show) },
    Route { path: PEOPLE, reads: Needs::To(Action::FindPeople), sends: None, handlers: || get(people::list) },
    Route {
        path: EXPORT,
        reads: Needs::To(Action::FindPeople),
        sends: None,
        handlers: || get(people::export),
    },
    Route {
        path: "/office/people/{person}",
        reads: Needs::ToPerson(Action::SeePerson),
        sends: None,
        handlers: || get(people::show),
    },
    act("/office/people/{person}/block", Action::Block, || get(acts::ask_block).post(acts::block)),
    act("/office/people/{person}/unblock", Action::LiftSupportLock, || {
        get(acts::ask_unblock).post(acts::unblock)
    }),
    act("/office/people/{person}/log-out", Action::Block, || get(acts::ask_log_out).post(acts::log_out)),
    act("/office/people/{person}/reopen", Action::Help, || get(acts::ask_reopen).post(acts::reopen)),
    act("/office/people/{person}/caller", Action::Help, || get(help::ask_caller).post(help::caller)),
    act("/office/people/{person}/reset", Action::Help, || get(help::ask_reset).post(help::reset)),
    act("/office/people/{person}/lost", Action::Help, || get(help::ask_lost).post(help::lost)),
    act("/office/people/{person}/device", Action::Help, || get(help::ask_device).post(help::device)),
    act("/office/people/{person}/proof", Action::Proof, || get(proof::ask).post(proof::proof)),
    act("/office/people/{person}/second", Action::Proof, || get(second::ask).post(second::settle)),
    act("/office/people/{person}/code", Action::Proof, || get(code::ask).post(code::hand_out)),
    act("/office/people/{person}/half", Action::Proof, || get(code::ask_half).post(code::show_half)),
    act("/office/people/{person}/name", Action::Proof, || {
        get(acts::ask_confirm_name).post(acts::confirm_name)
    }),
    Route { path: MEETINGS, reads: Needs::To(Action::Proof), sends: None, handlers: || get(second::list) },
    Route {
        path: CPR,
        reads: Needs::To(Action::LookUpCpr),
        sends: Some(Needs::To(Action::LookUpCpr)),
        handlers: || get(cpr::ask).post(cpr::look_up),
    },
    Route {
        path: REGISTER,
        reads: Needs::To(Action::Administer),
        sends: Some(Needs::To(Action::Administer)),
        handlers: || get(register::ask).post(register::register),
    },
    act("/office/people/{person}/change", Action::Administer, || {
        get(register::ask_change).post(register::change)
    }),
    act("/office/people/{person}/stop", Action::Administer, || get(life::ask_stop).post(life::stop)),
    act("/office/people/{person}/lift", Action::Administer, || get(life::ask_lift).post(life::lift)),
    act("/office/people/{person}/permit", Action::Administer, || get(life::ask_permit).post(life::permit)),
    act("/office/people/{person}/withhold", Action::Administer, || {
        get(life::ask_withhold).post(life::withhold)
    }),
    act("/office/people/{person}/validity", Action::Administer, || {
        get(life::ask_validity).post(life::validity)
    }),
    act("/office/people/{person}/end", Action::Administer, || get(life::ask_end).post(life::end)),
    act("/office/people/{person}/resume", Action::Administer, || get(life::ask_resume).post(life::resume)),
    act("/office/people/{person}/erase", Action::Administer, || get(life::ask_erase).post(life::erase)),
    act("/office/people/{person}/invite", Action::Administer, || get(invite::ask).post(invite::invite)),
    Route {
        path: GROUPS,
        reads: Needs::To(Action::ChangeRights),
        sends: None,
        handlers: || get(rights::groups),
    },
    Route {
        path: "/office/people/{person}/rights",
        reads: Needs::ToPerson(Action::ChangeRights),
        sends: None,
        handlers: || get(rights::rights),
    },
    act("/office/people/{person}/join", Action::ChangeRights, || get(rights::ask_join).post(rights::join)),
    act("/office/people/{person}/leave", Action::ChangeRights, || get(rights::ask_leave).post(rights::leave)),
    act("/office/people/{person}/grant", Action::ChangeRights, || get(rights::ask_grant).post(rights::grant)),
    act("/office/people/{person}/withdraw", Action::ChangeRights, || {
        get(rights::ask_withdraw).post(rights::withdraw)
    }),
    Route { path: TERMS, reads: Needs::To(Action::ChangeTerms), sends: None, handlers: || get(terms::list) },
    Route {
        path: NEW_TERMS,
        reads: Needs::To(Action::ChangeTerms),
        sends: Some(Needs::To(Action::ChangeTerms)),
        handlers: || get(terms::ask).post(terms::publish),
    },
    Route {
        path: LETTERS,
        reads: Needs::To(Action::ChangeTerms),
        sends: None,
        handlers: || get(letters::list),
    },
    Route {
        path: "/office/letters/{letter}",
        reads: Needs::To(Action::ChangeTerms),
        sends: Some(Needs::To(Action::ChangeTerms)),
        handlers: || get(letters::ask).post(letters::word),
    },
    Route {
        path: NETWORKS,
        reads: Needs::To(Action::ChangeNetworks),
        sends: None,
        handlers: || get(networks::list),
    },
    Route {
        path: NEW_NETWORK,
        reads: Needs::To(Action::ChangeNetworks),
        sends: Some(Needs::To(Action::ChangeNetworks)),
        handlers: || get(networks::ask).post(networks::add),
    },
    Route {
        path: REMOVE_NETWORK,
        reads: Needs::To(Action::ChangeNetworks),
        sends: Some(Needs::To(Action::ChangeNetworks)),
        handlers: || get(networks::ask_remove).post(networks::remove),
    },
    Route { path: ROLES, reads: Needs::To(Action::SeeRoles), sends: None, handlers: || get(roles::list) },
    Route {
        path: NEW_ROLE,
        reads: Needs::To(Action::ProposeRoles),
        sends: Some(Needs::To(Action::ProposeRoles)),
        handlers: || get(roles::ask).post(roles::propose),
    },
    act("/office/roles/{person}", Action::ProposeRoles, || get(roles::ask_take).post(roles::take)),
    Route {
        path: PROPOSALS,
        reads: Needs::To(Action::SeeProposals),
        sends: Some(Needs::To(Action::SeeProposals)),
        handlers: || get(proposals::list).post(proposals::decide),
    },
    Route {
        path: PROVIDERS,
        reads: Needs::To(Action::SeeServiceProviders),
        sends: None,
        handlers: || get(providers::list),
    },
    Route {
        path: NEW_PROVIDER,
        reads: Needs::To(Action::ChangeServiceProviders),
        sends: Some(Needs::To(Action::ChangeServiceProviders)),
        handlers: || {
            let methods = get(provider_new::ask).post(provider_new::bring);
            methods.layer(DefaultBodyLimit::max(METADATA_FORM_BYTES_MAX))
        },
    },
    Route {
        path: "/office/service-providers/drafts/{draft}",
        reads: Needs::To(Action::SeeServiceProviders),
        sends: None,
        handlers: || get(provider_new::draft),
    },
    Route {
        path: "/office/service-providers/{provider}/policy",
        reads: Needs::To(Action::ChangeServiceProviders),
        sends: Some(Needs::To(Action::ChangeServiceProviders)),
        handlers: || get(policy::ask).post(policy::change),
    },
    Route {
        path: "/office/service-providers/{provider}/test",
        reads: Needs::To(Action::ChangeServiceProviders),
        sends: Some(Needs::To(Action::ChangeServiceProviders)),
        handlers: || get(trial::ask).post(trial::run),
    },
    Route {
        path: "/office/service-providers/{provider}",
        reads: Needs::To(Action::SeeServiceProviders),
        sends: Some(Needs::To(Action::ChangeServiceProviders)),
        handlers: || get(providers::show).post(providers::change),
    },
    Route { path: HEALTH, reads: Needs::To(Action::SeeHealth), sends: None, handlers: || get(health::show) },
    Route {
        path: ERHVERV,
        reads: Needs::To(Action::SeeHealth),
        sends: Some(Needs::To(Action::Administer)),
        handlers: || get(erhverv::show).post(erhverv::change),
    },
    Route {
        path: ERHVERV_PLAN,
        reads: Needs::To(Action::SeeHealth),
        sends: None,
        handlers: || get(erhverv::plan),
    },
    Route {
        path: "/office/people/{person}/mitid-erhverv",
        reads: Needs::ToPerson(Action::SeePerson),
        sends: None,
        handlers: || get(erhverv::person),
    },
    act("/office/people/{person}/tie", Action::Administer, || get(erhverv::ask_tie).post(erhverv::tie)),
    act("/office/people/{person}/untie", Action::Administer, || get(erhverv::ask_untie).post(erhverv::untie)),
    Route {
        path: ORGANISATION,
        reads: Needs::To(Action::SeeHealth),
        sends: None,
        handlers: || get(organisation::show),
    },
    Route { path: LOG, reads: Needs::To(Action::ReadLog), sends: None, handlers: || get(log::show) },
    list_file(LOG_FILE, Action::ReadLog, || get(file::events)),
    list_file(ERHVERV_FILE, Action::SeeHealth, || get(erhverv::file)),
    list_file("/office/rights.csv", Action::ChangeRights, || get(file::rights)),
    list_file("/office/roles.csv", Action::SeeRoles, || get(file::roles)),
    list_file("/office/service-providers.csv", Action::SeeServiceProviders, || get(file::providers)),
    list_file("/office/proposals.csv", Action::SeeProposals, || get(file::proposals)),
    list_file("/office/meetings.csv", Action::Proof, || get(file::meetings)),
];

/// Something done to somebody: a page that says what will happen, and its form.
const fn act(path: &'static str, action: Action, handlers: fn() -> MethodRouter<App>) -> Route {
    Route { path, reads: Needs::ToPerson(action), sends: Some(Needs::ToPerson(action)), handlers }
}

/// A list as a file.
const fn list_file(path: &'static str, action: Action, handlers: fn() -> MethodRouter<App>) -> Route {
    Route { path, reads: Needs::To(action), sends: None, handlers }
}

/// Where people are looked for.
pub const PEOPLE: &str = "/office/people";
/// The same people as a file.
pub const EXPORT: &str = "/office/people.csv";
/// Where a CPR number is looked up.
pub const CPR: &str = "/office/cpr";
/// Where meetings wait for a second registrar.
pub const MEETINGS: &str = "/office/meetings";

/// Where somebody is registered by hand.
pub const REGISTER: &str = "/office/people/new";
/// Where groups are.
pub const GROUPS: &str = "/office/groups";
/// Where the versions of the terms are.
pub const TERMS: &str = "/office/terms";
/// Where another version is written.
pub const NEW_TERMS: &str = "/office/terms/new";
/// What letters say.
pub const LETTERS: &str = "/office/letters";
/// The networks that are known.
pub const NETWORKS: &str = "/office/networks";
/// Where another is named.
pub const NEW_NETWORK: &str = "/office/networks/new";
/// Where one is forgotten.
pub const REMOVE_NETWORK: &str = "/office/networks/remove";
/// Who holds which role.
pub const ROLES: &str = "/office/roles";
/// Where a role is proposed.
pub const NEW_ROLE: &str = "/office/roles/new";
/// What waits for a second person.
pub const PROPOSALS: &str = "/office/proposals";
/// The service providers.
pub const PROVIDERS: &str = "/office/service-providers";
/// Where one is added.
pub const NEW_PROVIDER: &str = "/office/service-providers/new";
/// Where what somebody wrote of one is read.
pub const DRAFTS: &str = "/office/service-providers/drafts";
/// How the installation is.
pub const HEALTH: &str = "/office/health";
/// How it goes with MitID Erhverv.
pub const ERHVERV: &str = "/office/mitid-erhverv";
/// … and what is planned there.
pub const ERHVERV_PLAN: &str = "/office/mitid-erhverv/plan";
/// … and what of it waits for a person, as a file.
pub const ERHVERV_FILE: &str = "/office/mitid-erhverv/decide.csv";
/// The organisation in numbers.
pub const ORGANISATION: &str = "/office/organisation";
/// The log, for whoever audits.
pub const LOG: &str = "/office/log";
/// The same as a file.
pub const LOG_FILE: &str = "/office/log.csv";

/// Every page of the office, for tests and documents.
pub const fn table() -> &'static [Route] {
    TABLE
}

/// The page of this address, as the router writes it.
pub fn of(matched: &str) -> Option<&'static Route> {
    TABLE.iter().find(|route| route.path == matched)
}

/// The routes under `/office`.
pub fn routes() -> Router<App> {
    TABLE.iter().fold(Router::new(), |router, route| router.route(route.path, (route.handlers)()))
}

/// Somebody's page.
pub fn person_path(id: IdentityId) -> String {
    format!("{PEOPLE}/{id}")
}

/// What stands at the top of every page, for an officer who may read it: address and key of the text.
pub fn tabs(officer: &Officer, now: Moment) -> Vec<(&'static str, &'static str)> {
    const TABS: [(&str, &str); 15] = [
        (START, "office-start"),
        (PEOPLE, "office-people"),
        (CPR, "office-cpr"),
        (MEETINGS, "office-meetings"),
        (GROUPS, "office-groups"),
        (PROPOSALS, "office-proposals"),
        (ROLES, "office-roles"),
        (PROVIDERS, "office-providers"),
        (TERMS, "office-terms"),
        (LETTERS, "office-letters"),
        (NETWORKS, "office-networks"),
        (ORGANISATION, "office-organisation"),
        (HEALTH, "office-health"),
        (ERHVERV, "office-sync"),
        (LOG, "office-log"),
    ];
    let may = |path: &str| match of(path).map(|route| route.reads) {
        Some(Needs::AnyRole) => true,
        Some(Needs::To(action)) => officer.mandate.may(action, now).is_ok(),
        Some(Needs::ToPerson(_)) | None => false,
    };
    TABS.into_iter().filter(|(path, _)| may(path)).collect()
}

//! What somebody belongs to and may do, and the groups there are.

use axum::extract::{Query, State};
use axum::response::Response;
use portner_directory::{Listed, ListedGroup, MEMBERS_COUNTED_MAX};
use portner_domain::IdentityId;
use portner_domain::right::{Constraint, Constraints, Group, Holdings, Right, Scope};
use portner_federation::Error;
use portner_federation::office::NotDone;
use serde::Deserialize;
use url::form_urlencoded;

use super::sheet::{Asked, back, fault_of, reason, show};
use super::{Desk, DeskSent, person_path, routes};
use crate::App;
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{
    Fault, GroupRow, GroupsPage, HeldRow, MemberRow, MembersPage, Options, RightsPage, Said, Sheet, Typed,
};
use crate::text::Language;

/// Groups, and members, on one page of a list.
const ROWS: u32 = 50;
/// People offered to be put in; whoever finds more types more.
const OFFERED: u32 = 10;

/// Which group, what is looked for, and after what the list goes on.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    group: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    add: String,
    #[serde(default)]
    after: String,
}

/// What the form begins with.
#[derive(Debug, Deserialize)]
pub struct Which {
    #[serde(default)]
    group: String,
    #[serde(default)]
    right: String,
}

/// The groups, or who belongs to one.
pub async fn groups(State(app): State<App>, Query(wanted): Query<Wanted>, desk: Desk) -> Response {
    match wanted.group.parse() {
        Ok(group) => members_page(&app, &desk, &group, &wanted).await,
        Err(_) => groups_page(&app, &desk, &wanted).await,
    }
}

async fn groups_page(app: &App, desk: &Desk, wanted: &Wanted) -> Response {
    let frame = match desk.frame(app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let after: Option<Group> = wanted.after.parse().ok();
    let found =
        async { app.0.federation.find_groups(desk.warrant()?, &wanted.q, after.as_ref(), ROWS).await };
    let found = match found.await {
        Ok(found) => found,
        Err(error) => return failed(app, &desk.incoming, &error),
    };
    let say = desk.incoming.language;
    let next = |after: &Group| address(routes::GROUPS, &[("q", &wanted.q), ("after", after.as_str())]);
    let page = GroupsPage {
        frame: &frame,
        action: routes::GROUPS,
        sought: &wanted.q,
        rows: found.rows.iter().map(|row| group_row(say, row)).collect(),
        next_href: found.next.as_ref().map(next),
        is_first: after.is_none(),
    };
    rendered(app, &desk.incoming, 200, |frame| page.render(frame))
}

fn group_row(say: Language, row: &ListedGroup) -> GroupRow {
    let members = if row.members > MEMBERS_COUNTED_MAX {
        say.text_with("groups-more-than", &[("count", MEMBERS_COUNTED_MAX.into())])
    } else {
        row.members.to_string()
    };
    GroupRow { href: group_path(&row.group), name: row.group.as_str().to_owned(), members }
}

async fn members_page(app: &App, desk: &Desk, group: &Group, wanted: &Wanted) -> Response {
    let frame = match desk.frame(app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let after: Option<IdentityId> = wanted.after.parse().ok();
    let found = async {
        let (federation, warrant) = (&app.0.federation, desk.warrant()?);
        let members = federation.find_members(warrant, (Some(group), &wanted.q), after, ROWS).await?;
        let offered = if wanted.add.trim().is_empty() {
            Vec::new()
        } else {
            federation.find_members(warrant, (None, &wanted.add), None, OFFERED).await?.rows
        };
        Ok::<_, Error>((members, offered))
    };
    let (members, offered) = match found.await {
        Ok(found) => found,
        Err(error) => return failed(app, &desk.incoming, &error),
    };
    let name = group.as_str();
    let next = |after: IdentityId| {
        address(routes::GROUPS, &[("group", name), ("q", &wanted.q), ("after", &after.to_string())])
    };
    let page = MembersPage {
        frame: &frame,
        group: name,
        action: routes::GROUPS,
        sought: &wanted.q,
        rows: members.rows.iter().map(|row| member_row(row, "leave", group)).collect(),
        adding: &wanted.add,
        found: offered.iter().map(|row| member_row(row, "join", group)).collect(),
        next_href: members.next.map(next),
        first_href: after.map(|_| group_path(group)),
    };
    rendered(app, &desk.incoming, 200, |frame| page.render(frame))
}

fn member_row(row: &Listed, act: &str, group: &Group) -> MemberRow {
    let person = person_path(row.id);
    MemberRow {
        href: format!("{person}/rights"),
        name: row.name.clone(),
        user_name: row.user_name.to_string(),
        unit: row.unit.as_ref().map(ToString::to_string),
        act_href: address(&format!("{person}/{act}"), &[("group", group.as_str())]),
    }
}

fn group_path(group: &Group) -> String {
    address(routes::GROUPS, &[("group", group.as_str())])
}

fn address(path: &str, query: &[(&str, &str)]) -> String {
    format!("{path}?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish())
}

/// What somebody belongs to and may do.
pub async fn rights(State(app): State<App>, desk: Desk) -> Response {
    let (frame, card) = match desk.framed(&app).await {
        Ok(framed) => framed,
        Err(response) => return response,
    };
    let held = match holdings(&app, &desk).await {
        Ok(held) => held,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    let person = person_path(card.identity.id);
    let group = |group: &Group| HeldRow {
        what: group.as_str().to_owned(),
        href: Some(group_path(group)),
        take_href: address(&format!("{person}/leave"), &[("group", group.as_str())]),
    };
    let right = |right: &Right| HeldRow {
        what: in_words(desk.incoming.language, right),
        href: None,
        take_href: address(&format!("{person}/withdraw"), &[("right", &right.to_string())]),
    };
    let page = RightsPage {
        frame: &frame,
        name: &card.about.known_as.clone().unwrap_or_else(|| card.identity.full_name()),
        groups: held.groups.iter().map(group).collect(),
        rights: held.rights.iter().map(right).collect(),
        join_href: &format!("{person}/join"),
        grant_href: &format!("{person}/grant"),
        back_href: &person,
    };
    rendered(&app, &desk.incoming, 200, |frame| page.render(frame))
}

/// Into which group?
pub async fn ask_join(State(app): State<App>, Query(which): Query<Which>, desk: Desk) -> Response {
    ask(&app, &desk, Sheet::Join, Typed::of([("group", &which.group)]), Vec::new()).await
}

/// Into this one.
pub async fn join(State(app): State<App>, sent: DeskSent<Typed>) -> Response {
    let DeskSent { desk, form } = sent;
    let mut faults = Vec::new();
    let group: Option<Group> = form.get("group").parse().ok();
    if group.is_none() {
        faults.push(Fault::at("group", "sheet-problem-group"));
    }
    let why = reason(&form, &mut faults);
    let (Some(group), true) = (group, faults.is_empty()) else {
        return ask(&app, &desk, Sheet::Join, form, faults).await;
    };
    let done =
        async { app.0.federation.join_group(desk.warrant()?, (&group, &why), &desk.incoming.visit).await };
    settle(&app, &desk, (Sheet::Join, form), (done.await, Said::GroupJoined)).await
}

/// Out of which group?
pub async fn ask_leave(State(app): State<App>, Query(which): Query<Which>, desk: Desk) -> Response {
    ask(&app, &desk, Sheet::Leave, Typed::of([("member-of", &which.group)]), Vec::new()).await
}

/// Out of this one.
pub async fn leave(State(app): State<App>, sent: DeskSent<Typed>) -> Response {
    let DeskSent { desk, form } = sent;
    let mut faults = Vec::new();
    let group: Option<Group> = form.get("member-of").parse().ok();
    if group.is_none() {
        faults.push(Fault::at("member-of", "sheet-problem-member-of"));
    }
    let why = reason(&form, &mut faults);
    let (Some(group), true) = (group, faults.is_empty()) else {
        return ask(&app, &desk, Sheet::Leave, form, faults).await;
    };
    let done =
        async { app.0.federation.leave_group(desk.warrant()?, (&group, &why), &desk.incoming.visit).await };
    settle(&app, &desk, (Sheet::Leave, form), (done.await, Said::GroupLeft)).await
}

/// Which right?
pub async fn ask_grant(State(app): State<App>, desk: Desk) -> Response {
    let typed = Typed::of([("scope", "cvr"), ("number", app.0.cvr.as_str())]);
    ask(&app, &desk, Sheet::Grant, typed, Vec::new()).await
}

/// This one.
pub async fn grant(State(app): State<App>, sent: DeskSent<Typed>) -> Response {
    let DeskSent { desk, form } = sent;
    let mut faults = Vec::new();
    let right = right_typed(&form, &mut faults);
    let why = reason(&form, &mut faults);
    let (Some(right), true) = (right, faults.is_empty()) else {
        return ask(&app, &desk, Sheet::Grant, form, faults).await;
    };
    let done =
        async { app.0.federation.give_right(desk.warrant()?, (&right, &why), &desk.incoming.visit).await };
    settle(&app, &desk, (Sheet::Grant, form), (done.await, Said::RightGranted)).await
}

fn right_typed(typed: &Typed, faults: &mut Vec<Fault>) -> Option<Right> {
    let privilege = typed.get("privilege").trim().parse().ok();
    if privilege.is_none() {
        faults.push(Fault::at("privilege", "sheet-problem-privilege"));
    }
    let number: String = typed.get("number").chars().filter(|c| !c.is_whitespace()).collect();
    let scope: Option<Scope> = format!("{}:{number}", typed.get("scope")).parse().ok();
    if scope.is_none() {
        faults.push(Fault::at("number", "sheet-problem-scope"));
    }
    let lines = typed.get("constraints").lines().map(str::trim).filter(|line| !line.is_empty());
    let constraints: Result<Vec<Constraint>, _> = lines.map(str::parse).collect();
    let constraints = constraints.ok().and_then(|all| Constraints::try_from(all).ok());
    if constraints.is_none() {
        faults.push(Fault::at("constraints", "sheet-problem-constraints"));
    }
    Some(Right { privilege: privilege?, scope: scope?, constraints: constraints? })
}

/// A right as people read it.
fn in_words(say: Language, right: &Right) -> String {
    let scope = match &right.scope {
        Scope::Cvr(_) => "scope-cvr",
        Scope::ProductionUnit(_) => "scope-production-unit",
        Scope::SeNumber(_) => "scope-se-number",
    };
    let scope = format!("{} {}", say.text(scope), right.scope.digits());
    let mut arguments = vec![("privilege", right.privilege.as_str().into()), ("scope", scope.into())];
    if right.constraints.is_empty() {
        return say.text_with("rights-right", &arguments);
    }
    let constraints: Vec<String> = right.constraints.iter().map(ToString::to_string).collect();
    arguments.push(("constraints", constraints.join(", ").into()));
    say.text_with("rights-right-within", &arguments)
}

/// Take away which right?
pub async fn ask_withdraw(State(app): State<App>, Query(which): Query<Which>, desk: Desk) -> Response {
    ask(&app, &desk, Sheet::Withdraw, Typed::of([("right", &which.right)]), Vec::new()).await
}

/// This one.
pub async fn withdraw(State(app): State<App>, sent: DeskSent<Typed>) -> Response {
    let DeskSent { desk, form } = sent;
    let held = match holdings(&app, &desk).await {
        Ok(held) => held,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    let mut faults = Vec::new();
    let right = held.rights.into_iter().find(|right| right.to_string() == form.get("right"));
    if right.is_none() {
        faults.push(Fault::at("right", "sheet-problem-right"));
    }
    let why = reason(&form, &mut faults);
    let (Some(right), true) = (right, faults.is_empty()) else {
        return ask(&app, &desk, Sheet::Withdraw, form, faults).await;
    };
    let done =
        async { app.0.federation.take_right(desk.warrant()?, (&right, &why), &desk.incoming.visit).await };
    settle(&app, &desk, (Sheet::Withdraw, form), (done.await, Said::RightWithdrawn)).await
}

async fn settle(
    app: &App,
    desk: &Desk,
    (sheet, form): (Sheet, Typed),
    (done, said): (Result<Result<(), NotDone>, Error>, Said),
) -> Response {
    match (done, desk.card()) {
        (Ok(Ok(())), Ok(card)) => {
            desk.answer(app, &back(sheet, Some(person_path(card.identity.id))), said).await
        }
        (Ok(Err(not)), _) => ask(app, desk, sheet, form, vec![fault_of(not)]).await,
        (Err(error), _) | (_, Err(error)) => failed(app, &desk.incoming, &error),
    }
}

async fn ask(app: &App, desk: &Desk, sheet: Sheet, typed: Typed, faults: Vec<Fault>) -> Response {
    let held = match holdings(app, desk).await {
        Ok(held) => held,
        Err(error) => return failed(app, &desk.incoming, &error),
    };
    let say = desk.incoming.language;
    let groups = held.groups.iter().map(|group| group.as_str().to_owned());
    let rights = held.rights.iter().map(|right| (right.to_string(), in_words(say, right)));
    let scopes = ["cvr", "production-unit", "se-number"];
    let options: Vec<Options> = vec![
        ("member-of", groups.map(|group| (group.clone(), group)).collect()),
        ("right", rights.collect()),
        ("scope", scopes.map(|it| (it.to_owned(), say.text(&format!("scope-{it}")))).to_vec()),
    ];
    show(app, desk, Asked { options, ..Asked::new(sheet, &typed).wrong(faults) }).await
}

async fn holdings(app: &App, desk: &Desk) -> Result<Holdings, Error> {
    app.0.federation.holdings(desk.warrant()?).await
}

//! One identity: what is planned for it, case by case.

use portner_domain::{Level, Millis, Moment};

use super::world::{cpr, employee, right, role, rules, tied, user};
use crate::plan::{
    Around, Bond, Desired, Finding, IdentityPlan, Lack, Model, Observed, Other, Right, Rules, Seen, State,
    Step, Turn, Version, Vouched, Wanted, bodies, needs_others, plan,
};
use crate::wire::{Asked, Doubt, Quirks, ScopeKind};

fn steps(plan: &IdentityPlan) -> Vec<Step> {
    plan.steps.iter().map(|planned| planned.step.clone()).collect()
}

fn of(user: &Desired, own: &Observed) -> IdentityPlan {
    plan(user, Around { own: Some(own), others: &[] }, &rules())
}

fn among(user: &Desired, others: &[(&Observed, bool)]) -> IdentityPlan {
    let others: Vec<_> = others
        .iter()
        .map(|(found, is_claimed)| Other { found: (*found).clone(), is_claimed: *is_claimed })
        .collect();
    plan(user, Around { own: None, others: &others }, &rules())
}

/// One was asked for, before the last reading, and nobody heard the answer.
fn unsure(user: &Desired) -> Bond {
    Bond::about_to_create(user, Version(0), &rules().quirks, Moment(0))
}

fn suspended_by_us(user: &mut Desired, own: &mut Observed) {
    own.state = State::Suspended;
    if let Bond::With { agreed, .. } = &mut user.bond {
        agreed.state = Some(Wanted::Suspended);
    }
}

#[track_caller]
fn check(plan: &IdentityPlan, wanted: &[Step], findings: &[Finding]) {
    assert_eq!((steps(plan).as_slice(), plan.findings.as_slice()), (wanted, findings));
}

#[test]
fn what_is_the_same_on_both_sides_is_left_alone() {
    let (mut user, own) = tied(user(1));
    assert!(of(&user, &own).is_empty());
    user.subject_name_id = Some("U00001@12345678".to_owned());
    user.person.email = Some("  U1@EXAMPLE.dk".to_owned());
    assert!(of(&user, &own).is_empty(), "case and blanks make no difference");
}

#[test]
fn a_new_user_is_made_and_gets_what_is_theirs() {
    let mut new = user(1);
    new.may.sign = true;
    new.rights = Some([right(1), right(9)].into());
    let wanted = [Step::Create, Step::AllowSigning { allowed: true }, Step::GiveRight { right: right(1) }];
    check(&among(&new, &[]), &wanted, &[Finding::RoleNotInCatalogue { right: right(9) }]);
    for wanted in [Wanted::Suspended, Wanted::Gone] {
        new.wanted = wanted;
        assert!(among(&new, &[]).is_empty(), "nobody is made to be stopped");
    }
}

#[test]
fn nobody_is_made_of_whom_something_is_missing() {
    let lacks = |what: Lack, change: fn(&mut Desired)| {
        let mut new = user(1);
        change(&mut new);
        check(&among(&new, &[]), &[], &[Finding::Lacks { what }]);
    };
    lacks(Lack::GivenName, |it| it.person.given_name = "  ".to_owned());
    lacks(Lack::Surname, |it| it.person.surname = String::new());
    lacks(Lack::Email, |it| it.person.email = None);
    lacks(Lack::Cpr, |it| it.person.cpr = None);
    lacks(Lack::OwnCpr, |it| it.person.cpr = "6101701234".parse().ok());
    lacks(Lack::SubjectNameId, |it| it.subject_name_id = Some(" ".to_owned()));
    lacks(Lack::SubjectNameId, |it| it.subject_name_id = Some("x".repeat(256)));
}

#[test]
fn who_may_not_be_used_is_suspended_and_nothing_else_happens() {
    let (mut user, mut own) = tied(user(1));
    user.wanted = Wanted::Suspended;
    user.person.surname = "Hansen".to_owned();
    user.rights = Some([right(1)].into());
    for state in [State::Pending, State::Active] {
        own.state = state;
        let plan = of(&user, &own);
        check(&plan, &[Step::Suspend], &[]);
        assert!(plan.loses() && plan.turn() == Turn::Suspend);
    }
    for state in [State::Suspended, State::Draft] {
        own.state = state;
        assert!(of(&user, &own).is_empty());
    }
    suspended_by_us(&mut user, &mut own);
    own.state = State::Active;
    check(&of(&user, &own), &[Step::Suspend], &[Finding::ReactivatedThere]);
}

#[test]
fn who_has_ended_is_deleted_from_every_state() {
    let (mut user, mut own) = tied(user(1));
    user.wanted = Wanted::Gone;
    for state in [State::Draft, State::Pending, State::Active, State::Suspended] {
        own.state = state;
        let plan = of(&user, &own);
        check(&plan, &[Step::Delete], &[]);
        assert!(plan.loses() && plan.turn() == Turn::Delete);
    }
    own.state = State::Gone;
    check(&of(&user, &own), &[Step::Forget], &[]);
}

#[test]
fn who_comes_back_is_cleaned_up_before_the_suspension_is_lifted() {
    let mut before = user(1);
    before.may.sign = true;
    before.may.use_private_mitid = true;
    before.rights = Some([right(1)].into());
    let (mut user, mut own) = tied(before);
    suspended_by_us(&mut user, &mut own);
    let authenticator = own.authenticators.as_ref().unwrap().private_mitid.unwrap().authenticator.unwrap();
    user.may.sign = false;
    user.may.use_private_mitid = false;
    user.person.surname = "Hansen".to_owned();
    user.subject_name_id = Some("new@12345678".to_owned());
    user.rights = Some([right(2)].into());
    let wanted = [
        Step::TakeRight { right: right(1) },
        Step::RevokePrivateMitId { authenticator },
        Step::AllowSigning { allowed: false },
        Step::ChangeProfile,
        Step::SetLocalName,
        Step::Reactivate,
        Step::GiveRight { right: right(2) },
    ];
    check(&of(&user, &own), &wanted, &[]);
    let mut rules = rules();
    rules.quirks.doubts = [Doubt::RightsSuspended, Doubt::ChangeSuspended].into();
    let careful = steps(&plan(&user, Around { own: Some(&own), others: &[] }, &rules));
    let [revoke, signing, name, reactivate] = [1, 2, 4, 5].map(|at| wanted[at].clone());
    let [take, change, give] = [0, 3, 6].map(|at| wanted[at].clone());
    assert_eq!(careful, [revoke, signing, name, reactivate, take, change, give], "what is doubted waits");
}

#[test]
fn who_is_gone_when_they_come_back_is_made_anew() {
    let (mut user, mut own) = tied(user(1));
    suspended_by_us(&mut user, &mut own);
    own.state = State::Gone;
    check(&of(&user, &own), &[Step::Forget, Step::Create], &[]);
}

#[test]
fn what_was_changed_there_is_told_and_left() {
    let told = |finding: Finding, change: fn(&mut Observed)| {
        let mut before = user(1);
        before.may.sign = true;
        before.rights = Some([right(1)].into());
        let (user, mut own) = tied(before);
        change(&mut own);
        check(&of(&user, &own), &[], &[finding]);
    };
    told(Finding::SuspendedThere, |it| it.state = State::Suspended);
    told(Finding::DeletedThere, |it| it.state = State::Gone);
    told(Finding::UnknownState { state: "Archived".to_owned() }, |it| {
        it.state = State::Unknown("Archived".to_owned())
    });
    told(Finding::RenamedThere, |it| it.surname = Some("Hansen".to_owned()));
    told(Finding::EmailChangedThere, |it| it.email = Some("x@example.dk".to_owned()));
    told(Finding::CprChangedThere, |it| it.cpr = Some(cpr(2)));
    told(Finding::LocalNameChangedThere, |it| it.authenticators.as_mut().unwrap().local = None);
    told(Finding::SigningChangedThere, |it| it.may_sign = Some(false));
    told(Finding::PseudonymIsFixed, |it| it.is_pseudonymous = Some(true));
    told(Finding::RightTakenThere { right: right(1) }, |it| it.rights = Some([].into()));
    told(Finding::RightGivenThere { right: right(2) }, |it| {
        it.rights.as_mut().unwrap().insert(right(2));
    });
    told(Finding::PrivateMitIdChangedThere, |it| {
        it.authenticators.as_mut().unwrap().private_mitid = Some(super::world::World::default().private());
    });
}

#[test]
fn what_was_not_read_is_not_touched() {
    let mut before = user(1);
    before.rights = Some([right(1)].into());
    let (user, mut own) = tied(before);
    (own.authenticators, own.may_sign, own.rights) = (None, None, None);
    (own.email, own.surname, own.cpr, own.is_pseudonymous) = (None, None, None, None);
    assert!(of(&user, &own).is_empty());
    let not_listed = plan(&user, Around { own: None, others: &[] }, &rules());
    check(&not_listed, &[], &[Finding::NotListed]);
    assert_eq!(not_listed.seen, Seen::NotListed);
}

#[test]
fn a_change_of_name_and_e_mail_is_one_call_and_of_e_mail_alone_another() {
    let (mut user, own) = tied(user(1));
    user.person.email = Some("new@example.dk".to_owned());
    check(&of(&user, &own), &[Step::ChangeEmail], &[]);
    user.person.surname = "Hansen".to_owned();
    check(&of(&user, &own), &[Step::ChangeProfile], &[]);
}

#[test]
fn a_name_that_somebody_else_has_is_not_asked_for() {
    let (mut renamed, own) = tied(user(1));
    let (_, mut holder) = tied(user(2));
    holder.employee = employee(7);
    renamed.subject_name_id = Some("U00002@12345678".to_owned());
    let beside = |holder: &Observed| {
        let others = [Other { found: holder.clone(), is_claimed: false }];
        plan(&renamed, Around { own: Some(&own), others: &others }, &rules())
    };
    assert!(needs_others(&renamed, Some(&own)));
    for state in [State::Active, State::Suspended] {
        holder.state = state;
        check(&beside(&holder), &[], &[Finding::NameTaken { by: employee(7) }]);
    }
    holder.state = State::Gone;
    check(&beside(&holder), &[Step::SetLocalName], &[]);
}

#[test]
fn another_cpr_number_is_another_identity() {
    let mut before = user(1);
    before.rights = Some([right(1)].into());
    let (mut user, mut own) = tied(before);
    user.person.cpr = Some(cpr(2));
    let wanted = [Step::Delete, Step::Create, Step::GiveRight { right: right(1) }];
    check(&of(&user, &own), &wanted, &[]);
    user.person.email = None;
    check(&of(&user, &own), &[], &[Finding::Lacks { what: Lack::Email }]);
    own.state = State::Suspended;
    check(&of(&user, &own), &[], &[Finding::SuspendedThere]);
    let mut rules = rules();
    rules.quirks.doubts = [Doubt::DeletePending].into();
    (own.state, user.person.email) = (State::Pending, Some("x@example.dk".to_owned()));
    let held = plan(&user, Around { own: Some(&own), others: &[] }, &rules);
    let finding = Finding::NotInThisState { step: Step::Delete, state: State::Pending };
    check(&held, &[], &[finding]);
}

#[test]
fn an_imported_identity_is_described_before_it_is_taken_into_use() {
    let (mut user, mut own) = tied(user(1));
    own.state = State::Draft;
    (own.cpr, own.surname) = (None, Some("J.".to_owned()));
    own.authenticators = Some(Default::default());
    if let Bond::With { agreed, .. } = &mut user.bond {
        **agreed = Default::default();
    }
    check(&of(&user, &own), &[Step::DescribeDraft, Step::OrderActivation, Step::SetLocalName], &[]);
}

#[test]
fn rights_are_taken_before_others_are_given_and_unknown_ones_are_left_alone() {
    let mut before = user(1);
    before.rights = Some([right(0), right(1), right(9)].into());
    let (mut user, mut own) = tied(before);
    let region: Right = serde_json::from_value::<Vec<crate::wire::HeldRole>>(
        serde_json::json!([{ "uuid": role(2), "scope": { "type": "Region", "value": "1" } }]),
    )
    .map(|held| Right { role: held[0].uuid, scope: held[0].scope.clone() })
    .unwrap();
    own.rights.as_mut().unwrap().insert(region.clone());
    user.rights = Some([right(1), right(3)].into());
    let wanted = [Step::TakeRight { right: right(0) }, Step::GiveRight { right: right(3) }];
    let told = [Finding::RoleNotInCatalogue { right: right(9) }, Finding::RightGivenThere { right: region }];
    let plan_ = of(&user, &own);
    assert_eq!(steps(&plan_), wanted);
    assert!(plan_.findings.len() == 2 && told.iter().all(|it| plan_.findings.contains(it)), "{plan_:?}");
    let unread = Rules { catalogue: [].into(), ..rules() };
    assert!(
        plan(&user, Around { own: Some(&own), others: &[] }, &unread).is_empty(),
        "no catalogue, no rights"
    );
    user.rights = None;
    assert!(of(&user, &own).is_empty(), "rights are kept elsewhere");
}

#[test]
fn a_level_that_is_vouched_for_no_more_is_taken_back() {
    let mut high = user(1);
    high.model = Model::Full { level: Level::High, qualified: false };
    let (mut user, own) = tied(high);
    assert!(of(&user, &own).is_empty());
    user.model = Model::Full { level: Level::Substantial, qualified: false };
    check(&of(&user, &own), &[Step::ChangeProfile], &[]);
    let said = |user: &Desired| bodies::profile(user, &Quirks::default()).unwrap().registered_ial;
    assert_eq!(said(&user), Some(Level::Substantial));
    user.model = Model::LightWithLocalIdp;
    assert!(steps(&of(&user, &own)).contains(&Step::ChangeProfile));
    assert_eq!(said(&user), Some(Level::Low), "what is left out would stay");
}

#[test]
fn a_list_that_was_asked_for_too_soon_does_not_show_that_nobody_was_made() {
    let mut user = user(1);
    let asked_at = Moment(1_000);
    user.bond = Bond::about_to_create(&user, Version(0), &rules().quirks, asked_at);
    let after = |millis: u64| {
        let listed_at = Some(asked_at.plus(Millis(millis)));
        let rules = Rules { reading: Version(7), listed_at, made_within: Millis::minutes(5), ..rules() };
        plan(&user, Around { own: None, others: &[] }, &rules)
    };
    check(&after(0), &[], &[Finding::Unclear]);
    check(&after(299_999), &[], &[Finding::Unclear]);
    assert!(steps(&after(300_000)).contains(&Step::Create));
}

#[test]
fn what_is_vouched_for_from_now_on_is_said_of_profiles_that_are_ours() {
    let mut light = user(1);
    light.model = Model::LightWithLocalIdp;
    let (mut user, own) = tied(light);
    let of_others = user.clone();
    let Bond::With { agreed, .. } = &mut user.bond else { panic!("{user:?}") };
    agreed.vouched = Some(Vouched { up_to: None });
    assert!(of(&user, &own).is_empty());
    user.model = Model::Full { level: Level::Substantial, qualified: false };
    let planned = of(&user, &own);
    assert!(steps(&planned).contains(&Step::ChangeProfile), "{planned:?}");
    let mut taken_over = of_others;
    let Bond::With { agreed, .. } = &mut taken_over.bond else { panic!("{taken_over:?}") };
    agreed.vouched = None;
    taken_over.model = user.model;
    assert!(!steps(&of(&taken_over, &own)).contains(&Step::ChangeProfile), "MitID vouched for them");
}

#[test]
fn a_right_is_given_where_the_organisation_is_and_nowhere_else() {
    let at = |text: &str| {
        let scope = &text.parse::<portner_domain::right::Scope>().unwrap();
        Right { role: role(1), scope: scope.into() }
    };
    let (here, elsewhere, tax) =
        (at("production-unit:1000000001"), at("production-unit:1999999999"), at("se-number:90000001"));
    let foreign = at("cvr:87654321");
    let mut new = user(1);
    new.rights = Some([here.clone(), elsewhere.clone(), tax.clone(), foreign.clone()].into());
    let mut rules = rules();
    rules.places.put(ScopeKind::Cvr, "12345678".to_owned());
    rules.places.put(ScopeKind::ProductionUnit, "1000000001".to_owned());
    let planned = plan(&new, Around { own: None, others: &[] }, &rules);
    let give = |right: &Right| Step::GiveRight { right: right.clone() };
    // No tax number was read: what is said here is believed.
    assert_eq!(steps(&planned), [Step::Create, give(&here), give(&tax)]);
    let no = |right: Right| Finding::NotOurPlace { right };
    assert_eq!(planned.findings, [no(foreign), no(elsewhere)]);
}

#[test]
fn one_that_has_the_name_and_the_number_is_taken_and_no_other_made() {
    let (_, mut own) = tied(user(1));
    let mut new = user(1);
    let adopt = Step::Adopt { employee: own.employee };
    check(&among(&new, &[(&own, false)]), std::slice::from_ref(&adopt), &[]);
    own.state = State::Suspended;
    let left = [Finding::SuspendedThere];
    check(&among(&new, &[(&own, false)]), std::slice::from_ref(&adopt), &left);
    check(&among(&new, &[(&own, true)]), &[], &[Finding::NameTaken { by: own.employee }]);
    own.cpr = Some(cpr(2));
    check(&among(&new, &[(&own, false)]), &[], &[Finding::NameTaken { by: own.employee }]);
    own.cpr = None;
    check(&among(&new, &[(&own, false)]), &[], &[Finding::NameTaken { by: own.employee }]);
    own.state = State::Gone;
    check(&among(&new, &[(&own, false)]), &[Step::Create], &[]);
    (own.cpr, own.state) = (Some(cpr(1)), State::Active);
    for (wanted, then) in [(Wanted::Suspended, Step::Suspend), (Wanted::Gone, Step::Delete)] {
        new.wanted = wanted;
        new.bond = unsure(&new);
        check(&among(&new, &[(&own, false)]), &[adopt.clone(), then.clone()], &[]);
        new.bond = Bond::None;
        match wanted {
            Wanted::Gone => {
                assert!(among(&new, &[(&own, false)]).is_empty(), "never asked for, never deleted")
            }
            _ => check(&among(&new, &[(&own, false)]), &[adopt.clone(), then], &[]),
        }
    }
}

#[test]
fn an_answer_that_was_lost_is_looked_for_by_what_was_asked() {
    let (_, own) = tied(user(1));
    let mut asked = user(1);
    asked.bond = unsure(&asked);
    asked.person.surname = "Hansen".to_owned();
    asked.subject_name_id = Some("new@12345678".to_owned());
    let wanted = [Step::Adopt { employee: own.employee }, Step::ChangeProfile, Step::SetLocalName];
    check(&among(&asked, &[(&own, false)]), &wanted, &[]);
    check(&among(&asked, &[]), &[Step::Create], &[]);
    asked.bond = Bond::about_to_create(&user(1), Version(1), &rules().quirks, Moment(0));
    check(&among(&asked, &[]), &[], &[Finding::Unclear]);
    let mut stopped = own;
    stopped.state = State::Suspended;
    asked = user(1);
    asked.bond = unsure(&asked);
    let adopt = Step::Adopt { employee: stopped.employee };
    check(&among(&asked, &[(&stopped, false)]), &[adopt], &[Finding::SuspendedThere]);
}

#[test]
fn one_without_a_name_is_taken_if_it_is_the_only_one() {
    let (_, mut own) = tied(user(1));
    own.authenticators = Some(Default::default());
    let new = user(1);
    let wanted = [Step::Adopt { employee: own.employee }, Step::SetLocalName];
    check(&among(&new, &[(&own, false)]), &wanted, &[]);
    let mut second = own.clone();
    second.employee = employee(7);
    let both = Finding::Candidates { employees: vec![own.employee, employee(7)] };
    check(&among(&new, &[(&own, false), (&second, false)]), &[], &[both]);
    own.authenticators = None;
    let unread = Finding::Candidates { employees: vec![own.employee] };
    check(&among(&new, &[(&own, false)]), &[], &[unread]);
    own.email = Some("other@example.dk".to_owned());
    check(&among(&new, &[(&own, false)]), &[Step::Create], &[]);
}

#[test]
fn a_light_user_logs_in_elsewhere_and_a_look_alike_is_for_a_person_to_choose() {
    let mut light = user(1);
    light.model = Model::Light;
    check(&among(&light, &[]), &[Step::Create], &[]);
    let body = bodies::create(&light, &rules().quirks).unwrap();
    assert_eq!(body.identity_authenticators.authenticator_types, [Asked::PrivateNemIdMitId]);
    assert!(
        body.identity_authenticators.subject_name_id.is_none()
            && body.identity_profile.registered_ial.is_none()
    );
    let (_, own) = tied(light.clone());
    let look_alike = Finding::Candidates { employees: vec![own.employee] };
    check(&among(&light, &[(&own, false)]), &[], &[look_alike]);
    light.bond = unsure(&light);
    check(&among(&light, &[(&own, false)]), &[Step::Adopt { employee: own.employee }], &[]);
    light.model = Model::LightWithLocalIdp;
    let both = bodies::create(&light, &rules().quirks).unwrap().identity_authenticators;
    assert_eq!(both.authenticator_types, [Asked::LocalIdentityProvider, Asked::PrivateNemIdMitId]);
    assert_eq!(both.subject_name_id.as_deref(), Some("u00001@12345678"));
}

#[test]
fn only_an_assessed_organisation_vouches_for_certificates() {
    let mut signer = user(1);
    for (qualified, sign, vouched) in [(false, true, false), (true, false, false), (true, true, true)] {
        signer.model = Model::Full { level: portner_domain::Level::Substantial, qualified };
        signer.may.sign = sign;
        let profile = bodies::create(&signer, &rules().quirks).unwrap().identity_profile;
        assert_eq!(profile.allow_qualified_certificate_issuance, vouched);
    }
}

#[test]
fn a_plan_is_read_by_people_and_by_programs_and_has_nobodys_name_in_it() {
    let mut new = user(1);
    new.rights = Some([right(1), right(9)].into());
    let plan = among(&new, &[]);
    assert_eq!(plan.steps[0].to_string(), "create it: there is none yet");
    let json = serde_json::to_value(&plan).unwrap();
    assert_eq!(json["steps"][0]["do"], "create");
    assert_eq!(json["steps"][0]["why"], "is-new");
    assert_eq!(json["steps"][0]["words"], "create it: there is none yet");
    assert_eq!(json["steps"][1]["right"]["scope"]["type"], "Cvr");
    assert_eq!(json["findings"][0]["found"], "role-not-in-catalogue");
    assert_eq!(json["seen"]["seen"], "unbound");
    for personal in ["Jensen", "Anders", "example.dk", "010170", "u00001"] {
        assert!(!json.to_string().contains(personal), "{json}");
    }
}

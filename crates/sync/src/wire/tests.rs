//! The JSON of the IdM API, to the letter where we write it and in any shape where we read it.

use portner_domain::Level;
use portner_domain::right;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, from_value, json, to_value};

use super::{
    Activate, AllowSigning, Asked, Authenticating, AuthenticatorKind, Authenticators, Catalogue, Changed,
    Create, Created, Employee, Employees, HeldRole, Items, NewProfile, NonSensitive, ProductionUnit, Profile,
    RegisteredAt, RequestCredentials, RoleChange, Scope, ScopeKind, SeNumber, Search, Status, Token,
};

const UUID: &str = "8f1f4a0e-6d3a-4a9e-8d47-2a3b7a1d9c55";

fn writes(body: &impl Serialize, wanted: Value) {
    assert_eq!(to_value(body).unwrap(), wanted);
}

fn reads<T: DeserializeOwned>(answer: Value) -> T {
    from_value(answer.clone()).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

fn create() -> Create {
    Create {
        identity_profile: NewProfile {
            status: Status::Pending,
            registered_ial: Some(Level::Substantial),
            target_ial: Level::Substantial,
            given_name: "Anders Bo".to_owned(),
            surname: "Jensen".to_owned(),
            email_address: "abj@kommune.dk".to_owned(),
            cpr_number: "010170-1234".parse().unwrap(),
            rid: None,
            pseudonym: false,
            allow_qualified_certificate_issuance: false,
        },
        identity_organization_profile: RegisteredAt { invoice_method_uuid: None },
        identity_authenticators: Authenticating {
            authenticator_types: vec![Asked::LocalIdentityProvider, Asked::PrivateNemIdMitId],
            subject_name_id: Some("abj@12345678".to_owned()),
        },
    }
}

#[test]
fn an_identity_is_made_with_these_properties_and_no_others() {
    let mut wanted = json!({
        "identityProfile": {
            "status": "Pending", "registeredIal": "Substantial", "targetIal": "Substantial",
            "givenName": "Anders Bo", "surname": "Jensen", "emailAddress": "abj@kommune.dk",
            "cprNumber": "0101701234", "rid": null, "pseudonym": false,
            "allowQualifiedCertificateIssuance": false
        },
        "identityOrganizationProfile": { "invoiceMethodUuid": null },
        "identityAuthenticators": {
            "authenticatorTypes": ["LocalIdentityProvider", "PrivateNemIdMitId"],
            "subjectNameId": "abj@12345678"
        }
    });
    writes(&create(), wanted.clone());
    let mut light = create();
    light.identity_profile.registered_ial = None;
    light.identity_organization_profile.invoice_method_uuid = Some(UUID.to_uppercase().parse().unwrap());
    light.identity_authenticators.subject_name_id = None;
    wanted["identityProfile"].as_object_mut().unwrap().remove("registeredIal");
    wanted["identityOrganizationProfile"]["invoiceMethodUuid"] = json!(UUID);
    wanted["identityAuthenticators"].as_object_mut().unwrap().remove("subjectNameId");
    writes(&light, wanted);
    assert!(!format!("{:?}", create()).contains("1234,"), "the CPR number shows: {:?}", create());
    assert!(!format!("{:?}", create()).contains("0101701234"));
}

#[test]
fn a_profile_is_changed_with_its_own_spelling_of_the_level() {
    let NewProfile { given_name, surname, email_address, cpr_number, .. } = create().identity_profile;
    let changed = Changed { given_name, surname, cpr_number, email_address };
    let profile =
        Profile { registered_ial: Some(Level::Substantial), target_ial: Level::Substantial, changed };
    let wanted = json!({
        "registeredIAL": "Substantial", "targetIal": "Substantial", "givenName": "Anders Bo",
        "surname": "Jensen", "cprNumber": "0101701234", "emailAddress": "abj@kommune.dk"
    });
    writes(&profile, wanted);
    let email = NonSensitive { email_address: "ny@kommune.dk".to_owned() };
    writes(&email, json!({ "emailAddress": "ny@kommune.dk" }));
}

#[test]
fn other_calls_are_written_to_the_letter() {
    writes(&Search::ALL, json!({ "maxCount": 0, "removeUuidFromResultSet": false }));
    let ships = json!({
        "authenticatorSettingTypes": ["LocalIdentityProvider"], "authenticatorTypesToShip": [],
        "sharedCredentialUuids": [], "subjectNameId": "abj@12345678"
    });
    writes(&RequestCredentials::local("abj@12345678".to_owned()), ships);
    let private = json!({
        "authenticatorSettingTypes": ["PrivateNemIdMitId"], "authenticatorTypesToShip": [],
        "sharedCredentialUuids": []
    });
    writes(&RequestCredentials::private(), private);
    writes(&AllowSigning { allow_signing: true }, json!({ "allowSigning": true }));
    let order = Activate {
        authenticator_setting_types: vec![Asked::LocalIdentityProvider],
        user_uuids: vec![UUID.parse().unwrap()],
    };
    writes(&order, json!({ "authenticatorSettingTypes": ["LocalIdentityProvider"], "userUuids": [UUID] }));
    for (scope, kind, value) in [
        ("cvr:12345678", "Cvr", "12345678"),
        ("production-unit:1012345678", "PU", "1012345678"),
        ("se-number:12345678", "SE", "12345678"),
    ] {
        let scope = Scope::from(&scope.parse::<right::Scope>().unwrap());
        let change = RoleChange { scope, role_uuids: vec![UUID.parse().unwrap()] };
        writes(&change, json!({ "scope": { "type": kind, "value": value }, "roleUuids": [UUID] }));
    }
}

#[test]
fn a_list_is_read_with_whatever_else_is_in_it() {
    let employees: Employees = reads(json!({ "took": 3, "employees": [
        { "id": 10234, "status": "Active", "uuid": UUID.to_uppercase(), "emailAddress": "abj@kommune.dk",
          "rid": "38129944", "new": { "deep": [1] },
          "profile": { "givenName": "Anders Bo", "surname": "Jensen", "cprNumber": "0101701234" },
          "employeeCredentials": [{ "id": "Local" }, { "id": "PrivateMitID" }, { "id": "Shared" }] },
        { "uuid": UUID, "status": "Archived", "id": "10235", "emailAddress": null,
          "profile": { "cprNumber": "00000000" } },
        { "uuid": UUID, "status": 7, "profile": "none", "employeeCredentials": {} },
        { "status": "Active" },
        "nobody"
    ] }));
    let employees = employees.employees;
    assert_eq!((employees.read.len(), employees.unreadable), (3, 2));
    let first = &employees.read[0];
    assert_eq!(first.uuid.to_string(), UUID);
    assert_eq!((first.id, first.status.clone()), (Some(10234), Some(Status::Active)));
    let kinds: Vec<_> =
        first.employee_credentials.clone().unwrap().read.into_iter().filter_map(|it| it.id).collect();
    let other = AuthenticatorKind::Other("Shared".to_owned());
    assert_eq!(kinds, [AuthenticatorKind::Local, AuthenticatorKind::PrivateMitId, other]);
    let second = &employees.read[1];
    assert_eq!(second.status, Some(Status::Other("Archived".to_owned())));
    assert!(second.id.is_none() && second.profile.as_ref().unwrap().cpr_number.is_none());
    let third = &employees.read[2];
    assert!(third.status.is_none() && third.profile.is_none() && third.employee_credentials.is_none());
    assert!(!format!("{employees:?}").contains("0101701234"));
}

#[test]
fn an_answer_that_is_no_list_is_not_an_empty_one() {
    for text in ["", "{}", "[]", "null", "<html>Service Unavailable</html>", r#"{"employees": 0}"#] {
        assert!(serde_json::from_str::<Employees>(text).is_err(), "{text}");
    }
    assert!(from_value::<Catalogue>(json!({ "categories": [] })).is_err());
    assert!(
        from_value::<Created>(json!({})).is_err()
            && from_value::<Created>(json!({ "employeeUuid": "" })).is_err()
    );
    assert_eq!(reads::<Created>(json!({ "employeeUuid": UUID, "id": 1 })).employee_uuid.to_string(), UUID);
}

#[test]
fn one_identity_is_read() {
    let it: Employee = reads(json!({
        "uuid": UUID, "identityProfile": { "status": "suspended", "rid": null, "pseudonym": "no",
            "allowQualifiedCertificateIssuance": false, "roles": ["IdentityAdministrator", 1] },
        "identityPermissions": { "authorizedToRepresent": false, "allowSigning": true, "more": 1 }
    }));
    let profile = it.identity_profile.unwrap();
    assert_eq!((profile.status, profile.pseudonym), (Some(Status::Suspended), None));
    assert_eq!(profile.roles.unwrap().read, ["IdentityAdministrator"]);
    assert_eq!(it.identity_permissions.unwrap().allow_signing, Some(true));
    assert!(reads::<Employee>(json!({})).identity_profile.is_none());
}

#[test]
fn authenticators_are_read_in_the_words_of_answers() {
    let it: Authenticators = reads(json!({ "authenticators": [
        { "uuid": UUID, "type": "LocalIdentityProvider", "status": "Active", "id": "abj@kommune.dk", "x": 1 },
        { "uuid": UUID, "type": "PrivateMitId", "status": 1, "id": null },
        { "type": "SomethingNew" }, { "uuid": UUID }
    ] }));
    let kinds: Vec<_> = it.authenticators.read.iter().map(|it| it.kind.word()).collect();
    assert_eq!(kinds, ["LocalIdentityProvider", "PrivateMitId", "SomethingNew"]);
    assert_eq!(it.authenticators.unreadable, 1);
    assert_eq!(it.authenticators.read[0].id.as_deref(), Some("abj@kommune.dk"));
    for none in [json!({}), json!({ "authenticators": null }), json!({ "authenticators": [] })] {
        assert!(reads::<Authenticators>(none).authenticators.read.is_empty());
    }
}

#[test]
fn a_right_is_taken_away_exactly_as_it_was_read() {
    let held: Items<HeldRole> = reads(json!([
        { "uuid": UUID, "name": "x", "teaserText": "y", "scope": { "type": "pu", "value": "1012345678", "z": 1 },
          "isInternal": false, "from": "2026-01-01", "to": null },
        { "uuid": UUID, "scope": { "type": "Region", "value": "" } },
        { "uuid": UUID }
    ]));
    assert_eq!((held.read.len(), held.unreadable), (2, 1));
    let scope = held.read[0].scope.clone();
    assert_eq!((scope.kind(), scope.value()), (ScopeKind::ProductionUnit, "1012345678"));
    writes(&scope, json!({ "type": "pu", "value": "1012345678" }));
    assert_eq!(held.read[1].scope.kind(), ScopeKind::Other("Region".to_owned()));
    let catalogue: Catalogue = reads(json!({ "roles": [{ "uuid": UUID, "isBasicPackage": null }, {}] }));
    assert_eq!((catalogue.roles.read.len(), catalogue.roles.unreadable), (1, 1));
}

#[test]
fn numbers_of_places_are_text_here_and_numbers_there() {
    let units: Items<ProductionUnit> = reads(json!([
        { "pNumber": 1012345678, "cvrNumber": "12345678", "name": "Rådhuset", "streetName": "Torvet",
          "streetBuildingIdentifier": "12" },
        { "pNumber": "1012345679" }, { "pNumber": 12345678 }, { "pNumber": 1.5 }, { "pNumber": 10123456789_u64 }
    ]));
    let numbers: Vec<_> = units.read.iter().map(|unit| unit.p_number.as_str()).collect();
    assert_eq!((numbers.as_slice(), units.unreadable), (&["1012345678", "1012345679", "0012345678"][..], 2));
    let numbers: Items<SeNumber> = reads(json!([{ "seNumber": "12345678" }, { "seNumber": null }]));
    assert_eq!((numbers.read[0].se_number.as_str(), numbers.unreadable), ("12345678", 1));
}

#[test]
fn a_token_is_read_and_never_shown() {
    let token: Token = reads(json!({ "accessToken": "a.secret", "tokenType": "Bearer", "expiresIn": 3600 }));
    assert_eq!((token.access_token.as_str(), token.expires_in), ("a.secret", Some(3_600)));
    assert!(!format!("{token:?}").contains("secret"));
    assert_eq!(reads::<Token>(json!({ "accessToken": "x", "expiresIn": "soon" })).expires_in, None);
    assert!(from_value::<Token>(json!({ "tokenType": "Bearer" })).is_err());
}

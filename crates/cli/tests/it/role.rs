//! `portner role …`.

use crate::installation::Installation;
use crate::user::add;

#[test]
fn a_role_is_given_told_and_taken_away() {
    let made = Installation::new();
    made.does(&add("rita", &["--no-totp"]));
    assert!(made.does(&["role", "list"]).contains("nobody has a role"));
    let grant = ["role", "grant", "--user-name", "rita", "--role"];
    let with = |role, more: &[&'static str]| [&grant[..], &[role], more].concat();
    let said = made.does(&with("registrar", &["--unit", "Skole/Nord", "--until", "2031-02-01"]));
    assert!(said.contains("rita has the role registrar in Skole/Nord until 2031-02-01"), "{said}");
    made.runs(&with("support", &[])).complains(&["registrar"]);
    made.runs(&with("auditor", &["--unit", "Skole"])).complains(&["whole organisation"]);
    let said = made.runs(&with("owner", &[]));
    assert!(!said.ok && said.err.contains("roles are support, registrar"), "{said:?}");
    made.runs(&["role", "grant", "--user-name", "nobody", "--role", "support"])
        .complains(&["no user nobody"]);
    let list = made.does(&["role", "list"]);
    assert!(list.starts_with("rita\tregistrar in Skole/Nord") && list.lines().count() == 1, "{list}");

    let withdraw = ["role", "withdraw", "--user-name", "rita", "--role", "registrar"];
    made.runs(&withdraw).complains(&["nothing to change"]);
    let said = made.does(&[&withdraw[..], &["--unit", "Skole/Nord"]].concat());
    assert!(said.contains("no more"), "{said}");
    assert!(made.does(&["role", "list"]).contains("nobody has a role"));
    for kind in ["role-granted", "role-withdrawn"] {
        assert_eq!(made.does(&["audit", "events", "--kind", kind]).trim().lines().count(), 1, "{kind}");
    }
}

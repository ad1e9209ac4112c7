//! `portner audit …` and `portner migrate`.

use crate::installation::Installation;

#[test]
fn a_log_that_nobody_touched_is_sound() {
    let made = Installation::new();
    let said = made.does(&["audit", "verify"]);
    assert!(said.contains("the log is as it was sealed"), "{said}");
    let events = made.does(&["audit", "events"]);
    let kinds = ["signing-key-added", "organisation-named", "setup-link-made"];
    let kinds: Vec<_> = kinds.into_iter().filter(|kind| events.contains(kind)).collect();
    assert_eq!((kinds.len(), events.lines().count()), (3, 3), "{events}");
    let one = made.does(&["audit", "events", "--kind", "setup-link-made"]);
    assert_eq!(one.lines().count(), 1);
}

#[test]
fn a_database_of_this_version_needs_no_migration() {
    let made = Installation::new();
    assert!(made.does(&["migrate"]).contains("of this version already"));
}

#[test]
fn a_database_of_an_older_version_is_not_touched_by_other_commands() {
    let made = Installation::new();
    for file in ["portner.db", "portner.db-wal", "portner.db-shm"] {
        drop(std::fs::remove_file(made.data().join(file)));
    }
    made.runs(&["audit", "verify"]).complains(&[
        "older than this program",
        "take a backup",
        "portner migrate",
    ]);
    assert!(made.does(&["migrate"]).contains("steps were taken"));
    made.does(&["audit", "verify"]);
}

//! The table of `audit/oiosaml.toml`: every rule has a test or a stated deviation, and the page made of it is up to date.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use crate::tree::{check, read, root};
use crate::{tests_in_the_tree, text};

const TABLE: &str = "audit/oiosaml.toml";
const PAGE: &str = "docs/reference/oiosaml-conformance.md";
/// Set to write the page instead of comparing it.
const WRITE: &str = "PORTNER_TIDY_WRITE";

fn rules() -> Vec<toml::Value> {
    let table: toml::Table = read(TABLE).parse().unwrap();
    table.get("rule").and_then(toml::Value::as_array).unwrap().clone()
}

fn names<'a>(rule: &'a toml::Value, key: &str) -> Vec<&'a str> {
    let listed = rule.get(key).and_then(toml::Value::as_array);
    listed.into_iter().flatten().filter_map(toml::Value::as_str).collect()
}

/// The first cells of the table of deviations.
fn deviations() -> BTreeSet<String> {
    let page = read("docs/deviations.md");
    let cells = page.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    cells.map(|(first, _)| first.to_owned()).filter(|first| first != "what").collect()
}

#[test]
fn every_rule_of_oiosaml_has_a_test_or_a_deviation() {
    let (rules, tests, deviations) = (rules(), tests_in_the_tree(), deviations());
    let mut broken = Vec::new();
    let mut seen = BTreeSet::new();
    for rule in &rules {
        let id = text(rule, "id");
        if !seen.insert(id) {
            broken.push(format!("{id}: is listed twice"));
        }
        if text(rule, "text").is_empty() || text(rule, "section").is_empty() {
            broken.push(format!("{id}: say its `text` and `section`"));
        }
        let (shown, awaited) = (names(rule, "tests"), names(rule, "awaits"));
        let missing = shown.iter().filter(|test| !tests.contains(**test));
        broken.extend(missing.map(|test| format!("{id}: there is no test `{test}`")));
        if !awaited.is_empty() && awaited.iter().all(|test| tests.contains(*test)) {
            broken.push(format!("{id}: its tests are there: call `awaits` `tests`"));
        }
        let deviation = text(rule, "deviation");
        if !deviation.is_empty() && !deviations.contains(deviation) {
            broken.push(format!("{id}: docs/deviations.md has no row `{deviation}`"));
        }
        let ways = [!shown.is_empty(), !awaited.is_empty(), !deviation.is_empty()];
        if ways.into_iter().filter(|way| *way).count() != 1 {
            broken.push(format!("{id}: it has either `tests`, or `awaits`, or a `deviation`"));
        }
    }
    for (series, last) in
        [("REQ", 45), ("RSP", 8), ("ASR", 12), ("ENC", 6), ("SLO", 10), ("MD", 17), ("SP", 27)]
    {
        // The series has a gap: what a request says begins at 20.
        let numbers = (1..=last).filter(|number| series != "REQ" || !(11..=19).contains(number));
        let absent =
            numbers.map(|number| format!("{series}-{number:02}")).filter(|id| !seen.contains(id.as_str()));
        broken.extend(absent.map(|id| format!("{id}: is missing")));
    }
    check("audit/oiosaml.toml, the tests and the deviations name each other:", broken);
}

#[test]
fn the_conformance_page_is_what_the_table_says() {
    let (page, made) = (root().join(PAGE), made(&rules()));
    if std::env::var_os(WRITE).is_some() {
        fs::write(&page, &made).unwrap();
    }
    let written = read(PAGE);
    check(
        &format!("{PAGE} is made of {TABLE}. Run `{WRITE}=1 cargo test -p portner-tidy`:"),
        (written != made).then(|| "it says something else".to_owned()),
    );
}

fn made(rules: &[toml::Value]) -> String {
    let mut page = format!(
        "# What OIOSAML asks, and where it is shown\n\n\
         Made of `{TABLE}` by `{WRITE}=1 cargo test -p portner-tidy`; not to be edited. Each rule in our words, with\n\
         the tests that show it, or the row of [deviations](../deviations.md) that says why not.\n"
    );
    let mut section = "";
    for rule in rules {
        if text(rule, "section") != section {
            section = text(rule, "section");
            let _ = write!(page, "\n## {section}\n\n| rule | what it asks | shown by |\n|---|---|---|\n");
        }
        let quoted =
            |key| names(rule, key).iter().map(|test| format!("`{test}`")).collect::<Vec<_>>().join(", ");
        let shown = match (quoted("tests"), quoted("awaits"), text(rule, "deviation")) {
            (tests, _, _) if !tests.is_empty() => tests,
            (_, awaited, _) if !awaited.is_empty() => format!("not yet: {awaited}"),
            (_, _, deviation) => format!("deviation: {deviation}"),
        };
        let _ = writeln!(page, "| {} | {} | {shown} |", text(rule, "id"), text(rule, "text"));
    }
    page
}

//! The rules of the house. Each failure says which rule, where, and what to do.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod conformance;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use tree::{File, arrows, check, files, linked_into, linked_into_not_through, metadata, read, root};

/// Which of our crates may name which: the law. What is taken of it stands in `docs/ARCHITECTURE.md`.
const MAY_NAME: [(&str, &[&str]); 13] = [
    ("domain", &[]),
    ("saml", &["domain"]),
    ("audit-log", &["domain"]),
    ("ldap", &["domain"]),
    ("authenticators", &["audit-log", "domain", "ldap"]),
    ("directory", &["audit-log", "domain", "ldap"]),
    ("federation", &["audit-log", "authenticators", "directory", "domain", "saml"]),
    ("sync", &["audit-log", "directory", "domain"]),
    ("web", &["audit-log", "authenticators", "directory", "domain", "federation", "ldap", "saml", "sync"]),
    ("cli", &["audit-log", "authenticators", "directory", "domain", "federation", "saml", "sync", "web"]),
    ("sandbox", &["domain", "saml"]),
    ("tidy", &[]),
    ("system-tests", &[]),
];

/// Crates that wait, store, speak or roll dice; `domain` and `saml` only compute. (Not `getrandom`: Cargo
/// unifies features, so what another crate asks of `uuid` would be laid at the door of `domain`.)
const ACTS: [&str; 13] = [
    "axum",
    "fantoccini",
    "hyper",
    "mio",
    "rand",
    "redis",
    "reqwest",
    "rustls",
    "socket2",
    "sqlx",
    "sqlx-core",
    "tokio",
    "tower",
];

#[test]
fn arrows_between_our_crates_point_down() {
    let law = BTreeMap::from(MAY_NAME);
    check(
        "A crate names only the crates below it (MAY_NAME). Move the code down, or pass it in as an argument:",
        arrows().into_iter().flat_map(|(from, to)| {
            let allowed = law.get(from.as_str()).copied();
            to.into_iter()
                .filter(move |to| !allowed.is_some_and(|allowed| allowed.contains(&to.as_str())))
                .map(move |to| format!("{from} -> {to}"))
        }),
    );
    check(
        "Every crate has a row in MAY_NAME (crates/tidy/tests/tidy.rs). Add one:",
        arrows().into_keys().filter(|from| !law.contains_key(from.as_str())),
    );
}

#[test]
fn the_architecture_page_shows_the_arrows_as_they_are() {
    let page = read("docs/ARCHITECTURE.md");
    let rows = arrows().into_iter().filter(|(from, _)| from != "tidy" && from != "system-tests");
    let row = |(from, to): (String, BTreeSet<String>)| {
        let names: Vec<_> = to.iter().map(|name| format!("`{name}`")).collect();
        format!("| `{from}` | {} |", if names.is_empty() { "–".to_owned() } else { names.join(", ") })
    };
    check(
        "docs/ARCHITECTURE.md lists what each crate depends on. Let its row begin:",
        rows.map(row).filter(|row| !page.lines().any(|line| line.starts_with(row))),
    );
}

#[test]
fn domain_and_saml_only_compute() {
    for name in ["portner-domain", "portner-saml"] {
        let linked = linked_into(name);
        check(
            &format!("{name} does no I/O and asks nobody. Take the dependency out and pass in what it gave:"),
            ACTS.iter().filter(|acts| linked.contains(**acts)).map(ToString::to_string),
        );
    }
    let pure =
        |file: &File| ["crates/domain/src", "crates/saml/src"].iter().any(|it| file.path.starts_with(it));
    let acting = ["std::env", "std::fs", "std::net", "std::process", "std::thread"];
    let broken = files(".rs").into_iter().filter(|file| pure(file) && !file.is_test()).filter_map(|file| {
        let found = acting.into_iter().find(|acts| file.code().contains(acts))?;
        Some(format!("{}: {found}", file.path))
    });
    check("domain and saml take values and give values. Move what acts to the caller:", broken);
}

/// What holds an RSA private key and signs, by its place: two are aws-lc's, two a token's, and one only refuses.
const SIGNS: [(&str, &str); 5] = [
    ("crates/saml/src/key.rs", "impl Signer for FileKey"),
    ("crates/saml/src/generate.rs", "impl BareKey for OwnKey"),
    ("crates/federation/src/keys/token.rs", "impl Signer for TokenKey"),
    ("crates/federation/src/keys/token.rs", "impl BareKey for TokenBareKey"),
    ("crates/federation/src/keys/mod.rs", "impl Signer for WouldSign"),
];

/// Crates with RSA of their own, whose private-key operations can be timed (RUSTSEC-2023-0071 and its like).
const OWN_RSA: [&str; 3] = ["rsa", "num-bigint-dig", "crypto-bigint"];

/// What the library for FIDO keys verifies signatures with. It is given public keys and nothing else, in one place.
const VERIFIES_KEYS: &str = "crypto-glue";
const VERIFIES_KEYS_AT: &str = "crates/authenticators/src/webauthn/";

#[test]
fn t_key_01_private_keys_are_used_by_aws_lc_or_a_token_and_nothing_else() {
    let linked = linked_into_not_through("portner-cli", VERIFIES_KEYS);
    check(
        "RSA is aws-lc's or a token's. Take the dependency out of `portner`:",
        OWN_RSA.iter().filter(|name| linked.contains(**name)).map(ToString::to_string),
    );
    let used = files(".rs").into_iter().filter(|it| !it.is_test() && !it.path.starts_with(VERIFIES_KEYS_AT));
    check(
        "What verifies FIDO keys is used for that only:",
        used.filter(|it| it.code().contains("crypto_glue")).map(|it| it.path),
    );
    let mut signs = BTreeSet::new();
    for file in files(".rs").into_iter().filter(|file| !file.is_test()) {
        for line in file.code().split(" impl ").skip(1) {
            let head = line.split(" {").next().unwrap_or_default();
            if ["Signer for ", "BareKey for "].iter().any(|of| head.starts_with(of)) {
                signs.insert((file.path.clone(), format!("impl {head}")));
            }
        }
    }
    let listed: BTreeSet<_> = SIGNS.map(|(path, what)| (path.to_owned(), what.to_owned())).into();
    check(
        "Whatever signs is in SIGNS, with a word on what its private half is (crates/tidy/tests/tidy.rs):",
        signs.symmetric_difference(&listed).map(|(path, what)| format!("{path}: {what}")),
    );
}

/// Parts of the cryptographic library in which faults were found, and which nothing here needs.
const FAULTY_PARTS: [&str; 3] = ["pkcs7_", "x509_crl", "x509_store"];

#[test]
fn t_key_02_what_had_faults_is_neither_used_nor_old() {
    let mut uses = Vec::new();
    for file in files(".rs").into_iter().filter(|file| !file.is_test()) {
        let code = file.code().to_ascii_lowercase();
        uses.extend(
            FAULTY_PARTS.iter().filter(|part| code.contains(*part)).map(|it| format!("{}: {it}", file.path)),
        );
    }
    let lock: toml::Table = std::fs::read_to_string(root().join("Cargo.lock")).unwrap().parse().unwrap();
    for package in lock["package"].as_array().unwrap() {
        let (name, version) = (package["name"].as_str().unwrap(), package["version"].as_str().unwrap());
        let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or_default());
        let version_of = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if name == "aws-lc-sys" && version_of < (0, 39) {
            uses.push(format!("{name} {version}: 0.39 has the corrections"));
        }
    }
    check("Faults are known in these; use something else, or a newer version:", uses);
}

#[test]
fn every_crate_inherits_the_lints() {
    let inherits = |file: &File| {
        let manifest: toml::Table = file.text.parse().unwrap();
        manifest.get("lints").and_then(|lints| lints.get("workspace")) == Some(&toml::Value::Boolean(true))
    };
    let crates = files("Cargo.toml").into_iter().filter(|file| file.path != "Cargo.toml");
    let without = crates.filter(|file| !inherits(file)).map(|file| file.path);
    check("Every crate inherits the lints. Add `[lints]` with `workspace = true` to:", without);
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent = files(".rs").into_iter().filter(|file| !file.text.starts_with("//! ")).map(|file| file.path);
    check("A file's first line tells a stranger what it is for. Begin with `//! …`:", silent);
}

/// What holds a secret: whatever is wiped when it goes, and hashes that guesses are compared with.
fn holds_secret(definition: &str) -> bool {
    definition.contains("Zeroizing<")
        || ["HashedPassword", "ImportedHash", "Record(Scheme)"].iter().any(|name| definition.contains(name))
}

/// `==` stops at the first difference, and how long it takes tells where that was. A type without it can only be
/// compared on purpose.
#[test]
fn t_ct_01_what_holds_a_secret_can_not_be_compared_with_an_equals_sign() {
    let mut seen = 0;
    let sources = files(".rs").into_iter().filter(|file| file.path.starts_with("crates/") && !file.is_test());
    let comparable = |file: File| {
        let code = file.code();
        let mut broken = Vec::new();
        for (before, definition) in code.match_indices("struct ").map(|(at, _)| code.split_at(at)) {
            let end = definition.find(['{', ';']).map(|at| match definition.as_bytes()[at] {
                b'{' => definition.find('}').unwrap_or(definition.len()),
                _ => at,
            });
            let definition = definition.get(..end.unwrap_or_default()).unwrap_or_default();
            if !holds_secret(definition) {
                continue;
            }
            seen += 1;
            let name: String =
                definition["struct ".len()..].chars().take_while(|c| c.is_alphanumeric()).collect();
            let derived = before.rsplit(['}', ';']).next().unwrap_or_default();
            if derived.contains("PartialEq") || code.contains(&format!("PartialEq for {name}")) {
                broken.push(format!("{}: {name}", file.path));
            }
        }
        broken
    };
    let broken: Vec<String> = sources.flat_map(comparable).collect();
    check("What holds a secret has no `PartialEq`; compare with `subtle`, in one place. Remove it:", broken);
    assert!(seen >= 8, "secrets are found: {seen}");
}

/// Where an answer is compared with a secret, it is done in constant time and nowhere else.
#[test]
fn t_ct_01_answers_are_compared_in_constant_time() {
    let places = [
        ("crates/authenticators/src/hashing/record.rs", "found.ct_eq(hash)"),
        ("crates/authenticators/src/totp.rs", "shown.as_bytes().ct_eq(typed.as_bytes())"),
        ("crates/web/src/incoming.rs", "verify_slices_are_equal(expected.as_bytes(), token.as_bytes())"),
    ];
    let missing = places.into_iter().filter(|(path, comparison)| !read(path).contains(comparison));
    check(
        "Compare with `subtle::ConstantTimeEq` or its like:",
        missing.map(|(path, it)| format!("{path}: {it}")),
    );
}

#[test]
fn sql_lives_in_stores() {
    let elsewhere = |file: &File| {
        let store = file.path.ends_with("/store.rs") || file.path.contains("/store/");
        !store && !file.is_test() && !file.path.starts_with("crates/audit-log/")
    };
    let broken = files(".rs").into_iter().filter(elsewhere).filter_map(|file| {
        let found = sql_in(&file.code())?;
        Some(format!("{}: {found}", file.path))
    });
    check("SQL stands only in `store.rs`, `store/` and `audit-log`. Move it to the crate's store:", broken);
}

/// The first thing in this code that is SQL, if any; in our strings only SQL shouts.
fn sql_in(code: &str) -> Option<&'static str> {
    const CLAUSE_CHARS_MAX: usize = 600;
    let alone =
        ["sqlx::query", "sqlx::raw_sql", "QueryBuilder", "INSERT INTO ", "DELETE FROM ", "CREATE TABLE "];
    let followed = [("SELECT ", "FROM "), ("UPDATE ", "SET ")];
    let follows = |first: &str, second: &str| {
        let near = |rest: &str| rest.chars().take(CLAUSE_CHARS_MAX).collect::<String>().contains(second);
        code.split(first).skip(1).any(near)
    };
    alone.into_iter().find(|word| code.contains(word)).or_else(|| {
        followed.into_iter().find(|(first, second)| follows(first, second)).map(|(first, _)| first)
    })
}

#[test]
fn migrations_are_added_and_never_edited() {
    let sums = read("migrations/SHA256SUMS");
    let listed: BTreeMap<_, _> =
        sums.lines().filter_map(|line| line.split_once("  ")).map(|(a, b)| (b, a)).collect();
    let there: BTreeMap<_, _> = files(".sql")
        .into_iter()
        .filter_map(|file| Some((file.path.strip_prefix("migrations/")?.to_owned(), file.text)))
        .collect();
    let altered = there.iter().filter_map(|(name, text)| {
        let sum = hex::encode(Sha256::digest(text));
        match listed.get(name.as_str()) {
            Some(known) if *known == sum => None,
            Some(_) => Some(format!("{name} was edited: put it back, and write a new migration")),
            None => Some(format!("{name} is new: add the line `{sum}  {name}`")),
        }
    });
    let gone = listed
        .keys()
        .filter(|name| !there.contains_key(**name))
        .map(|name| format!("{name} is gone: put it back"));
    check("A migration that ran somewhere is never edited (migrations/SHA256SUMS):", altered.chain(gone));

    let silent = there.iter().filter(|(_, text)| !text.starts_with("-- ")).map(|(name, _)| name.clone());
    check("A migration opens with a sentence, `-- …`:", silent);
}

#[test]
fn requirements_and_tests_name_each_other() {
    let requirements: toml::Table = read("audit/requirements.toml").parse().unwrap();
    let requirements = requirements["requirement"].as_array().unwrap();
    let tests = tests_in_the_tree();
    let mut broken: Vec<_> =
        requirements.iter().flat_map(|requirement| faults_of(requirement, &tests)).collect();

    let ids: BTreeSet<_> = requirements.iter().map(|requirement| text(requirement, "id")).collect();
    if ids.len() < requirements.len() {
        broken.push("an id is listed twice: merge the two".to_owned());
    }
    let covered: BTreeSet<_> = requirements.iter().flat_map(covering).collect();
    for test in tests.iter().filter(|test| test.starts_with("t_")) {
        let own = |id: &&&str| test.starts_with(&format!("{}_", id.to_lowercase().replace('-', "_")));
        match ids.iter().find(own) {
            None => broken.push(format!("{test}: no requirement has this id; add it, or rename the test")),
            Some(id) if !covered.contains(&(*id, test)) => broken.push(format!("{test}: list it under {id}")),
            Some(_) => {}
        }
    }
    check("audit/requirements.toml and the tests name each other:", broken);

    let threats = read("SECURITY.md");
    let words = threats.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let unknown: BTreeSet<_> = words.filter(|word| word.starts_with("T-") && !ids.contains(word)).collect();
    check(
        "SECURITY.md names requirements of audit/requirements.toml:",
        unknown.into_iter().map(str::to_owned),
    );
}

fn text<'a>(requirement: &'a toml::Value, key: &str) -> &'a str {
    requirement.get(key).and_then(toml::Value::as_str).unwrap_or_default()
}

/// A requirement's id beside each test that covers it.
fn covering(requirement: &toml::Value) -> impl Iterator<Item = (&str, &str)> {
    let tests = requirement.get("tests").and_then(toml::Value::as_array).into_iter().flatten();
    tests.filter_map(|test| Some((text(requirement, "id"), test.as_str()?)))
}

/// What is wrong with one entry, taken alone.
fn faults_of(requirement: &toml::Value, tests: &BTreeSet<String>) -> Vec<String> {
    let id = text(requirement, "id");
    let mut faults: Vec<_> = ["id", "source", "text", "control"]
        .into_iter()
        .filter(|key| text(requirement, key).is_empty())
        .map(|key| format!("{id}: say its `{key}`"))
        .collect();
    let missing = covering(requirement).filter(|(_, test)| !tests.contains(*test));
    faults.extend(missing.map(|(_, test)| format!("{id}: there is no test `{test}`")));
    if (covering(requirement).count() == 0) != text(requirement, "control").starts_with("Planned") {
        faults.push(format!("{id}: either tests cover it, or its `control` begins with `Planned`"));
    }
    faults
}

/// The names of all test functions, of those that a macro makes of `name: |…| { … }`, and of every function that
/// claims to test a requirement.
fn tests_in_the_tree() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files(".rs") {
        let mut marked = false;
        for line in file.text.lines().map(str::trim) {
            marked |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            if let Some((name, _)) = line.split_once(": |") {
                names.insert(name.to_owned());
            }
            if let Some(rest) = line.trim_start_matches("async ").strip_prefix("fn ") {
                let name = rest.split(['(', '<']).next().unwrap_or_default();
                if marked || name.starts_with("t_") {
                    names.insert(name.to_owned());
                }
                marked = false;
            }
        }
    }
    names
}

#[test]
fn every_dependency_says_what_it_is_for_and_is_used() {
    let manifest = read("Cargo.toml");
    let section = manifest.split("[workspace.dependencies]\n").nth(1).unwrap().split("\n[").next().unwrap();
    let used: BTreeSet<_> = metadata()
        .workspace_packages()
        .into_iter()
        .flat_map(|package| package.dependencies.iter().map(|dependency| dependency.name.clone()))
        .collect();
    let mut broken = Vec::new();
    for line in section.lines() {
        let Some((name, rest)) = line.split_once(" = ").filter(|(name, _)| !name.starts_with(['#', ' ']))
        else {
            continue;
        };
        if !rest.contains(" # ") && !rest.contains("path = ") {
            broken.push(format!("{name}: end its line with `# what it is for`"));
        }
        if !used.contains(name) {
            broken.push(format!("{name}: no crate uses it; take it out"));
        }
    }
    check("Cargo.toml holds each dependency once, with its purpose:", broken);
}

#[test]
fn the_tree_stands_alone() {
    let foreign = [concat!("/wo", "rk/"), concat!("sha", "red/")];
    let broken = files("").into_iter().filter(|file| file.path != "Cargo.lock").filter_map(|file| {
        let (number, _) =
            file.text.lines().enumerate().find(|(_, line)| foreign.iter().any(|it| line.contains(it)))?;
        Some(format!("{}:{}", file.path, number + 1))
    });
    check("A file names only what is in the tree. Reword:", broken);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for file in files(".md") {
        let folder = root().join(&file.path).parent().unwrap().to_owned();
        let targets = file.text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let local = targets.filter(|target| !target.contains(':') && !target.starts_with('#'));
        for target in local.map(|target| target.split('#').next().unwrap_or_default()) {
            if !folder.join(target).exists() {
                broken.push(format!("{}: {target}", file.path));
            }
        }
    }
    check("A link in a document leads to a file that exists. Write the file, or correct the link:", broken);
}

#[test]
fn danish_and_english_say_the_same_things() {
    let (danish, english) = (messages_in("da"), messages_in("en"));
    check(
        "A text is missing in crates/web/locales. Translate:",
        danish
            .symmetric_difference(&english)
            .map(|key| format!("{key} (only in {})", if danish.contains(key) { "da" } else { "en" })),
    );
    check("crates/web/locales/da holds the texts:", danish.is_empty().then(|| "no message found".to_owned()));
}

/// The keys of every message and attribute in one language, with the file they stand in.
fn messages_in(language: &str) -> BTreeSet<String> {
    let folder = format!("crates/web/locales/{language}/");
    let mut keys = BTreeSet::new();
    for file in files(".ftl") {
        let Some(name) = file.path.strip_prefix(&folder) else { continue };
        let mut message = "";
        for line in file.text.lines().filter(|line| !line.starts_with('#')) {
            let Some((key, _)) = line.split_once('=') else { continue };
            if line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-') {
                message = key.trim();
                keys.insert(format!("{name}: {message}"));
            } else if key.trim_start().starts_with('.') {
                keys.insert(format!("{name}: {message}{}", key.trim()));
            }
        }
    }
    keys
}

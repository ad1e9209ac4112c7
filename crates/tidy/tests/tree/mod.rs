//! The tree as text: its files, what `cargo metadata` says of it, and how a broken rule is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// One text file of the project, by its path from the root.
pub struct File {
    /// Where it is.
    pub path: String,
    /// All of it.
    pub text: String,
}

impl File {
    /// The program in a Rust file: neither its comments nor the tests at its end.
    pub fn code(&self) -> String {
        let lines = self.text.lines().map(str::trim).take_while(|line| *line != "#[cfg(test)]");
        lines.filter(|line| !line.starts_with("//")).collect::<Vec<_>>().join(" ")
    }

    /// Whether all of it is there to test, so that it may do what the program may not.
    pub fn is_test(&self) -> bool {
        self.path.contains("tests/") || self.path.ends_with("tests.rs") || self.path.contains("/benches/")
    }
}

/// The folder of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every text file that belongs to the project and ends so.
pub fn files(ending: &str) -> Vec<File> {
    let root = root();
    let ignored = fs::read_to_string(root.join(".gitignore")).unwrap();
    let mut skipped: BTreeSet<_> = ignored.lines().map(|line| line.trim_matches('/').to_owned()).collect();
    skipped.insert(".git".to_owned());
    let (mut found, mut folders) = (Vec::new(), vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path().strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            if skipped.contains(&path) {
                continue;
            } else if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else if path.ends_with(ending)
                && let Ok(text) = fs::read_to_string(entry.path())
            {
                found.push(File { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// One file of the project; empty when it is not there, so that the rule which wants it can say so.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

/// What `cargo` knows of the workspace, as it is built here.
pub fn metadata() -> Metadata {
    let platform = ["--filter-platform".to_owned(), "x86_64-unknown-linux-gnu".to_owned()];
    MetadataCommand::new().manifest_path(root().join("Cargo.toml")).other_options(platform).exec().unwrap()
}

/// Each of our crates with those of our crates it names, for whatever purpose.
pub fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata();
    let ours = |name: &str| name.strip_prefix("portner-").map(str::to_owned);
    let arrows = metadata.workspace_packages().into_iter().map(|package| {
        (ours(&package.name).unwrap(), package.dependencies.iter().filter_map(|to| ours(&to.name)).collect())
    });
    arrows.collect()
}

/// Every package that ends up inside one of our crates, tests and build scripts aside.
pub fn linked_into(name: &str) -> BTreeSet<String> {
    walk(name, |_| true)
}

/// The same without what comes through `but` alone.
pub fn linked_into_not_through(name: &str, but: &str) -> BTreeSet<String> {
    walk(name, |package| package != but)
}

fn walk(name: &str, enters: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let metadata = metadata();
    let resolve = metadata.resolve.as_ref().unwrap();
    let start = metadata.packages.iter().find(|package| package.name.as_str() == name).unwrap();
    let (mut seen, mut next) = (BTreeSet::new(), vec![&start.id]);
    while let Some(id) = next.pop() {
        if seen.insert(id) {
            let node = resolve.nodes.iter().find(|node| node.id == *id).unwrap();
            let linked = |kinds: &[cargo_metadata::DepKindInfo]| {
                kinds.iter().any(|info| info.kind == DependencyKind::Normal)
            };
            let deps = node.deps.iter().filter(|dep| linked(&dep.dep_kinds)).map(|dep| &dep.pkg);
            next.extend(deps.filter(|id| enters(metadata[*id].name.as_str())));
        }
    }
    seen.iter().map(|id| metadata[*id].name.to_string()).collect()
}

/// Fails with the rule, every place that breaks it, and what to do.
pub fn check(rule: &str, broken: impl IntoIterator<Item = String>) {
    let broken: Vec<_> = broken.into_iter().collect();
    assert!(broken.is_empty(), "\n{rule}\n  - {}\n", broken.join("\n  - "));
}

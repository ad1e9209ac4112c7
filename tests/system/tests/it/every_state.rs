//! Every page in every state that the program knows, as it writes them out for people to look at: what is hard to
//! bring about from outside (no codes left, a password that leaked, each error) is looked at like the rest.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::harness::{Browser, Language, axe_file, built, folder, run};

/// Fewer would mean that they were not found.
const PAGES_MIN: usize = 120;

const AXE: &str = "axe.min.js";

#[tokio::test]
async fn every_state_in_danish() {
    every_state(Language::Danish).await;
}

#[tokio::test]
async fn every_state_in_english() {
    every_state(Language::English).await;
}

async fn every_state(language: Language) {
    let pages = folder("pages");
    run(Command::new(built("examples/pages")).arg(pages.path()), "").expect("pages");
    let mut files: Vec<_> = fs::read_dir(pages.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.to_string_lossy().ends_with(&format!(".{}.html", language.tag())));
    files.sort();
    assert!(files.len() >= PAGES_MIN, "only {} pages", files.len());
    let browser = Browser::start(language).await;
    fs::copy(axe_file(), pages.join(AXE)).expect("axe-core, which `make system` installs");
    for file in &files {
        make_ready(file);
        browser.open(&format!("file://{}", file.display())).await;
        let declared = browser.skim(&file.file_stem().unwrap().to_string_lossy()).await;
        assert_eq!(
            (declared.language.as_str(), declared.headings),
            (language.tag(), 1),
            "{}",
            file.display()
        );
    }
}

/// Without the script that would send the page on before anybody has looked at it, and with axe, which is quicker
/// than handing it in from outside for each.
fn make_ready(file: &Path) {
    let mut html = fs::read_to_string(file).unwrap();
    if let Some((before, rest)) = html.split_once("<script>") {
        let (_, after) = rest.split_once("</script>").expect("an end");
        html = format!("{before}{after}");
    }
    let with_axe = html.replacen("</head>", &format!("<script src=\"{AXE}\"></script></head>"), 1);
    fs::write(file, with_axe).unwrap();
}

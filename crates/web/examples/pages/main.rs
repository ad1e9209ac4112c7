//! Writes every page in both languages to a folder, to be looked at and to be checked by tools:
//! `cargo run -p portner-web --example pages -- FOLDER`.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use portner_web::{Language, pages};

mod samples;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("which folder?")?;
    let folder = Path::new(&folder);
    let mut index = String::from("<!doctype html>\n<html lang=\"en\">\n<title>Pages</title>\n");
    std::fs::create_dir_all(folder.join("assets"))?;
    for path in ["portner.css", "favicon.svg", "keys.js"] {
        let asset = pages::assets::asset(path).ok_or("an asset is missing")?;
        std::fs::write(folder.join("assets").join(path), asset.bytes)?;
    }
    for language in Language::ALL {
        for (name, html) in samples::all(language)? {
            let file = format!("{name}.{}.html", language.tag());
            std::fs::write(folder.join(&file), html.replace("\"/assets/", "\"assets/"))?;
            writeln!(index, "<p><a href=\"{file}\">{file}</a></p>")?;
        }
    }
    std::fs::write(folder.join("index.html"), index)?;
    Ok(())
}

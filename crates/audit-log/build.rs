//! Lists the migrations, so that a new file in the folder is in the binary without being named anywhere else.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, error, fs};

const FOLDER: &str = "../../migrations";

fn main() -> Result<(), Box<dyn error::Error>> {
    println!("cargo::rerun-if-changed={FOLDER}");
    let mut files = fs::read_dir(FOLDER)?.collect::<Result<Vec<_>, _>>()?;
    files.sort_by_key(fs::DirEntry::file_name);
    let mut list = String::from("[\n");
    for file in files.iter().filter(|file| file.path().extension().is_some_and(|end| end == "sql")) {
        let (path, name) =
            (fs::canonicalize(file.path())?, file.file_name().into_string().unwrap_or_default());
        let (version, what) = name
            .trim_end_matches(".sql")
            .split_once('_')
            .and_then(|(version, what)| Some((version.parse::<i64>().ok()?, what)))
            .ok_or_else(|| format!("{name}: a migration is called 0001_what_it_does.sql"))?;
        writeln!(list, "    ({version}, {what:?}, include_str!({path:?})),")?;
    }
    list.push_str("]\n");
    Ok(fs::write(Path::new(&env::var("OUT_DIR")?).join("migrations.rs"), list)?)
}

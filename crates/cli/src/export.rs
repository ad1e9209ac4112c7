//! `portner export …`: what is on record, as a file.

use std::fs::File;
use std::io::Write;
use std::process::ExitCode;

use portner_directory::{Sought, export_people};

use crate::args::{Export, ExportPeople};
use crate::config::Config;
use crate::node::{current_database, log, operator};
use crate::problem::Problem;

/// Do what the command says.
pub async fn run(config: &Config, command: Export) -> Result<ExitCode, Problem> {
    match command {
        Export::People(wishes) => people(config, &wishes).await,
    }
}

async fn people(config: &Config, wishes: &ExportPeople) -> Result<ExitCode, Problem> {
    let units =
        if wishes.unit.is_empty() { vec![None] } else { wishes.unit.iter().cloned().map(Some).collect() };
    let sought = Sought { state: wishes.state, ..Sought::typed(&wishes.name, units) };
    let mut out: Box<dyn Write> = match &wishes.out {
        Some(path) => {
            let file = File::options().write(true).create_new(true).open(path);
            Box::new(file.map_err(|error| Problem::file("--out", path, &error))?)
        }
        None => Box::new(std::io::stdout()),
    };
    let database = current_database(config).await?;
    let mut tx = log(database.clone()).begin(operator()).await?;
    let mut file = export_people(&database, &mut tx, sought).await?;
    tx.commit().await?;
    while let Some(part) = file.next().await? {
        out.write_all(&part)?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

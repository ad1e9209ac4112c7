//! The data folder: Portner's own files, and in `sandbox/` what the demo made and has to remember.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use portner_domain::Moment;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::ports::Ports;
use crate::problem::Problem;

/// The folder that `--data` names, with nothing relative in it.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

/// How far the demo in this folder has come.
#[derive(Debug, Deserialize, Serialize)]
pub struct Progress {
    /// Its addresses are in configuration and metadata, so it can't move.
    pub port: u16,
    /// Made when the installation was complete.
    pub admin_link: Option<AdminLink>,
    /// Does Portner know the service provider?
    pub service_provider_registered: bool,
}

/// The link that makes the first administrator.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct AdminLink {
    /// The link.
    pub url: String,
    /// When it was made; it does not work for long.
    pub made: Moment,
}

impl Folder {
    /// The folder, made if there is none.
    pub fn open(data: &Path) -> Result<Self, Problem> {
        let private = DirBuilder::new().recursive(true).mode(0o700).create(data.join("sandbox"));
        private.map_err(|error| Problem::file(data, &error))?;
        let folder = Self(fs::canonicalize(data).map_err(|error| Problem::file(data, &error))?);
        // Found out now, rather than after a minute of making keys.
        write_atomically(&folder.own("writable"), b"")?;
        fs::remove_file(folder.own("writable")).map_err(|error| Problem::file(data, &error))?;
        Ok(folder)
    }

    /// All of it.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Portner's configuration.
    pub fn config(&self) -> PathBuf {
        self.0.join("portner.toml")
    }

    /// What Portner logs.
    pub fn log(&self) -> PathBuf {
        self.own("portner.log")
    }

    /// A file of the demo's.
    pub fn own(&self, name: &str) -> PathBuf {
        self.0.join("sandbox").join(name)
    }

    /// How far the demo has come. Refused where it could only do harm: in an installation that somebody else made,
    /// it would add users whose passwords everybody knows.
    pub fn progress(&self, ports: Ports) -> Result<Progress, Problem> {
        let here = self.0.display();
        let progress = match self.recall::<Progress>("demo.json")? {
            Some(progress) => progress,
            None if self.config().exists() => {
                return Err(Problem::new(format!(
                    "{here} holds an installation that the demo did not make; choose another folder with --data"
                )));
            }
            None => Progress { port: ports.0, admin_link: None, service_provider_registered: false },
        };
        if progress.port != ports.0 {
            let port = progress.port;
            return Err(Problem::new(format!(
                "the demo in {here} was made for port {port}; start it with --port {port}, or choose another folder with --data"
            )));
        }
        if progress.admin_link.is_none() && self.config().exists() {
            return Err(Problem::new(format!(
                "the demo in {here} was interrupted while it was being made; remove the folder and start again"
            )));
        }
        self.remember("demo.json", &progress)?;
        Ok(progress)
    }

    /// Remember a value under a name.
    pub fn remember(&self, name: &str, value: &impl Serialize) -> Result<(), Problem> {
        let path = self.own(name);
        let text = serde_json::to_vec_pretty(value).map_err(|error| Problem::file(&path, &error.into()))?;
        write_atomically(&path, &text)
    }

    /// What was remembered under a name.
    pub fn recall<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Problem> {
        let path = self.own(name);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Problem::file(&path, &error)),
        };
        serde_json::from_slice(&text).map(Some).map_err(|error| Problem::file(&path, &error.into()))
    }
}

/// Write a file that only its owner may read, so that nobody ever sees half of it.
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<(), Problem> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)
        .and_then(|mut file| file.write_all(content))
        .and_then(|()| fs::rename(&unfinished, path))
        .map_err(|error| Problem::file(path, &error))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use portner_domain::Moment;

    use super::super::ports::Ports;
    use super::{AdminLink, Folder, write_atomically};

    fn folder() -> (tempfile::TempDir, Folder) {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(&place.path().join("data")).unwrap();
        (place, folder)
    }

    #[test]
    fn what_is_remembered_is_recalled_and_private() {
        let (_place, folder) = folder();
        let mut progress = folder.progress(Ports(8080)).unwrap();
        progress.admin_link = Some(AdminLink { url: "http://localhost/setup/x".to_owned(), made: Moment(7) });
        folder.remember("demo.json", &progress).unwrap();
        fs::write(folder.config(), "").unwrap();
        let again = folder.progress(Ports(8080)).unwrap();
        assert_eq!(again.admin_link.unwrap().made, Moment(7));
        let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(folder.own("demo.json")), mode(folder.own(""))), (0o600, 0o700));
    }

    #[test]
    fn a_demo_does_not_move_to_another_port() {
        let (_place, folder) = folder();
        folder.progress(Ports(8080)).unwrap();
        let sentence = folder.progress(Ports(9090)).unwrap_err().to_string();
        assert!(sentence.contains("--port 8080"), "{sentence}");
    }

    #[test]
    fn an_installation_of_somebody_else_is_left_alone() {
        let (_place, folder) = folder();
        fs::write(folder.config(), "").unwrap();
        let sentence = folder.progress(Ports(8080)).unwrap_err().to_string();
        assert!(sentence.contains("did not make"), "{sentence}");
        assert!(!folder.own("demo.json").exists());
    }

    #[test]
    fn a_half_made_installation_is_said_to_be_one() {
        let (_place, folder) = folder();
        folder.progress(Ports(8080)).unwrap();
        fs::write(folder.config(), "").unwrap();
        let sentence = folder.progress(Ports(8080)).unwrap_err().to_string();
        assert!(sentence.contains("remove the folder"), "{sentence}");
    }

    #[test]
    fn a_folder_that_can_not_be_written_is_named_with_the_remedy() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join("data"), "a file").unwrap();
        let sentence = Folder::open(&place.path().join("data")).unwrap_err().to_string();
        assert!(sentence.contains("/data") && sentence.contains("choose another place"), "{sentence}");
    }

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("ready.json");
        write_atomically(&file, b"{}").unwrap();
        write_atomically(&file, b"{\"url\":1}").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"{\"url\":1}");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    }
}

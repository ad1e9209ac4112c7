//! Two real service providers, each an Apache of its own: mod_auth_mellon and Shibboleth.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::Portner;
use super::portner::{ASKS_BY_POST, COMPATIBLE};
use super::process::{Folder, folder, free_ports, run, tests_folder};

pub struct ServiceProviders {
    folder: Folder,
    port_mellon: u16,
    port_shibboleth: u16,
}

impl ServiceProviders {
    /// Started with `idp_metadata`, known to nobody.
    pub fn start(idp_metadata: &str) -> Self {
        let folder = folder("service-providers");
        let port = free_ports();
        let providers = Self { folder, port_mellon: port, port_shibboleth: port + 1 };
        let metadata = providers.folder.join("idp.xml");
        fs::write(&metadata, idp_metadata).expect("metadata on disk");
        let mut start = script("start");
        start.arg(providers.folder.path());
        start.args([providers.port_mellon, providers.port_shibboleth].map(|port| port.to_string()));
        run(start.arg(metadata), "").unwrap_or_else(|error| panic!("{error}"));
        providers
    }

    /// Started for `portner`, and trusted by it.
    pub async fn start_at(portner: &Portner) -> Self {
        let providers = Self::start(&portner.metadata().await);
        portner.cli.add_service_provider(&providers.metadata_file("mellon"), COMPATIBLE);
        portner.cli.add_service_provider(&providers.metadata_file("shibboleth"), ASKS_BY_POST);
        providers
    }

    pub fn mellon(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port_mellon)
    }

    pub fn shibboleth(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port_shibboleth)
    }

    /// This one no longer answers.
    pub fn halt(&self, name: &str) {
        run(script("halt").arg(self.folder.path()).arg(name), "").unwrap_or_else(|error| panic!("{error}"));
    }

    /// mod_auth_mellon shows its visitors no reason; its log has it.
    pub fn mellon_log(&self) -> String {
        fs::read_to_string(self.folder.join("mellon/log/error.log")).expect("mellon's log")
    }

    fn metadata_file(&self, name: &str) -> PathBuf {
        self.folder.join(name).join("metadata.xml")
    }
}

impl Drop for ServiceProviders {
    fn drop(&mut self) {
        let stopped = run(script("stop").arg(self.folder.path()), "");
        assert!(stopped.is_ok() || std::thread::panicking(), "{stopped:?}");
    }
}

fn script(verb: &str) -> Command {
    let mut script = Command::new(tests_folder().join("service-providers.sh"));
    script.arg(verb);
    script
}

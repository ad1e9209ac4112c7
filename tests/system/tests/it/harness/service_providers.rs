//! Two real service providers, each an Apache of its own: mod_auth_mellon and Shibboleth.

use std::fs;
use std::net::TcpListener;
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
        providers.register_at(portner);
        providers
    }

    /// The same, and logout messages are to be posted to Shibboleth; mellon reads no request that was posted.
    pub async fn start_at_with_logout_by_post(portner: &Portner) -> Self {
        let providers = Self::start(&portner.metadata().await);
        let file = providers.metadata_file("shibboleth");
        let metadata = fs::read_to_string(&file).expect("metadata on disk");
        let by_post = metadata.replace("HTTP-Redirect", "HTTP-POST").replace("SLO/Redirect", "SLO/POST");
        assert_ne!(by_post, metadata, "it lists no logout by Redirect");
        fs::write(&file, by_post).expect("metadata on disk");
        providers.register_at(portner);
        providers
    }

    fn register_at(&self, portner: &Portner) {
        portner.cli.add_service_provider(&self.metadata_file("mellon"), COMPATIBLE);
        portner.cli.add_service_provider(&self.metadata_file("shibboleth"), ASKS_BY_POST);
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

    /// This one answers again.
    pub fn resume(&self, name: &str) {
        run(script("resume").arg(self.folder.path()).arg(name), "").unwrap_or_else(|error| panic!("{error}"));
    }

    /// Something listens where mellon did, and says nothing.
    pub fn stall_mellon(&self) -> TcpListener {
        self.halt("mellon");
        TcpListener::bind(("127.0.0.1", self.port_mellon)).expect("mellon's port")
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

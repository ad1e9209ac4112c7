//! An Active Directory domain controller, as far as logging in to it goes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::process::{Folder, folder, run, tests_folder};

/// How many wrong passwords it takes before it locks an account.
const LOCKOUT_THRESHOLD: u32 = 10;

pub struct DomainController {
    folder: Folder,
    address: String,
}

impl DomainController {
    pub fn start() -> Self {
        let folder = folder("domain-controller");
        let said = run(script("provision").arg(folder.path()), "").unwrap_or_else(|error| panic!("{error}"));
        let it = Self { folder, address: said.trim().to_owned() };
        let threshold = format!("--account-lockout-threshold={LOCKOUT_THRESHOLD}");
        it.tell("tool", &["domain", "passwordsettings", "set", &threshold]);
        it.resume();
        it
    }

    /// Somebody in the domain.
    pub fn add_user(&self, name: &str, password: &str, options: &[&str]) {
        self.tell("user", &[&[name, password], options].concat());
    }

    pub fn disable(&self, name: &str) {
        self.tell("tool", &["user", "disable", name]);
    }

    /// It no longer answers.
    pub fn halt(&self) {
        self.tell("stop", &[]);
    }

    /// It answers again.
    pub fn resume(&self) {
        self.tell("start", &[]);
    }

    /// What Portner has to know of it.
    pub fn configuration(&self) -> String {
        let (address, authority) = (&self.address, self.folder.join("ca.pem"));
        format!(
            "[network_password]\nservers = [\"ldaps://{address}\"]\nca_file = \"{}\"\n\
             bind_name = \"{{user}}@ad.portner.test\"\n",
            authority.display()
        )
    }

    /// The same, where entries are searched for, by an account of its own, from the top of the domain.
    pub fn configuration_with_search(&self) -> String {
        let (name, password) = ("searcher", "Netværkets.Søger.1");
        self.add_user(name, password, &[]);
        let file = self.folder.join("password");
        fs::write(&file, password).expect("password on disk");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("and nobody else's");
        let (file, bind_name) = (file.display(), "bind_name = \"{user}@ad.portner.test\"\n");
        let search = format!(
            "search_account = \"{name}@ad.portner.test\"\nsearch_password_file = \"{file}\"\n\
             search_base = \"dc=ad,dc=portner,dc=test\"\n"
        );
        self.configuration().replace(bind_name, &search)
    }

    fn tell(&self, word: &str, arguments: &[&str]) {
        let mut command = script(word);
        command.arg(self.folder.path()).args(arguments);
        run(&mut command, "").unwrap_or_else(|error| panic!("{error}"));
    }
}

impl Drop for DomainController {
    fn drop(&mut self) {
        // A panic here would hide the one that brought us here.
        let _ = run(script("stop").arg(self.folder.path()), "");
    }
}

fn script(word: &str) -> Command {
    let mut command = Command::new(tests_folder().join("directories/samba.sh"));
    command.arg(word);
    command
}

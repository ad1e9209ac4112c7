//! `portner directory …`: the directory that knows the passwords of the local network.

use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

use portner_authenticators::network::{Step, Walk};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::args::{Directory, TestUser};
use crate::config::Config;
use crate::done;
use crate::node::network_passwords;
use crate::problem::Problem;
use crate::say::{printable, say};

/// Do what the command says.
pub async fn run(config: &Config, command: Directory) -> Result<ExitCode, Problem> {
    match command {
        Directory::Test(wishes) => test(config, &wishes).await,
    }
}

/// Every step at every server, and what to look at where one fails. Needs no database.
async fn test(config: &Config, wishes: &TestUser) -> Result<ExitCode, Problem> {
    let Some(network) = network_passwords(config)? else {
        return Err(Problem::new(
            "there is no [network_password] in the configuration; docs/how-to/connect-ad.md says how to write one",
        ));
    };
    let typed = if wishes.password { Some(typed_password()?) } else { None };
    let typed = typed.as_ref().map(|typed| typed.as_str());
    let mut server = String::new();
    let mut tell = |walk: Walk| {
        let address = walk.server.to_string();
        if address != server {
            say(&address);
            server = address;
        }
        tell(&walk);
    };
    if network.walk(&wishes.user_name, typed, &mut tell).await {
        return Ok(done(if typed.is_some() {
            "everything works"
        } else {
            "everything but the password, which was not tried, works"
        }));
    }
    Err(Problem::new("not everything works; see above"))
}

fn tell(walk: &Walk) {
    let step = walk.step.word();
    match &walk.came_of_it {
        Ok(found) => say(&format!("  ok      {step}: {}", printable(found))),
        Err(why) => {
            say(&format!("  FAILED  {step}: {}", printable(why)));
            say(&format!("          {}", Step::remedy(walk.step)));
        }
    }
}

/// The first line of standard input, unseen where somebody types it.
fn typed_password() -> Result<Zeroizing<String>, Problem> {
    let input = std::io::stdin();
    let seen = if input.is_terminal() { Some(tcgetattr(&input)?) } else { None };
    if let Some(seen) = &seen {
        let mut unseen = seen.clone();
        unseen.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&input, OptionalActions::Flush, &unseen)?;
        say("password:");
    }
    let mut line = Zeroizing::new(String::new());
    let read = input.lock().read_line(&mut line);
    if let Some(seen) = &seen {
        tcsetattr(&input, OptionalActions::Flush, seen)?;
    }
    read?;
    Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

//! `portner-sandbox idm`: MitID Erhverv's IdM API, simulated, for whoever writes a client of it.
//!
//! Made from what clients in use show of the real service. What nobody outside knows has a default and a switch. It is
//! reached on this machine alone, and whoever is in it should be made up.

mod api;
mod authority;
mod control;
mod core;
mod tls;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clap::Args;
use portner_domain::{Clock, Entropy, Moment};
use serde_json::json;
use tokio::net::TcpListener;

use self::authority::Authority;
use self::core::{Caller, Mode, Settings, World};
use crate::demo::folder::write_atomically;
use crate::problem::Problem;
use crate::real::{RealClock, RealEntropy};
use crate::say::say;

/// Where to listen, and for whom.
#[derive(Args, Clone, Debug)]
pub struct Idm {
    /// For clients: HTTPS that asks for a certificate, on this machine only.
    #[arg(long, default_value = "127.0.0.1:7443")]
    listen: SocketAddr,
    /// For tests: HTTP without a password, on this machine only.
    #[arg(long, default_value = "127.0.0.1:7444")]
    control: SocketAddr,
    /// Where certificates and keys are written, anew at every start.
    #[arg(long, default_value = "idm-data")]
    data: PathBuf,
    /// An organisation, as MODE=CVR with a mode of full, light or light-with-local-idp. May be said more than once.
    #[arg(long = "organisation", default_values = ["full=90000001", "light=90000002", "light-with-local-idp=90000003"])]
    organisations: Vec<Wanted>,
    /// What identifiers and tokens are made from; another one at every start unless it is said.
    #[arg(long)]
    seed: Option<u64>,
}

/// An organisation that is wanted.
#[derive(Clone, Debug)]
struct Wanted {
    mode: Mode,
    cvr: String,
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mode, cvr) = text.split_once('=').ok_or("say MODE=CVR")?;
        let mode = match mode {
            "full" => Mode::Full,
            "light" => Mode::Light,
            "light-with-local-idp" => Mode::LightWithLocalIdp,
            _ => return Err("a mode is full, light or light-with-local-idp".to_owned()),
        };
        let is_number = cvr.len() == 8 && cvr.bytes().all(|byte| byte.is_ascii_digit());
        is_number
            .then(|| Self { mode, cvr: cvr.to_owned() })
            .ok_or_else(|| "a CVR number has eight digits".to_owned())
    }
}

/// What both ports share: one world behind one lock, and the time.
#[derive(Clone)]
struct Shared(Arc<(Mutex<World>, Arc<dyn Clock>)>);

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn at(&self) -> Moment {
        self.0.1.now()
    }
}

/// Be the API until stopped.
pub async fn run(wishes: &Idm) -> Result<(), Problem> {
    let started = start(wishes, Arc::new(RealClock)).await?;
    say(&format!("API      {}", started.api));
    say(&format!("control  {}", started.control));
    say(&format!("certificates and {} are in {}", READY, wishes.data.display()));
    started.serve().await
}

/// The file that says where everything is.
const READY: &str = "ready.json";

/// Everything is in place, and nothing is answered yet.
struct Started {
    api: String,
    control: String,
    shared: Shared,
    tls: tls::TlsListener,
    plain: TcpListener,
}

async fn start(wishes: &Idm, clock: Arc<dyn Clock>) -> Result<Started, Problem> {
    let numbers: BTreeSet<_> = wishes.organisations.iter().map(|it| &it.cvr).collect();
    if numbers.len() != wishes.organisations.len() {
        return Err(Problem::new("--organisation names a CVR number twice; give each organisation its own"));
    }
    let listener = listen("--listen", wishes.listen).await?;
    let plain = listen("--control", wishes.control).await?;
    let address = |it: &TcpListener| it.local_addr().map_err(|error| Problem::new(error.to_string()));
    let api = format!("https://localhost:{}", address(&listener)?.port());
    let control = format!("http://{}", address(&plain)?);
    std::fs::create_dir_all(&wishes.data).map_err(|error| Problem::file(&wishes.data, &error))?;
    let authority = Authority::new()?;
    let callers = write_certificates(wishes, &authority)?;
    let settings = wishes.organisations.iter().map(|it| Settings::example(&it.cvr, it.mode)).collect();
    let world = World::new(settings, wishes.seed.unwrap_or_else(any_seed));
    let shared = Shared(Arc::new((Mutex::new(world), clock)));
    let lock = shared.clone();
    let demands = move || lock.world().switches.mtls_on_all_calls;
    let tls = tls::TlsListener::new(listener, &authority, callers, Arc::new(demands))?;
    let ready = json!({ "api": api, "control": control, "organisations": wishes.organisations.iter().map(|it| json!({
        "cvr": it.cvr, "certificate": certificate(&it.cvr), "key": key(&it.cvr),
    })).collect::<Vec<_>>(), "authority": AUTHORITY });
    write_atomically(&wishes.data.join(READY), ready.to_string().as_bytes())?;
    Ok(Started { api, control, shared, tls, plain })
}

const AUTHORITY: &str = "ca.pem";

fn certificate(of: &str) -> String {
    format!("client-{of}.pem")
}

fn key(of: &str) -> String {
    format!("client-{of}-key.pem")
}

/// One certificate for each organisation, and one that has no right here. Says whose is whose, by what is in them.
fn write_certificates(wishes: &Idm, authority: &Authority) -> Result<BTreeMap<Vec<u8>, Caller>, Problem> {
    let write = |name: &str, pem: &str| write_atomically(&wishes.data.join(Path::new(name)), pem.as_bytes());
    write(AUTHORITY, authority.pem())?;
    let organisations =
        wishes.organisations.iter().map(|it| (it.cvr.as_str(), Caller::Organisation(it.cvr.clone())));
    let mut callers = BTreeMap::new();
    for (name, caller) in organisations.chain([("without-right", Caller::WithoutRight)]) {
        let issued = authority.client(name)?;
        write(&certificate(name), &issued.certificate_pem)?;
        write(&key(name), &issued.key_pem)?;
        callers.insert(issued.certificate_der, caller);
    }
    Ok(callers)
}

fn any_seed() -> u64 {
    let mut seed = [0; 8];
    RealEntropy.fill(&mut seed);
    u64::from_be_bytes(seed)
}

/// Nothing here is meant for anybody but this machine.
async fn listen(option: &str, address: SocketAddr) -> Result<TcpListener, Problem> {
    if !address.ip().is_loopback() {
        return Err(Problem::new(format!(
            "{address} is not of this machine alone, and the simulator lets in whoever reaches it; give {option} an address such as 127.0.0.1:7443"
        )));
    }
    TcpListener::bind(address).await.map_err(|error| {
        Problem::new(format!("{address} can't be listened on ({error}); stop the program that has it, or choose another with {option}"))
    })
}

impl Started {
    async fn serve(self) -> Result<(), Problem> {
        let Self { shared, tls, plain, .. } = self;
        let api = api::router(shared.clone()).into_make_service_with_connect_info::<tls::Peer>();
        let ended = |error: std::io::Error| Problem::new(format!("the simulator ended: {error}"));
        tokio::select! {
            served = axum::serve(tls, api) => served.map_err(ended),
            served = axum::serve(plain, control::router(shared)) => served.map_err(ended),
        }
    }
}

//! `portner serve`: answer logins until stopped.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use metrics_exporter_prometheus::PrometheusBuilder;
use portner_audit_log::volatile::run_purge;
use portner_audit_log::{Actor, Sealer, run_sealer};
use portner_authenticators::webauthn::watch as watch_models;
use portner_directory::scim::Scim;
use portner_directory::{Again, Duty, Terms, name_organisation, publish_terms};
use portner_domain::Reference;
use portner_federation::Stripper;
use portner_federation::keys::watch_certificates;
use portner_federation::refresh::Refresher;
use portner_federation::upkeep::Upkeep;
use portner_web::mail::Postman;
use portner_web::management::{Management, router as management_router};
use portner_web::{App, Inner, pages, router};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

use crate::about::publication;
use crate::config::{self, Config, LogFormat};
use crate::feed::schedule::run as feeds;
use crate::node::{Node, audit_signer, fetcher, mail_server};
use crate::problem::Problem;
use crate::real::{RealClock, RealEntropy};

/// How long logins in progress may go on after the stop signal.
const GRACE: Duration = Duration::from_secs(10);

/// Answer logins until a signal comes.
pub async fn serve(config: &Config) -> Result<ExitCode, Problem> {
    start_logging(config)?;
    let metrics = PrometheusBuilder::new().install_recorder()?;
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let node = Arc::new(Node::open(config, workers).await?);
    follow_configuration(config, &node).await?;
    let app = app(config, &node)?;
    let management = Management {
        log: node.log.clone(),
        keys: node.keys.clone(),
        metrics: Arc::new(move || metrics.render()),
    };
    let public = listener("listen.address", &config.listen.address).await?;
    let private = listener("listen.management", &config.listen.management).await?;
    tracing::info!(address = %config.listen.address, url = %config.public_url, "ready");

    let (stop, stopping) = watch::channel(false);
    let sealer = tokio::spawn(run_sealer(node.log.clone(), sealer(config)?, until(stopping.clone())));
    let purge = tokio::spawn(run_purge(node.volatile.clone(), Arc::new(RealClock), until(stopping.clone())));
    let keys = node.keys.clone();
    let following = until(stopping.clone());
    let follow = tokio::spawn(async move { keys.follow(following).await });
    let watch = tokio::spawn(watch_certificates(node.log.clone(), until(stopping.clone())));
    let models = node.fido.models().clone();
    let reading = watch_models(models, Arc::new(RealClock), until(stopping.clone()));
    let reading = tokio::spawn(reading);
    let refresher =
        Refresher::new(node.log.clone(), Arc::clone(&node.volatile), fetcher(config)?, Arc::new(RealEntropy));
    let refresh = tokio::spawn(refresher.run(until(stopping.clone())));
    let upkeep = tokio::spawn(upkeep(config, &node).run(until(stopping.clone())));
    let feeds = tokio::spawn(feeds(config.clone(), Arc::clone(&node), stopping.clone()));
    let erhverv = tokio::spawn(crate::sync::follow(config.clone(), Arc::clone(&node), stopping.clone()));
    let postman = tokio::spawn(postman(config, &node)?.run(until(stopping.clone())));
    let outward = tokio::spawn(answer(public, router(app), until(stopping.clone())));
    let inward = tokio::spawn(answer(private, management_router(management), until(stopping)));
    signal().await?;
    tracing::info!("stopping");
    stop.send_replace(true);
    for (task, name) in [(outward, "logins"), (inward, "health checks")] {
        if tokio::time::timeout(GRACE, task).await.is_err() {
            tracing::warn!("{name} were still in progress after {} seconds", GRACE.as_secs());
        }
    }
    for task in [purge, follow, watch, refresh, upkeep, feeds, erhverv, postman, reading] {
        task.await?;
    }
    sealer.await?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Whoever keeps the record of people true to the calendar.
fn upkeep(config: &Config, node: &Node) -> Upkeep {
    let (log, volatile) = (node.log.clone(), Arc::clone(&node.volatile));
    Upkeep::new(log, volatile, node.authenticators.clone(), config.upkeep.patience())
}

/// Whoever tells people what happens to their login.
fn postman(config: &Config, node: &Node) -> Result<Postman, Problem> {
    let (log, server) = (node.log.clone(), mail_server(config)?);
    Ok(Postman { log, server, public: config.public().map_err(Problem::new)?, site: site(config) })
}

/// What is the same on every page, and in every letter.
fn site(config: &Config) -> pages::Site {
    let support = &config.support;
    pages::Site {
        organisation: config.organisation.name.clone(),
        service_name: config.organisation.service_name.clone(),
        support: pages::Support {
            name: support.name.clone(),
            phone: support.phone.clone(),
            email: support.email.clone(),
        },
        accessibility_url: config.organisation.accessibility_url.clone(),
    }
}

/// What the configuration says of the organisation becomes what the directory says, with a trace.
async fn follow_configuration(config: &Config, node: &Node) -> Result<(), Problem> {
    let mut tx = node.log.begin(Actor::system("configuration")).await?;
    let organisation = &config.organisation;
    name_organisation(node.log.database(), &mut tx, &organisation.cvr, &organisation.name).await?;
    if let Some(terms) = &config.terms {
        publish_terms(node.log.database(), &mut tx, &terms_in(terms)?).await??;
    }
    Ok(tx.commit().await?)
}

fn terms_in(of: &config::Terms) -> Result<Terms, Problem> {
    let text = |key: &str, file: &std::path::Path| {
        std::fs::read_to_string(file).map_err(|error| Problem::file(key, file, &error))
    };
    Ok(Terms {
        version: of.version.clone(),
        danish: text("terms.danish_file", &of.danish_file)?,
        english: text("terms.english_file", &of.english_file)?,
        duty: if of.mandatory { Duty::Mandatory } else { Duty::Voluntary },
        again: if of.accept_again { Again::Everybody } else { Again::Newcomers },
        hold_for: of.hold_for,
    })
}

/// The web application of this configuration.
pub fn app(config: &Config, node: &Node) -> Result<App, Problem> {
    Ok(App::new(Inner {
        federation: node.federation(config)?,
        authenticators: node.authenticators.clone(),
        log: node.log.clone(),
        entropy: Arc::new(RealEntropy),
        public: config.public().map_err(Problem::new)?,
        site: site(config),
        cvr: config.organisation.cvr.clone(),
        proxies: config.proxy.trusted.clone(),
        metadata: publication(config, node.keys.clone(), node.log.clone())?,
        mail: crate::node::mail_server(config)?,
        scim: scim(config, node)?,
        erhverv: config
            .mitid_erhverv
            .as_ref()
            .map(|section| crate::sync::liaison(config, section, node, Actor::system("sync")))
            .transpose()?,
        are_terms_in_file: config.terms.is_some(),
    }))
}

/// What answers programs that feed the directory, if the configuration lets them in.
fn scim(config: &Config, node: &Node) -> Result<Option<Arc<Scim>>, Problem> {
    let Some(section) = &config.scim else { return Ok(None) };
    let public = config.public().map_err(Problem::new)?;
    Ok(Some(Arc::new(Scim {
        log: node.log.clone(),
        volatile: Arc::clone(&node.volatile),
        personal: node.personal.clone(),
        entropy: Arc::new(RealEntropy),
        strip: Arc::new(Stripper(node.authenticators.clone())),
        brake: section.brake.checked().map_err(Problem::new)?,
        base: format!("{}/scim/v2", public.origin),
    })))
}

fn sealer(config: &Config) -> Result<Sealer, Problem> {
    let node = Reference::new(portner_domain::Clock::now(&RealClock), &RealEntropy).to_string();
    let file = config.storage.data.join("audit-checkpoints.txt");
    Ok(Sealer::new(&node, audit_signer(config)?, &[], &file)?)
}

async fn answer(listener: TcpListener, router: Router, stop: impl Future<Output = ()> + Send + 'static) {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(stop).await {
        tracing::error!(error = &error as &dyn std::error::Error, "a listener failed");
    }
}

async fn listener(key: &str, address: &str) -> Result<TcpListener, Problem> {
    TcpListener::bind(address).await.map_err(|error| {
        Problem::new(format!("{key} = {address:?} can't be listened on ({error}); is another program there?"))
    })
}

/// Until it is to stop.
pub async fn until(mut stopping: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is a stop as well.
    drop(stopping.wait_for(|stop| *stop).await);
}

async fn signal() -> Result<(), Problem> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

fn start_logging(config: &Config) -> Result<(), Problem> {
    let filter = EnvFilter::try_new(&config.log.level)?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log.format {
        LogFormat::Json => log.json().init(),
        LogFormat::Text => log.with_ansi(false).init(),
    }
    Ok(())
}

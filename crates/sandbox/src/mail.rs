//! `portner-sandbox mail`: a mail server that keeps what it is given, and shows it on a control port.

mod catcher;

use std::net::SocketAddr;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use catcher::{Caughts, Offers, converse};
use clap::Args;
use serde::Serialize;
use tokio::net::TcpListener;

use crate::problem::Problem;
use crate::say::say;

/// Where to listen.
#[derive(Args, Debug)]
pub struct Mail {
    /// For letters: SMTP without TLS, so on this machine only.
    #[arg(long, default_value = "127.0.0.1:2525")]
    smtp: SocketAddr,
    /// For whoever wants to read them: GET and DELETE /messages.
    #[arg(long, default_value = "127.0.0.1:2526")]
    control: SocketAddr,
}

/// A message, as it is shown.
#[derive(Serialize)]
struct Shown {
    from: String,
    to: Vec<String>,
    message: String,
}

/// Catch letters until stopped.
pub async fn run(wishes: &Mail) -> Result<(), Problem> {
    let (smtp, control) = (listener(wishes.smtp).await?, listener(wishes.control).await?);
    say(&format!("letters at {}, to be read at http://{}/messages", wishes.smtp, wishes.control));
    let caughts = Caughts::default();
    let router = Router::new().route("/messages", get(show).delete(clear)).with_state(caughts.clone());
    tokio::select! {
        served = axum::serve(control, router) => served.map_err(ended),
        caught = catch(smtp, caughts) => caught,
    }
}

async fn listener(address: SocketAddr) -> Result<TcpListener, Problem> {
    TcpListener::bind(address).await.map_err(|error| {
        Problem::new(format!("{address} can't be listened on ({error}); is another program there?"))
    })
}

fn ended(error: std::io::Error) -> Problem {
    Problem::new(format!("the catcher ended: {error}"))
}

async fn catch(listener: TcpListener, caughts: Caughts) -> Result<(), Problem> {
    loop {
        let (mut stream, _) = listener.accept().await.map_err(ended)?;
        let caughts = caughts.clone();
        // Whoever hangs up has had enough.
        tokio::spawn(async move { drop(converse(&mut stream, &caughts, Offers::Nothing).await) });
    }
}

async fn show(State(caughts): State<Caughts>) -> Json<Vec<Shown>> {
    let shown = |one: catcher::Caught| Shown { from: one.from, to: one.to, message: one.message };
    Json(caughts.all().into_iter().map(shown).collect())
}

async fn clear(State(caughts): State<Caughts>) {
    caughts.clear();
}

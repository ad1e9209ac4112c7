//! The networks that the organisation knows.

use axum::extract::{Query, State};
use axum::response::Response;
use portner_federation::office::NotDone;
use portner_federation::{BadNetwork, Error, Network};
use serde::Deserialize;
use url::form_urlencoded;

use super::sheet::{Asked, fault_of, reason, show};
use super::{Desk, DeskSent, routes};
use crate::App;
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::{Fault, NetworkRow, NetworksPage, Options, Said, Sheet, Typed};

/// Which network a page is about.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Which {
    network: String,
}

/// All of them.
pub async fn list(State(app): State<App>, desk: Desk) -> Response {
    let frame = match desk.frame(&app).await {
        Ok(frame) => frame,
        Err(response) => return response,
    };
    let found = async {
        let federation = &app.0.federation;
        let services = federation.services_of_networks(desk.warrant()?).await?;
        Ok::<_, Error>((federation.networks().await?, services))
    };
    let (networks, services) = match found.await {
        Ok(found) => found,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    let row = |network: &Network| {
        let range = network.range().to_string();
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("network", &range).finish();
        let remove_href = format!("{}?{query}", routes::REMOVE_NETWORK);
        NetworkRow { name: network.name().to_owned(), range, remove_href }
    };
    let here = networks.name_of(&desk.incoming.visit.address.to_string());
    let page = NetworksPage {
        frame: &frame,
        rows: networks.all().iter().map(row).collect(),
        new_href: routes::NEW_NETWORK,
        address: &desk.incoming.visit.address.to_string(),
        here,
        services,
    };
    rendered(&app, &desk.incoming, 200, |frame| page.render(frame))
}

/// Know one more?
pub async fn ask(State(app): State<App>, desk: Desk) -> Response {
    show(&app, &desk, Asked::new(Sheet::AddNetwork, &Typed::default())).await
}

/// Know this one.
pub async fn add(State(app): State<App>, sent: DeskSent<Typed>) -> Response {
    let DeskSent { desk, form } = sent;
    let mut faults = Vec::new();
    let network = Network::typed(form.get("range"), form.get("network-name"));
    faults.extend(network.as_ref().err().map(|bad| fault(*bad)));
    let why = reason(&form, &mut faults);
    let (Ok(network), true) = (network, faults.is_empty()) else {
        return show(&app, &desk, Asked::new(Sheet::AddNetwork, &form).wrong(faults)).await;
    };
    let done = async {
        let (warrant, visit) = (desk.warrant()?, &desk.incoming.visit);
        app.0.federation.add_network(warrant, (&network, &why), visit).await
    };
    match done.await {
        Ok(Ok(())) => desk.answer(&app, routes::NETWORKS, Said::NetworkAdded).await,
        Ok(Err(not)) => {
            show(&app, &desk, Asked::new(Sheet::AddNetwork, &form).wrong(vec![fault_of(not)])).await
        }
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}

fn fault(bad: BadNetwork) -> Fault {
    match bad {
        BadNetwork::Range => Fault::at("range", "sheet-problem-range"),
        BadNetwork::NotTheFirst => Fault::at("range", "sheet-problem-range-not-first"),
        BadNetwork::TooWide => Fault::at("range", "sheet-problem-range-wide"),
        BadNetwork::Name => Fault::at("network-name", "sheet-problem-network-name"),
    }
}

/// Know one no more?
pub async fn ask_remove(State(app): State<App>, Query(which): Query<Which>, desk: Desk) -> Response {
    let typed = Typed::of([("network", &which.network)]);
    remove_page(&app, &desk, &typed, Vec::new()).await
}

/// Know this one no more.
pub async fn remove(State(app): State<App>, sent: DeskSent<Typed>) -> Response {
    let DeskSent { desk, form } = sent;
    let mut faults = Vec::new();
    let networks = match app.0.federation.networks().await {
        Ok(networks) => networks,
        Err(error) => return failed(&app, &desk.incoming, &error),
    };
    let chosen = networks.all().iter().find(|it| it.range().to_string() == form.get("network"));
    if chosen.is_none() {
        faults.push(Fault::at("network", "sheet-problem-network"));
    }
    let why = reason(&form, &mut faults);
    let (Some(network), true) = (chosen, faults.is_empty()) else {
        return remove_page(&app, &desk, &form, faults).await;
    };
    let done: Result<Result<(), NotDone>, Error> = async {
        let (warrant, visit) = (desk.warrant()?, &desk.incoming.visit);
        app.0.federation.remove_network(warrant, (network, &why), visit).await
    }
    .await;
    match done {
        Ok(Ok(())) => desk.answer(&app, routes::NETWORKS, Said::NetworkRemoved).await,
        Ok(Err(not)) => remove_page(&app, &desk, &form, vec![fault_of(not)]).await,
        Err(error) => failed(&app, &desk.incoming, &error),
    }
}

async fn remove_page(app: &App, desk: &Desk, typed: &Typed, faults: Vec<Fault>) -> Response {
    let networks = match app.0.federation.networks().await {
        Ok(networks) => networks,
        Err(error) => return failed(app, &desk.incoming, &error),
    };
    let option = |network: &Network| {
        let range = network.range().to_string();
        let text = format!("{} ({range})", network.name());
        (range, text)
    };
    let options: Vec<Options> = vec![("network", networks.all().iter().map(option).collect())];
    show(app, desk, Asked { options, ..Asked::new(Sheet::RemoveNetwork, typed).wrong(faults) }).await
}

//! Stop everything, at any hour, with whatever session there is.

use axum::extract::State;
use axum::response::Response;
use portner_federation::OwnPage;

use super::routes::BLOCKED;
use super::{Mine, MineSent, OnlyToken, path_of};
use crate::App;
use crate::answer::{go, rendered};
use crate::failure::failed;
use crate::incoming::Incoming;
use crate::pages::{BlockPage, BlockedPage};

/// What it will do.
pub async fn show(State(app): State<App>, mine: Mine) -> Response {
    let own = match mine.own(&app).await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let page = BlockPage {
        own: &own,
        action: &path_of(mine.page),
        csrf: &mine.token(),
        back_href: &path_of(OwnPage::Authenticators),
    };
    rendered(&app, &mine.incoming, 200, |frame| page.render(frame))
}

/// Do it.
pub async fn block(State(app): State<App>, MineSent { mine, .. }: MineSent<OnlyToken>) -> Response {
    match app.0.federation.block_myself(&mine.me, &mine.incoming.visit).await {
        Ok(()) => go(&mine.incoming, BLOCKED),
        Err(error) => failed(&app, &mine.incoming, &error),
    }
}

/// It is done.
pub async fn blocked(State(app): State<App>, incoming: Incoming) -> Response {
    let page = BlockedPage { start_href: "/" };
    rendered(&app, &incoming, 200, |frame| page.render(frame))
}

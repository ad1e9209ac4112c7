//! The other identities of somebody, and the way over to one.

use axum::extract::State;
use axum::response::Response;
use portner_domain::IdentityId;
use serde::Deserialize;

use super::{Mine, MineSent, path_of};
use crate::App;
use crate::answer::{rendered, reply};
use crate::failure::failed;
use crate::pages::{IdentityRow, Notice, OwnIdentitiesPage};
use crate::sent::WithToken;

/// Which.
#[derive(Deserialize)]
pub struct WhichForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    identity: String,
}

impl WhichForm {
    /// The one that was chosen, if it is one at all.
    pub fn chosen(&self) -> Option<IdentityId> {
        self.identity.parse().ok()
    }
}

impl WithToken for WhichForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

/// Those that they may go over to.
pub async fn show(State(app): State<App>, mine: Mine) -> Response {
    let own = match mine.own(&app).await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let others = match app.0.federation.other_identities(&mine.me).await {
        Ok(others) => others,
        Err(error) => return failed(&app, &mine.incoming, &error),
    };
    let page = OwnIdentitiesPage {
        own: &own,
        action: &path_of(mine.page),
        csrf: &mine.token(),
        user_name: mine.me.standing.identity.user_name.as_str(),
        rows: others.iter().map(|it| IdentityRow::of(it, false)).collect(),
    };
    rendered(&app, &mine.incoming, 200, |frame| page.render(frame))
}

/// Over to one of them: a login of its own.
pub async fn go_over(State(app): State<App>, sent: MineSent<WhichForm>) -> Response {
    let MineSent { mut mine, form } = sent;
    let begun = match form.chosen() {
        Some(to) => app.0.federation.go_over(&mine.me, to, &mut mine.incoming.visit).await,
        None => Ok(None),
    };
    match begun {
        Ok(Some(begun)) => reply(&app, &mine.incoming, Ok(begun)),
        Ok(None) => mine.answer(&app, mine.page, Notice::NotToBeChosen).await,
        Err(error) => failed(&app, &mine.incoming, &error),
    }
}

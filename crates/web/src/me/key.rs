//! A new security key or passkey: the question in the page, the answer in the form.

use axum::extract::State;
use axum::response::Response;
use portner_authenticators::webauthn::{Declined as Unfit, Wish};
use portner_federation::{Declined, KeyDeclined, OwnPage};
use serde::Deserialize;

use super::{Mine, MineSent, path_of};
use crate::App;
use crate::answer::{rendered, scripted};
use crate::failure::failed;
use crate::pages::{NewKeyPage, Notice};
use crate::sent::WithToken;

/// The page, with a question for each wish.
pub async fn show(State(app): State<App>, mine: Mine) -> Response {
    let mut questions = Vec::new();
    for wish in [Wish::Passkey, Wish::SecurityKey] {
        match app.0.federation.new_key_question(&mine.me, wish).await {
            Ok(Ok(options)) => questions.push((wish, options)),
            Ok(Err(why)) => return declined(&app, mine, why).await,
            Err(error) => return failed(&app, &mine.incoming, &error),
        }
    }
    let own = match mine.own(&app).await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let [(first, of_first), (second, of_second)] = questions.as_slice() else {
        return crate::failure::page(&app, &mine.incoming, crate::pages::ErrorKind::Internal);
    };
    let page = NewKeyPage {
        own: &own,
        action: &path_of(mine.page),
        csrf: &mine.token(),
        questions: [(*first, of_first), (*second, of_second)],
    };
    scripted(rendered(&app, &mine.incoming, 200, |frame| page.render(frame)))
}

/// What the browser made.
pub async fn add(State(app): State<App>, sent: MineSent<KeyForm>) -> Response {
    let MineSent { mine, form } = sent;
    let Ok(name) = form.name.parse() else {
        return mine.answer(&app, OwnPage::AddKey, Notice::KeyNeedsName).await;
    };
    match app.0.federation.add_key(form.wish, &name, &form.response, &mine.incoming.visit).await {
        Ok(Ok(_)) => mine.answer(&app, OwnPage::Authenticators, Notice::KeyAdded).await,
        Ok(Err(why)) => declined(&app, mine, why).await,
        Err(error) => failed(&app, &mine.incoming, &error),
    }
}

async fn declined(app: &App, mine: Mine, why: KeyDeclined) -> Response {
    let notice = match why {
        KeyDeclined::Change(Declined::Rule(refusal)) => return mine.not_now(app, refusal).await,
        KeyDeclined::Change(_) => Notice::KeyTooLate,
        KeyDeclined::Key(Unfit::TooMany) => {
            return mine.answer(app, OwnPage::Authenticators, Notice::KeysTooMany).await;
        }
        KeyDeclined::Key(Unfit::Fault(portner_authenticators::KeyFault::Over)) => Notice::KeyTooLate,
        KeyDeclined::Key(Unfit::Fault(_)) => Notice::KeyUnfit,
        KeyDeclined::Key(Unfit::Taken) => Notice::KeyTaken,
        KeyDeclined::Key(Unfit::ModelNotAccepted | Unfit::ModelWithdrawn) => Notice::KeyModel,
        KeyDeclined::Key(Unfit::NotDiscoverable) => Notice::KeyNoPasskey,
    };
    mine.answer(app, OwnPage::AddKey, notice).await
}

/// What is sent with the answer of a browser.
#[derive(Deserialize)]
pub struct KeyForm {
    #[serde(default)]
    csrf: String,
    wish: Wish,
    #[serde(default)]
    name: String,
    #[serde(default)]
    response: String,
}

impl WithToken for KeyForm {
    fn token(&self) -> &str {
        &self.csrf
    }
}

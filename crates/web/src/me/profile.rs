//! Who somebody is here, as others see it, and how far their login carries.

use axum::extract::State;
use axum::response::Response;
use portner_domain::Level;
use portner_domain::assurance::Notified;
use portner_federation::OwnPage;

use super::{Mine, path_of};
use crate::App;
use crate::answer::rendered;
use crate::failure::failed;
use crate::pages::ProfilePage;
use crate::stopped::password_due;

/// The page.
pub async fn show(State(app): State<App>, mine: Mine) -> Response {
    let own = match mine.own(&app).await {
        Ok(own) => own,
        Err(response) => return response,
    };
    let (me, say) = (&mine.me, mine.incoming.language);
    let authenticators = &app.0.authenticators;
    let notice = match authenticators.password_notice(me.standing.identity.id).await {
        Ok(notice) => notice,
        Err(error) => return failed(&app, &mine.incoming, &error.into()),
    };
    let others = match app.0.federation.other_identities(me).await {
        Ok(others) => others,
        Err(error) => return failed(&app, &mine.incoming, &error),
    };
    let password_due = notice.map(|notice| password_due(&app, say, notice, OwnPage::ChangePassword));
    // What stands in the way of the next level is what is in the way with everything that they have.
    let next = next_level(me.best.loa, app.0.federation.settings().rules.notified);
    let missing = next.map(|level| me.best.because.iter().filter(move |it| it.keeps_below(level)));
    let page = ProfilePage {
        own: &own,
        identity: &me.standing.identity,
        level: me.assessment.loa,
        reasons: me.assessment.because.iter().map(|reason| say.explain(reason)).collect(),
        best: me.best.loa,
        next,
        others_href: (!others.is_empty()).then(|| path_of(OwnPage::Identities)),
        password_due,
        missing: missing.into_iter().flatten().map(|reason| say.explain(reason)).collect(),
    };
    rendered(&app, &mine.incoming, 200, |frame| page.render(frame))
}

/// The level above the best that they could reach. What the organisation is not notified for is nobody's to reach.
fn next_level(best: Option<Level>, notified: Notified) -> Option<Level> {
    let next = Level::ALL.into_iter().find(|level| Some(*level) > best);
    next.filter(|level| Some(*level) <= notified.scheme.min(notified.broker))
}

//! Where logouts are played: Anna at her browser, and two service providers that take logout requests.

use portner_audit_log::Event;
use portner_saml::Binding;

use crate::browser::Browser;
use crate::slo::Told;
use crate::stage::{Node, OIOSAML3, Sp, User, World};

pub const REDIRECT: &[Binding] = &[Binding::Redirect];
const POST: &[Binding] = &[Binding::Post];

/// Anna, with a password in her browser's session, and service providers that take logout requests.
pub struct Office {
    pub world: World,
    pub node: Node,
    pub anna: User,
    pub browser: Browser,
    pub sag: Sp,
    pub plan: Sp,
}

impl Office {
    pub async fn of(world: World) -> Self {
        let (node, anna) = (world.node().await, world.anna().await);
        let sag = world.sp_with_logout("sag", OIOSAML3, REDIRECT).await;
        let plan = world.sp_with_logout("plan", OIOSAML3, POST).await;
        Self { world, node, anna, browser: Browser::default(), sag, plan }
    }

    /// Anna is logged in at both; what `sag` and `plan` know.
    pub async fn both(&mut self) -> (Told, Told) {
        let Self { world, node, anna, browser, sag, plan } = self;
        let at_sag = browser.is_known_to(world, node, sag, anna).await;
        (at_sag, browser.is_known_to(world, node, plan, anna).await)
    }

    pub async fn is_logged_in(&self) -> bool {
        self.browser.is_logged_in(&self.world, &self.node).await
    }

    pub async fn sessions_ended(&self) -> (usize, usize) {
        let world = &self.world;
        (
            world.events("session-ended").await.len(),
            world.events("session-ended-by-service-provider").await.len(),
        )
    }

    pub async fn outcomes(&self) -> Vec<String> {
        let outcome = |event| match event {
            Event::LogoutOutcome { outcome, .. } => outcome,
            other => panic!("{other:?}"),
        };
        self.world.events("logout-outcome").await.into_iter().map(outcome).collect()
    }
}

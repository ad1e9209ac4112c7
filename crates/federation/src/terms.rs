//! What a login for one service provider is held to, and what has to be read about whoever logs in there.

use portner_domain::flow::Rules;

use crate::flows::Flow;
use crate::registry::Registered;
use crate::standing::Extent;
use crate::{Error, Federation};

/// The terms of a login.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The rules for everybody, as far as the service provider's policy does not tighten them.
    pub rules: Rules,
    /// What has to be read.
    pub extent: Extent,
}

impl Terms {
    /// Those of a service provider under these rules.
    pub fn of(sp: &Registered, general: &Rules) -> Self {
        let extent = if sp.policy.needs_holdings() { Extent::WithHoldings } else { Extent::Login };
        Self { rules: sp.policy.rules(general), extent }
    }
}

impl Federation {
    /// The terms of a login at our own pages.
    pub(crate) fn own_terms(&self) -> Terms {
        Terms { rules: self.settings.rules, extent: Extent::Login }
    }

    /// The terms of a login in progress, as they are now.
    pub(crate) async fn terms(&self, flow: &Flow) -> Result<Terms, Error> {
        let Some(request) = &flow.request else { return Ok(self.own_terms()) };
        let sp = self.registry.by_id(request.service_provider).await?;
        Ok(sp.map_or_else(|| self.own_terms(), |sp| Terms::of(&sp, &self.settings.rules)))
    }
}

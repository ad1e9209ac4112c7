//! For benchmarks: everybody is there, as if each had been made, and nobody was asked.

use portner_audit_log::Event;
use portner_directory::Which;
use uuid::Uuid;

use crate::liaison::Liaison;
use crate::plan::{Agreed, Authenticates, Bond, Desired, Observed, State, Step, Wanted};
use crate::wire::EmployeeUuid;
use crate::{Error, store};

impl Liaison {
    /// Suppose that all who are to be there were made and seen since. Meant for a database that is thrown away: MitID Erhverv
    /// knows nothing of it.
    pub async fn danger_suppose_made(&self) -> Result<u64, Error> {
        let (rules, mut after, mut many) = (self.rules().await?, None, 0);
        loop {
            let page = self.mirror.personal.registered(Which::After(after)).await?;
            let Some(last) = page.last() else { return Ok(many) };
            after = Some(last.standing.identity.id);
            let mut tx = self.mirror.log.begin(self.actor.clone()).await?;
            for it in &page {
                let desired = self.desired(it, Bond::None);
                if desired.wanted != Wanted::Active {
                    continue;
                }
                let mut bytes = [0; 16];
                self.mirror.entropy.fill(&mut bytes);
                let employee = EmployeeUuid(Uuid::from_bytes(bytes));
                let mut agreed = Box::<Agreed>::default();
                agreed.said(&Step::Create, &desired, &rules.quirks);
                let bond = Bond::With { employee, agreed };
                let event =
                    Event::SyncTied { identity: desired.identity, employee: employee.to_string(), why: None };
                let conn = tx.write(event);
                store::put_seen(conn, &self.mirror.seen_row(&as_made(&desired, employee))?).await?;
                store::put_bond(conn, &self.mirror.bond_row(desired.identity, &bond, false)?).await?;
                many += 1;
            }
            tx.commit().await?;
        }
    }
}

fn as_made(desired: &Desired, employee: EmployeeUuid) -> Observed {
    Observed {
        state: State::Active,
        given_name: Some(desired.person.given_name.clone()),
        surname: Some(desired.person.surname.clone()),
        email: desired.person.email.clone(),
        cpr: desired.person.cpr.clone(),
        authenticators: Some(Authenticates {
            local: desired.local_name().map(str::to_owned),
            private_mitid: None,
        }),
        may_sign: Some(desired.may.sign),
        is_pseudonymous: Some(desired.may.be_pseudonymous),
        ..Observed::unread(employee)
    }
}

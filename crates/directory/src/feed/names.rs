//! Who may take which user name when several change in one run: two people may even swap theirs.

use std::collections::{BTreeMap, BTreeSet};

use portner_domain::IdentityId;
use portner_domain::identity::UserName;

/// User names that change in one run: they change in one transaction, which others wait for on SQLite.
pub const USER_NAMES_CHANGED_MAX: usize = 10_000;

/// An identity that is to have another user name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wish {
    /// Which.
    pub identity: IdentityId,
    /// What it is to be called.
    pub name: UserName,
    /// Who has that name now.
    pub holder: Option<IdentityId>,
}

/// Those whose wish comes true: whoever has the name gives it up for another. Who does not get theirs keeps what they
/// have, and so nobody else gets that.
pub fn settle(wishes: Vec<Wish>) -> Vec<Wish> {
    let mut granted: BTreeMap<IdentityId, Wish> =
        wishes.into_iter().map(|wish| (wish.identity, wish)).collect();
    loop {
        let stays = |holder: IdentityId| !granted.contains_key(&holder);
        let refused: BTreeSet<IdentityId> = granted
            .values()
            .filter(|wish| wish.holder.is_some_and(stays))
            .map(|wish| wish.identity)
            .collect();
        if refused.is_empty() {
            return granted.into_values().collect();
        }
        granted.retain(|identity, _| !refused.contains(identity));
    }
}

#[cfg(test)]
mod tests {
    use portner_domain::IdentityId;

    use super::{Wish, settle};

    fn id(n: u8) -> IdentityId {
        IdentityId(format!("00000000-0000-7000-8000-0000000000{n:02}").parse().unwrap())
    }

    fn settled(wishes: &[(u8, Option<u8>)]) -> Vec<u8> {
        let wish = |(who, holder): &(u8, Option<u8>)| Wish {
            identity: id(*who),
            name: format!("name{who}").parse().unwrap(),
            holder: holder.map(id),
        };
        let granted = settle(wishes.iter().map(wish).collect());
        (1..=9).filter(|n| granted.iter().any(|wish| wish.identity == id(*n))).collect()
    }

    #[test]
    fn who_takes_a_name_that_its_holder_gives_up_gets_it() {
        assert_eq!(settled(&[(1, None)]), [1]);
        assert_eq!(settled(&[(1, Some(2))]), [0; 0], "2 keeps theirs");
        assert_eq!(settled(&[(1, Some(2)), (2, Some(1))]), [1, 2], "a swap");
        assert_eq!(settled(&[(1, Some(2)), (2, Some(3)), (3, Some(1))]), [1, 2, 3], "a ring");
        assert_eq!(settled(&[(1, Some(2)), (2, Some(3)), (3, None)]), [1, 2, 3], "a chain");
        assert_eq!(settled(&[(1, Some(2)), (2, Some(3)), (3, Some(9))]), [0; 0], "a chain to who stays");
        assert_eq!(settled(&[(1, Some(2)), (2, Some(9)), (4, None)]), [4]);
    }
}

//! A key is rolled while people log in, at service providers that learn of it in three different ways.

use futures_util::future::join_all;
use portner_domain::Millis;
use portner_domain::signing_key::Urgency;
use portner_federation::{Edition, Publication};

use crate::browser::{Browser, posted};
use crate::keys::{DAY, FIRST, SECOND, id};
use crate::stage::{Node, OIOSAML3, Sp, User, World, for_each_world};

/// Everybody by a name of their own: one account is not let in by six browsers at once.
const PEOPLE: [&str; 6] = ["anna", "bo", "carla", "dan", "eva", "finn"];

/// Three service providers: one reads our metadata by itself, one can't take another key yet, and one is given a
/// file by somebody.
struct Three {
    reads: Sp,
    pinned: Sp,
    fed: Sp,
}

impl Three {
    async fn registered(world: &World, metadata: &Publication) -> Self {
        let mut all = Self {
            reads: world.sp("selv", OIOSAML3).await,
            pinned: world.sp("gammel", OIOSAML3).await,
            fed: world.sp("fil", OIOSAML3).await,
        };
        let file = metadata.edition(Edition::Upload).await.unwrap();
        all.pinned.learns(&file);
        all.fed.learns(&file);
        all.read(metadata).await;
        all
    }

    async fn read(&mut self, metadata: &Publication) {
        self.reads.learns(&metadata.edition(Edition::Published).await.unwrap());
    }

    const fn all(&self) -> [&Sp; 3] {
        [&self.reads, &self.pinned, &self.fed]
    }
}

/// Everybody logs in everywhere, on both nodes at once, while something is done with the keys. Each answer has to
/// be good at its service provider with the metadata that it holds. How many there were.
async fn logins(
    world: &World,
    nodes: [&Node; 2],
    sps: &Three,
    people: &[User],
    deed: impl Future<Output = ()>,
) -> usize {
    let person = async |(n, user): (usize, &User)| {
        let (mut browser, node) = (Browser::default(), *nodes.iter().cycle().nth(n).unwrap());
        let mut answers = 0;
        for round in 0..2 {
            for (turn, sp) in sps.all().into_iter().cycle().skip(n).take(3).enumerate() {
                let request = sp.request(world, |_| {});
                let form = match (round, turn) {
                    (0, 0) => browser.logs_in(world, node, &request, user).await,
                    _ => posted(browser.opens(world, node, &request).await),
                };
                let told = sp.reads(world, &form.saml_response, &request.id);
                assert!(told.is_ok(), "{} knows {:?}: {told:?}", sp.entity_id, sp.knows());
                answers += 1;
            }
        }
        answers
    };
    let (answers, ()) = futures_util::join!(join_all(people.iter().enumerate().map(person)), deed);
    answers.into_iter().sum()
}

#[tokio::test]
async fn a_key_is_rolled_under_load_and_every_answer_is_good() {
    for_each_world(|world| async move {
        world.begins_with_a_key().await;
        let (one, other) = (world.signing_node().await, world.signing_node().await);
        let (nodes, metadata) = ([&one, &other], world.publication(&one));
        let mut people = Vec::new();
        for name in PEOPLE {
            people.push(world.user(name).with_password().registered().await);
        }
        let mut sps = Three::registered(&world, &metadata).await;
        let nothing = async || {};
        let mut answers = logins(&world, nodes, &sps, &people, nothing()).await;

        // Announced: published by itself, and given by hand to whoever wants a file.
        answers += logins(&world, nodes, &sps, &people, world.announces(SECOND)).await;
        world.pins(&sps.pinned, FIRST, None).await;
        world.passes(Millis::hours(6), &nodes).await;
        sps.read(&metadata).await;
        answers += logins(&world, nodes, &sps, &people, nothing()).await;
        world.passes(DAY, &nodes).await;
        sps.fed.learns(&metadata.edition(Edition::Upload).await.unwrap());
        assert_eq!(sps.fed.knows(), [id(FIRST), id(SECOND)]);
        assert_eq!(sps.pinned.knows(), [id(FIRST)]);

        // Activated in the midst of logins, known at first to one node only.
        let activated = async {
            world.activates(Urgency::Ordinary).await;
            one.federation.keys().refresh().await.unwrap();
        };
        answers += logins(&world, nodes, &sps, &people, activated).await;
        let followed = async { other.federation.keys().refresh().await.unwrap() };
        answers += logins(&world, nodes, &sps, &people, followed).await;
        world.passes(Millis::hours(6), &nodes).await;
        sps.read(&metadata).await;
        assert_eq!(sps.reads.knows(), [id(SECOND), id(FIRST)]);
        answers += logins(&world, nodes, &sps, &people, nothing()).await;

        // The last one has it, and the old key goes.
        sps.pinned.learns(&metadata.edition(Edition::Upload).await.unwrap());
        answers += logins(&world, nodes, &sps, &people, world.unpins(&sps.pinned)).await;
        world.passes(DAY, &nodes).await;
        let retired = async { world.retires(FIRST, Urgency::Ordinary).await.unwrap() };
        answers += logins(&world, nodes, &sps, &people, retired).await;
        world.passes(Millis::hours(6), &nodes).await;
        sps.read(&metadata).await;
        assert_eq!(sps.reads.knows(), [id(SECOND)]);
        answers += logins(&world, nodes, &sps, &people, nothing()).await;

        assert_eq!(world.issued().await, answers);
        assert_eq!(answers, 9 * PEOPLE.len() * 6);
    })
    .await;
}

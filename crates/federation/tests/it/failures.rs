//! When something under us fails, nobody is logged in.

use std::sync::atomic::Ordering;

use portner_domain::FlowId;
use portner_federation::Reply;

use crate::browser::{Browser, asks_code, asks_password, posted};
use crate::stage::{Node, OIOSAML3, Request, SUBSTANTIAL, User, World, for_each_world};

/// One login taken as far as somebody wants, and then one step further.
#[derive(Clone, Copy, Debug, Eq, PartialEq, PartialOrd)]
enum Step {
    Request,
    Password,
    Code,
    Answer,
}

struct Login<'w> {
    world: &'w World,
    anna: &'w User,
    browser: Browser,
    request: Request,
    flow: Option<FlowId>,
}

impl Login<'_> {
    async fn up_to(&mut self, node: &Node, step: Step) {
        let all = [Step::Request, Step::Password, Step::Code];
        for done in all.into_iter().filter(|done| *done < step) {
            let reply = self.takes(node, done).await.unwrap();
            assert!(matches!(reply, Reply::GoTo(_)), "{reply:?}");
            if done == Step::Request {
                let asked = self.takes(node, Step::Answer).await.unwrap();
                asks_password(&asked);
            }
        }
    }

    async fn takes(&mut self, node: &Node, step: Step) -> Result<Reply, portner_federation::Error> {
        let (name, code) = (self.anna.identity.user_name.as_str(), self.world.code(self.anna));
        let (query, flow) = (self.request.raw_query(), self.flow);
        let reply = self
            .browser
            .does_once(self.world, node, async |it, visit| match (step, flow) {
                (Step::Password, Some(flow)) => it.password(flow, name, crate::stage::PASSWORD, visit).await,
                (Step::Code, Some(flow)) => it.code(flow, &code, visit).await,
                (Step::Answer, Some(flow)) => it.show(flow, visit).await,
                _ => it.receive_redirect(query, visit).await,
            })
            .await;
        if let Ok(Reply::GoTo(flow)) = &reply {
            self.flow = Some(*flow);
        }
        reply
    }
}

/// Break something before each step of a login: the step fails, and no assertion is ever issued.
async fn check<B, R>(world: &World, breaks: B, repairs: R)
where
    B: AsyncFn(&Node),
    R: AsyncFn(),
{
    let (anna, sp) = (world.anna().await, world.sp("sag", OIOSAML3).await);
    for step in [Step::Request, Step::Password, Step::Code, Step::Answer] {
        let node = world.node().await;
        let request = sp.request(world, |it| it.class_refs = SUBSTANTIAL);
        let mut login = Login { world, anna: &anna, browser: Browser::default(), request, flow: None };
        login.up_to(&node, step).await;
        breaks(&node).await;
        let reply = login.takes(&node, step).await;
        let failed = match &reply {
            Err(_) => true,
            // Where a login is, is kept apart from the log: a request that needs no event may go on.
            Ok(reply) => step == Step::Request && matches!(reply, Reply::GoTo(_)),
        };
        assert!(failed, "{step:?}: {reply:?}");
        repairs().await;
        assert_eq!(world.issued().await, 0, "{step:?}");
        let proved = step == Step::Answer;
        let logged_in = login.browser.is_logged_in(world, &world.node().await).await;
        assert!(proved || !logged_in, "{step:?}: a session that rests on nothing");
        world.pass(1);
    }
    let (node, mut browser) = (world.node().await, Browser::default());
    let request = sp.request(world, |it| it.class_refs = SUBSTANTIAL);
    let asked = browser.opens(world, &node, &request).await;
    let asked = browser.types_password(world, &node, &asked, &anna).await;
    asks_code(&asked);
    posted(browser.types_code(world, &node, &asked, &world.code(&anna)).await);
    assert_eq!(world.issued().await, 1, "after all repairs it works");
}

#[tokio::test]
async fn t_fail_01_without_the_session_store_nobody_logs_in() {
    for_each_world(|world| async move {
        let broken = &world.store_is_broken;
        check(
            &world,
            async |_| broken.store(true, Ordering::SeqCst),
            async || broken.store(false, Ordering::SeqCst),
        )
        .await;
    })
    .await;
}

#[tokio::test]
async fn t_fail_01_without_the_database_nobody_logs_in() {
    for_each_world(|world| async move {
        check(&world, async |node: &Node| node.log.database().close().await, async || {}).await;
    })
    .await;
}

#[tokio::test]
async fn t_fail_01_what_can_not_be_written_down_does_not_happen() {
    for_each_world(|world| async move {
        check(
            &world,
            async |_| world.sql("ALTER TABLE audit_pending RENAME TO audit_pending_gone").await,
            async || world.sql("ALTER TABLE audit_pending_gone RENAME TO audit_pending").await,
        )
        .await;
    })
    .await;
}

#[tokio::test]
async fn t_fail_01_a_live_session_is_no_way_around_the_log() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        let mut browser = Browser::default();
        browser.passes_after_login(&world, &node, &sp, &anna).await;
        let before = world.issued().await;
        world.sql("ALTER TABLE audit_pending RENAME TO audit_pending_gone").await;
        let request = sp.request(&world, |_| {});
        let query = request.raw_query();
        let reply =
            browser.does(&world, &node, async |it, visit| it.receive_redirect(query, visit).await).await;
        assert!(reply.is_err(), "{reply:?}");
        world.sql("ALTER TABLE audit_pending_gone RENAME TO audit_pending").await;
        assert_eq!(world.issued().await, before);
    })
    .await;
}

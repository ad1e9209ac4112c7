//! IsPassive: the person must not notice anything.

use crate::browser::{Browser, posted};
use crate::stage::{OIOSAML3, SUBSTANTIAL, for_each_world};

#[tokio::test]
async fn who_may_not_be_asked_is_answered_from_the_session_or_not_at_all() {
    for_each_world(|world| async move {
        let (anna, sp, node) = (world.anna().await, world.sp("sag", OIOSAML3).await, world.node().await);
        let mut browser = Browser::default();
        let passive = || sp.request(&world, |it| it.is_passive = true);

        let request = passive();
        let form = posted(browser.opens(&world, &node, &request).await);
        assert_eq!(sp.hears(&world, &form.saml_response, &request.id), "NoPassive");

        browser.passes_after_login(&world, &node, &sp, &anna).await;
        let request = passive();
        let form = posted(browser.opens(&world, &node, &request).await);
        assert!(sp.reads(&world, &form.saml_response, &request.id).is_ok());

        for (class_refs, force_authn) in [(SUBSTANTIAL, false), (&[], true)] {
            let request = sp.request(&world, |it| {
                (it.is_passive, it.class_refs, it.force_authn) = (true, class_refs, force_authn);
            });
            let form = posted(browser.opens(&world, &node, &request).await);
            assert_eq!(sp.hears(&world, &form.saml_response, &request.id), "NoPassive");
        }
        assert_eq!(world.events("request-answered").await.len(), 3);
    })
    .await;
}

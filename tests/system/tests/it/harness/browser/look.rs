//! Looking at a page as an accessibility auditor does: at every width, by keyboard, and with axe.

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Browser;

/// A desktop at 400 % zoom is as wide as this (WCAG 2.1, 1.4.10).
pub const ZOOMED: (u32, u32) = (320, 256);

/// What a page declares about itself.
#[derive(Debug, Deserialize)]
pub struct Declared {
    pub language: String,
    pub title: String,
    pub headings: usize,
}

impl Browser {
    /// All of it: pictures, axe, nothing wider than the window, one heading, everything in reach of the keyboard.
    pub async fn examine(&self, name: &str) -> Declared {
        self.inspect(name).await;
        self.fits(name, ZOOMED).await;
        self.save_picture(&format!("{name}-{}", ZOOMED.0)).await;
        self.as_it_was().await;
        self.is_in_reach_of_the_keyboard(name).await;
        self.declared().await
    }

    /// The same in the narrowest window only, and without pictures: for many pages that are much alike.
    pub async fn skim(&self, name: &str) -> Declared {
        self.fits(name, ZOOMED).await;
        let violations = self.axe().await;
        assert!(violations.is_empty(), "{name}: {violations:#?}");
        self.is_in_reach_of_the_keyboard(name).await;
        self.declared().await
    }

    /// Nothing sticks out of a window of this size.
    pub(super) async fn fits(&self, name: &str, (width, height): (u32, u32)) {
        self.set_size(width, height).await;
        let sticks_out = "return document.scrollingElement.scrollWidth > window.innerWidth;";
        let sticks_out = self.ask(sticks_out).await;
        assert_eq!(sticks_out, json!(false), "{name} is wider than {width} px");
    }

    async fn declared(&self) -> Declared {
        let declared = self.ask(DECLARED).await;
        serde_json::from_value(declared).expect("what a page declares")
    }

    /// From the first control to the last with the Tab key, in the order of the page, each seen to have the focus.
    async fn is_in_reach_of_the_keyboard(&self, name: &str) {
        let controls = self.client.execute(BEGIN_WALK, vec![]).await.expect("controls");
        let controls = controls.as_array().expect("a list").clone();
        let mut tabs = KeyActions::new("keyboard".to_owned());
        for _ in 1..controls.len() {
            let value = Key::Tab.into();
            tabs = tabs.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        self.client.perform_actions(tabs).await.expect("tabs");
        let walked =
            self.client.execute("return window.walked;", vec![]).await.expect("where the focus went");
        let walked = walked.as_array().expect("a list").clone();
        let seen: Vec<&Value> = walked.iter().map(|step| &step["what"]).collect();
        let expected: Vec<&Value> = controls.iter().collect();
        assert_eq!(seen, expected, "{name}: the order of the Tab key");
        let dim: Vec<&Value> = walked.iter().filter(|step| step["visible"] == json!(false)).collect();
        assert!(dim.is_empty(), "{name}: nobody sees the focus at {dim:?}");
    }
}

const DECLARED: &str = "
return {
    language: document.documentElement.lang,
    title: document.title,
    headings: document.querySelectorAll('h1').length,
};";

/// Focuses the first control, and remembers each that gets the focus from there on. Of radio buttons that belong
/// together, Tab stops at one.
const BEGIN_WALK: &str = "
const all = 'a[href], button:enabled, input:enabled:not([type=hidden]), select, textarea, summary, [tabindex=\"0\"]';
const chosen = it => it.type !== 'radio' || it.checked;
const controls = [...document.querySelectorAll(all)].filter(
    it => it.checkVisibility({ visibilityProperty: true }) && chosen(it));
const named = it => `${controls.indexOf(it)} ${it.outerHTML.slice(0, 120)}`;
window.walked = [];
const seen = event => {
    const { outlineStyle, outlineWidth, clipPath } = getComputedStyle(event.target);
    const visible = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && clipPath === 'none';
    window.walked.push({ what: named(event.target), visible });
};
document.activeElement.blur();
document.addEventListener('focusin', seen);
controls[0].focus({ focusVisible: true });
return controls.map(named);";

//! What somebody sits at, as far as they would recognise it: a browser's name and a system's, and no more. The rest of
//! what browsers say about themselves would tell people apart, which is nobody's business here.

use serde::{Deserialize, Serialize};

/// How much of what a browser says is looked at.
const USER_AGENT_BYTES_MAX: usize = 512;

/// A browser on a system.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Device {
    /// Its name, if it is one of the common ones.
    pub browser: Option<String>,
    /// What it runs on, if that is one of the common ones.
    pub system: Option<String>,
}

/// What stands in a user agent, and what it means: the first that fits. Most browsers say that they are others too.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

impl Device {
    /// From the header `User-Agent`, which anybody may write anything into.
    pub fn of_user_agent(header: &str) -> Self {
        let too_long = header.char_indices().map(|(at, _)| at).find(|at| *at >= USER_AGENT_BYTES_MAX);
        let header = header.get(..too_long.unwrap_or(header.len())).unwrap_or_default();
        let first = |known: &[(&str, &str)]| {
            known.iter().find(|(sign, _)| header.contains(sign)).map(|(_, name)| (*name).to_owned())
        };
        Self { browser: first(&BROWSERS), system: first(&SYSTEMS) }
    }
}

#[cfg(test)]
mod tests {
    use super::Device;

    #[test]
    fn a_device_is_what_people_call_it() {
        let check = |header: &str, browser: Option<&str>, system: Option<&str>| {
            let found = Device::of_user_agent(header);
            assert_eq!((found.browser.as_deref(), found.system.as_deref()), (browser, system), "{header}");
        };
        let windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)";
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        check(&format!("{windows} {webkit} Chrome/142.0 Safari/537.36"), Some("Chrome"), Some("Windows"));
        check(
            &format!("{windows} {webkit} Chrome/142.0 Safari/537.36 Edg/142.0"),
            Some("Edge"),
            Some("Windows"),
        );
        check(&format!("{windows} Gecko/20100101 Firefox/145.0"), Some("Firefox"), Some("Windows"));
        check(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 Version/26.0 Safari/605.1",
            Some("Safari"),
            Some("macOS"),
        );
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1 CriOS/142.0 Safari/604.1",
            Some("Chrome"),
            Some("iPhone"),
        );
        check(
            &format!("Mozilla/5.0 (Linux; Android 16; K) {webkit} Chrome/142.0 Mobile Safari/537.36"),
            Some("Chrome"),
            Some("Android"),
        );
        check("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Firefox/145.0", Some("Firefox"), Some("Linux"));
        check("curl/8.5.0", None, None);
        check("", None, None);
        check("<script>alert(1)</script>", None, None);
        check(&format!("{}Firefox/1", "ø".repeat(400)), None, None);
    }
}

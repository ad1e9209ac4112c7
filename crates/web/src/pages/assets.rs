//! The stylesheet and the icon, inside the binary.

use std::borrow::Cow;
use std::sync::LazyLock;

use rust_embed::Embed;

#[derive(Embed)]
#[folder = "assets/"]
struct Files;

/// The path under which assets are served; what follows is what [`asset`] takes.
pub const ASSETS_PATH: &str = "/assets/";

/// How much of a file's hash tells two versions of it apart.
const TAG_BYTES: usize = 8;

static STYLESHEET_HREF: LazyLock<String> = LazyLock::new(|| href("portner.css"));
static KEYS_SCRIPT_HREF: LazyLock<String> = LazyLock::new(|| href("keys.js"));
static ICON_HREF: LazyLock<String> = LazyLock::new(|| href("favicon.svg"));

/// A file to send.
#[derive(Clone, Debug)]
pub struct Asset {
    /// Its bytes.
    pub bytes: Cow<'static, [u8]>,
    /// Its `Content-Type`.
    pub content_type: String,
    /// Its `ETag`, in quotes. Pages ask for `…?v=<tag>`, so it may be kept as long as a cache likes.
    pub etag: String,
}

/// The asset at `path`, which has no leading slash.
pub fn asset(path: &str) -> Option<Asset> {
    let file = Files::get(path)?;
    let mime = file.metadata.mimetype();
    let content_type =
        if mime.starts_with("text/") { format!("{mime}; charset=utf-8") } else { mime.to_owned() };
    let etag = format!("\"{}\"", tag(&file));
    Some(Asset { bytes: file.data, content_type, etag })
}

/// Where pages find the stylesheet.
pub(crate) fn stylesheet_href() -> &'static str {
    &STYLESHEET_HREF
}

/// Where pages that ask for keys find their script.
pub(crate) fn keys_script_href() -> &'static str {
    &KEYS_SCRIPT_HREF
}

/// Where pages find the icon.
pub(crate) fn icon_href() -> &'static str {
    &ICON_HREF
}

fn href(path: &str) -> String {
    let version = Files::get(path).map(|file| tag(&file)).unwrap_or_default();
    format!("{ASSETS_PATH}{path}?v={version}")
}

fn tag(file: &rust_embed::EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    hash.iter().take(TAG_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{ASSETS_PATH, asset, icon_href, keys_script_href, stylesheet_href};

    #[test]
    fn assets_have_a_type_and_a_tag_and_pages_ask_for_that_version() {
        for (path, content_type, href) in [
            ("portner.css", "text/css; charset=utf-8", stylesheet_href()),
            ("favicon.svg", "image/svg+xml", icon_href()),
            ("keys.js", "text/javascript; charset=utf-8", keys_script_href()),
        ] {
            let asset = asset(path).unwrap();
            assert_eq!(asset.content_type, content_type);
            assert_eq!(href, format!("{ASSETS_PATH}{path}?v={}", asset.etag.trim_matches('"')));
        }
    }

    /// The colours of a `:root` block: their names with their relative luminance (WCAG 2.1, definitions).
    fn colours(block: &str) -> std::collections::BTreeMap<&str, f64> {
        let linear = |byte: u8| {
            let part = f64::from(byte) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let luminance = |hex: &str| {
            let part = |at| linear(u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
            0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
        };
        let lines = block.lines().filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #"));
        lines.map(|(name, hex)| (name, luminance(hex))).collect()
    }

    #[test]
    fn colours_contrast_enough_in_light_and_in_dark() {
        let stylesheet = asset("portner.css").unwrap();
        let stylesheet = std::str::from_utf8(&stylesheet.bytes).unwrap();
        let blocks: Vec<&str> = stylesheet.split(":root {").skip(1).take(2).collect();
        for block in blocks {
            let colours = colours(block.split('}').next().unwrap());
            let check = |ink: &str, ground: &str, least: f64| {
                let (a, b) = (colours[ink], colours[ground]);
                let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                assert!(contrast >= least, "{ink} on {ground}: {contrast:.2}");
            };
            for ink in ["text", "quiet", "accent", "accent-strong"] {
                check(ink, "card", 4.5);
                check(ink, "ground", 4.5);
            }
            check("wrong", "card", 4.5);
            check("wrong", "wrong-ground", 4.5);
            check("text", "wrong-ground", 4.5);
            check("on-accent", "accent", 4.5);
            check("on-accent", "accent-strong", 4.5);
            // What is not text: the frame of a field, the ring of the focus (WCAG 2.1, 1.4.11).
            check("edge", "card", 3.0);
            check("accent", "wrong-ground", 3.0);
        }
    }

    #[test]
    fn nothing_else_can_be_had() {
        for path in ["", "/portner.css", "../Cargo.toml", "..%2fCargo.toml", "portner.css/", "nothing"] {
            assert!(asset(path).is_none(), "{path}");
        }
    }
}

//! A picture of a text, for the camera of another device.

use qrcodegen::{QrCode, QrCodeEcc};

/// White modules around the picture, which readers need (ISO/IEC 18004, 5.3.8).
const QUIET_ZONE: i32 = 4;

/// The picture as an SVG path of black modules.
pub(crate) struct Picture {
    /// Modules of a side, with the white around them.
    pub(crate) side: i32,
    /// What is black.
    pub(crate) path: String,
}

impl Picture {
    /// None only for a text that is too long for any.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
        let mut path = String::new();
        for y in 0..code.size() {
            for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
                path.push_str(&format!("M{},{}h1v1h-1z", x + QUIET_ZONE, y + QUIET_ZONE));
            }
        }
        Some(Self { side: code.size() + 2 * QUIET_ZONE, path })
    }
}

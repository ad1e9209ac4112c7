//! The fields with which somebody shows that they hold a code device.

use super::{Field, FieldKind, Problem};
use crate::text::Language;

/// What they are called.
pub(crate) const DEVICE_FIELDS: [&str; 3] = ["serial", "code", "next_code"];

/// The number on it, and two codes in a row.
pub(crate) fn device_fields(say: Language, serial: &str, problems: &[Problem]) -> [Field; 3] {
    [
        Field::new("serial", FieldKind::Serial, say.text("device-serial"), say)
            .with_hint(say.text("device-serial-hint"))
            .with_value(serial)
            .blamed_by(problems)
            .focused_unless(problems),
        Field::new("code", FieldKind::Code, say.text("device-code"), say)
            .with_hint(say.text("device-code-hint"))
            .blamed_by(problems),
        Field::new("next_code", FieldKind::Code, say.text("device-next-code"), say)
            .with_hint(say.text("device-next-code-hint"))
            .blamed_by(problems),
    ]
}

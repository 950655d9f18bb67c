//! Texts found late: masked in all that a view keeps, and in all that comes later.
//!
//! A view is stored in clear, so it must not keep the very text that it hides. It keeps a salted, stretched digest, and
//! finds the text by sliding over what comes in: a cheap check at every place, the digest only where that fits. Someone
//! who can read the stored view could still try guesses against it; the text itself stands only in the sealed log.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::Sha256;

use crate::id::SessionId;
use crate::personal::PERSONAL_MARK;
use crate::session::event::{ContentRedacted, SessionEvent};

/// How often the digest is repeated, to slow guessing down.
const STRETCH: u32 = 1_000;
/// Multiplier of the rolling check.
const ROLL: u32 = 0x0100_0193;

/// A text to mask, known by its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mask {
    placeholder: String,
    bytes: usize,
    check: u16,
    digest: String,
}

impl Mask {
    /// None for an empty text, which stands everywhere.
    pub(super) fn new(event: &ContentRedacted, session: SessionId) -> Option<Self> {
        let text = event.text.as_bytes();
        (!text.is_empty()).then(|| Self {
            placeholder: event.placeholder.clone(),
            bytes: text.len(),
            check: check(text.iter().fold(0, |sum, byte| push(sum, *byte))),
            digest: digest(text, session),
        })
    }

    /// Replaces every occurrence.
    pub(super) fn hide_in(&self, text: &mut String, session: SessionId) {
        let mut rest = 0;
        let mut hidden = String::new();
        while let Some(at) = self.find(&text.as_bytes()[rest..], session) {
            hidden.push_str(&text[rest..rest + at]);
            hidden.push_str(&self.placeholder);
            rest += at + self.bytes;
        }
        if rest > 0 {
            hidden.push_str(&text[rest..]);
            *text = hidden;
        }
    }

    /// Where it first stands. A match of bytes is one of characters, because UTF-8 synchronises itself.
    fn find(&self, text: &[u8], session: SessionId) -> Option<usize> {
        let first = text.get(..self.bytes)?;
        let mut sum = first.iter().fold(0, |sum, byte| push(sum, *byte));
        let leaving = (0..self.bytes).fold(1_u32, |power, _| power.wrapping_mul(ROLL));
        for at in 0.. {
            let window = text.get(at..at + self.bytes)?;
            if check(sum) == self.check && digest(window, session) == self.digest {
                return Some(at);
            }
            let next = *text.get(at + self.bytes)?;
            sum = push(sum, next).wrapping_sub(u32::from(window[0]).wrapping_mul(leaving));
        }
        None
    }
}

/// The event with the texts masked in all that is personal in it.
pub(super) fn masked(event: &SessionEvent, masks: &[Mask], session: SessionId) -> Option<SessionEvent> {
    let mut payload = serde_json::to_value(event).ok()?;
    hide_in_personal(&mut payload, masks, session);
    serde_json::from_value(payload).ok()
}

/// Masks the texts in all marked content of a payload.
pub(super) fn hide_in_personal(payload: &mut Value, masks: &[Mask], session: SessionId) {
    match payload {
        Value::Object(fields) => {
            for (name, value) in fields {
                if name == PERSONAL_MARK {
                    hide_in_value(value, masks, session);
                } else {
                    hide_in_personal(value, masks, session);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide_in_personal(item, masks, session)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Replaces a text in every string of a value.
pub(super) fn each_string(value: &mut Value, change: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_string(item, change)),
        Value::Object(fields) => fields.values_mut().for_each(|field| each_string(field, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn hide_in_value(value: &mut Value, masks: &[Mask], session: SessionId) {
    each_string(value, &mut |text| masks.iter().for_each(|mask| mask.hide_in(text, session)));
}

fn push(sum: u32, byte: u8) -> u32 {
    sum.wrapping_mul(ROLL).wrapping_add(u32::from(byte))
}

fn check(sum: u32) -> u16 {
    (sum >> 16) as u16
}

fn digest(text: &[u8], session: SessionId) -> String {
    let keyed = Hmac::<Sha256>::new_from_slice(session.0.as_bytes())
        .expect("invariant: HMAC takes keys of any length");
    let round = |input: &[u8]| {
        let mut mac = keyed.clone();
        mac.update(input);
        mac.finalize().into_bytes()
    };
    let last = (0..STRETCH).fold(round(text), |bytes, _| round(&bytes));
    STANDARD_NO_PAD.encode(&last[..16])
}

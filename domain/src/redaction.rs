//! Takes secrets out of a text before anything stores it or shows it to a model, and says how many of which kind.
//!
//! The text is folded (disguises removed), searched by rule tables, findings are settled into stretches that do not
//! overlap, and each stretch of the original becomes a placeholder such as `[REDACTED:password:3f9a1c2b]`.

mod assignments;
mod devices;
mod folding;
mod headers;
mod judgement;
mod keys;
mod kind;
mod look_alikes;
mod numbers;
mod overlap;
mod prose;
mod rule;
mod switches;
mod tokens;
mod value;
mod vocabulary;

use std::borrow::Cow;
use std::sync::LazyLock;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use self::folding::{Folded, PLACEHOLDER};
pub use self::kind::{RedactionCount, SecretKind, merge};
use self::rule::RuleBook;

/// Redacting can bring labels and values closer together; a second look finds those. More than this is never needed by
/// a text that was not made to need it.
const LOOKS: usize = 8;

static RULES: LazyLock<RuleBook> = LazyLock::new(|| {
    let tables = [
        assignments::rules(),
        prose::rules(),
        switches::rules(),
        headers::rules(),
        devices::rules(),
        tokens::rules(),
        keys::rules(),
        numbers::rules(),
    ];
    RuleBook::new(tables.into_iter().flatten().collect(), assignments::FRAGMENTS)
});

/// Compiles all rules now instead of at the first text that needs them, which takes the better part of a second.
pub fn prepare() {
    RULES.compile_all();
    // What judges a value is compiled by the first one.
    Redactor::new(b"").redact("password: Example!2026 (kept as $example), card 4111 1111 1111 1111");
}

/// The text with a single sign in the place of each placeholder.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    PLACEHOLDER.replace_all(text, "*")
}

/// Replaces secrets by placeholders. The digest in a placeholder is keyed, so that nobody can try out values against
/// it; the same value under the same key always has the same digest.
pub struct Redactor {
    key: Vec<u8>,
}

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The text, placeholders in place of secrets and everything else as it was.
    pub text: String,
    /// How many of which kind were replaced, sorted by kind.
    pub found: Vec<RedactionCount>,
}

impl Redactor {
    /// A redactor for one session's key, of any length.
    pub fn new(key: &[u8]) -> Self {
        Self { key: key.to_vec() }
    }

    /// Redacts a text. What is redacted already stays as it is and counts as nothing.
    pub fn redact(&self, text: &str) -> Redacted {
        let mut redacted = Redacted { text: text.to_owned(), found: Vec::new() };
        for _ in 0..LOOKS {
            let Some(next) = self.look(&redacted.text) else { break };
            redacted.text = next.text;
            merge(&mut redacted.found, &next.found);
        }
        redacted
    }

    /// What stands in the place of a text that a person names as secret. Who names it twice gets the same.
    pub fn manual_placeholder(&self, text: &str) -> String {
        self.placeholder_of("manual", text)
    }

    /// One look at the text; nothing when there is no secret in it.
    fn look(&self, text: &str) -> Option<Redacted> {
        let folded = Folded::new(text);
        let findings = overlap::settle(folded.text(), RULES.find(folded.text()));
        if findings.is_empty() {
            return None;
        }
        let mut redacted = Redacted { text: String::with_capacity(text.len()), found: Vec::new() };
        let mut copied = 0;
        for finding in findings {
            let place = folded.origin(&finding.range);
            // Two findings can share one character of the original when it folds to several.
            if place.start < copied {
                copied = copied.max(place.end);
                continue;
            }
            redacted.text.push_str(&text[copied..place.start]);
            redacted.text.push_str(&self.placeholder(finding.kind, &folded.text()[finding.range]));
            copied = place.end;
            merge(&mut redacted.found, &[RedactionCount { kind: finding.kind, count: 1 }]);
        }
        redacted.text.push_str(&text[copied..]);
        Some(redacted)
    }

    fn placeholder(&self, kind: SecretKind, value: &str) -> String {
        self.placeholder_of(kind.as_str(), value)
    }

    fn placeholder_of(&self, kind: &str, value: &str) -> String {
        let mut digest =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("invariant: HMAC takes keys of any length");
        digest.update(value.as_bytes());
        let digest = digest.finalize().into_bytes();
        let [first, second, third, fourth] = [digest[0], digest[1], digest[2], digest[3]];
        format!("[REDACTED:{kind}:{first:02x}{second:02x}{third:02x}{fourth:02x}]")
    }
}

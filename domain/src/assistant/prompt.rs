//! A prompt: what a model is told, layer by layer, and the shape in which it has to answer.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What one call to a model says. Its `Debug` hides every text, so that none can reach a log line by accident.
#[derive(Clone, PartialEq)]
pub struct Prompt {
    /// Rules and what is trusted, the most stable first.
    pub system: Vec<SystemPart>,
    /// What was said, in order, beginning with the user; everything that came from a customer stands here (rule 4.5).
    pub turns: Vec<Turn>,
    /// The schema's name where a provider wants one: letters, digits, `_` and `-`, at most 64.
    pub schema_name: &'static str,
    /// The JSON schema of the answer, which is one object.
    pub schema: Value,
    /// Most tokens that the answer may take (rule 4.7).
    pub max_output_tokens: u32,
}

/// A layer of the system prompt.
#[derive(Clone, PartialEq, Eq)]
pub struct SystemPart {
    /// Its text.
    pub text: String,
    /// Everything up to and including this part stays the same between calls: a provider's cache may hold it.
    pub cache: bool,
}

/// Something that one side said.
#[derive(Clone, PartialEq, Eq)]
pub struct Turn {
    /// Who.
    pub role: Role,
    /// What, in order.
    pub parts: Vec<Part>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The engineer, or FlowPilot in their name.
    User,
    /// The model.
    Assistant,
}

/// A part of a turn.
#[derive(Clone, PartialEq, Eq)]
pub enum Part {
    /// Words.
    Text(String),
    /// A screenshot. In turns of the user only.
    Image {
        /// `image/png`, `image/jpeg` or `image/webp`.
        media_type: &'static str,
        /// The file.
        bytes: Vec<u8>,
    },
}

/// Which prompt a call was made with: the digest of everything it said.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PromptHash([u8; 32]);

impl Prompt {
    /// The whole prompt as data, to be kept once under its [hash](Self::hash). Of an image only its kind, size and digest.
    pub fn record(&self) -> Value {
        let system: Vec<_> =
            self.system.iter().map(|part| json!({ "text": part.text, "cache": part.cache })).collect();
        let turns: Vec<_> = self.turns.iter().map(Turn::record).collect();
        json!({
            "system": system,
            "turns": turns,
            "schema_name": self.schema_name,
            "schema": self.schema,
            "max_output_tokens": self.max_output_tokens,
        })
    }

    /// The digest of its [record](Self::record).
    pub fn hash(&self) -> PromptHash {
        PromptHash(Sha256::digest(self.record().to_string()).into())
    }
}

impl Turn {
    /// Words of the user.
    pub fn user(text: impl Into<String>) -> Self {
        Self { role: Role::User, parts: vec![Part::Text(text.into())] }
    }

    /// Words of the model.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self { role: Role::Assistant, parts: vec![Part::Text(text.into())] }
    }

    fn record(&self) -> Value {
        let role = match self.role {
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        let parts: Vec<_> = self
            .parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => json!({ "text": text }),
                Part::Image { media_type, bytes } => json!({
                    "image": { "media_type": media_type, "bytes": bytes.len(), "sha256": hex(&Sha256::digest(bytes)) }
                }),
            })
            .collect();
        json!({ "role": role, "parts": parts })
    }
}

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prompt")
            .field("schema", &self.schema_name)
            .field("system", &self.system)
            .field("turns", &self.turns)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SystemPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SystemPart({} bytes, cache: {})", self.text.len(), self.cache)
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}{:?}", self.role, self.parts)
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Image { media_type, bytes } => write!(f, "Image({media_type}, {} bytes)", bytes.len()),
        }
    }
}

impl fmt::Display for PromptHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for PromptHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PromptHash({self})")
    }
}

impl FromStr for PromptHash {
    type Err = NoPromptHash;

    fn from_str(text: &str) -> Result<Self, NoPromptHash> {
        let mut hash = [0; 32];
        if text.len() != 64 || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(NoPromptHash);
        }
        for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = str::from_utf8(digits).map_err(|_| NoPromptHash)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| NoPromptHash)?;
        }
        Ok(Self(hash))
    }
}

impl From<PromptHash> for String {
    fn from(hash: PromptHash) -> Self {
        hash.to_string()
    }
}

impl TryFrom<String> for PromptHash {
    type Error = NoPromptHash;

    fn try_from(text: String) -> Result<Self, NoPromptHash> {
        text.parse()
    }
}

/// Not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a prompt's hash is 64 hexadecimal digits")]
pub struct NoPromptHash;

fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt() -> Prompt {
        Prompt {
            system: vec![SystemPart { text: "Be systematic.".into(), cache: true }],
            turns: vec![Turn {
                role: Role::User,
                parts: vec![
                    Part::Text("Outlook asks for a password".into()),
                    Part::Image { media_type: "image/png", bytes: b"pixels".to_vec() },
                ],
            }],
            schema_name: "step",
            schema: json!({ "type": "object" }),
            max_output_tokens: 2048,
        }
    }

    #[test]
    fn the_hash_tells_prompts_apart_and_reads_back() {
        let hash = prompt().hash();
        assert_eq!(hash, prompt().hash());
        assert_eq!(hash.to_string().parse(), Ok(hash));
        let mut other = prompt();
        other.turns[0].parts[1] = Part::Image { media_type: "image/png", bytes: b"pixel5".to_vec() };
        assert_ne!(hash, other.hash());
        let mut other = prompt();
        other.system[0].cache = false;
        assert_ne!(hash, other.hash());
        assert_eq!("xyz".parse::<PromptHash>(), Err(NoPromptHash));
    }

    #[test]
    fn debug_shows_no_text() {
        let shown = format!("{:?}", prompt());
        assert!(!shown.contains("Outlook") && !shown.contains("systematic"), "{shown}");
    }
}

//! What was taken out, by kind: the name that stands in a placeholder, and how often it was needed.

use serde::{Deserialize, Serialize};

/// The kinds of secret that are told apart. The literals are stored in events and stand in placeholders: never rename one.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[serde(rename_all = "snake_case")]
pub enum SecretKind {
    /// A password, pass phrase or PIN, wherever it was written, and hashes made to check one.
    Password,
    /// A key that devices share: `RADIUS`, `TACACS+`, `IPsec`, WPA, SNMP communities.
    SharedSecret,
    /// A session cookie.
    Cookie,
    /// A key or secret for some programming interface.
    ApiKey,
    /// A credential of an Authorization header, or a token handed out by a sign-in.
    BearerToken,
    /// The key inside a connection string that is not a password.
    ConnectionString,
    /// A JSON Web Token.
    Jwt,
    /// A key of AWS, Azure, Google Cloud or another cloud, or a signature made with one.
    CloudKey,
    /// A token of `GitHub`, `GitLab`, a package registry and the like.
    CodeHostingToken,
    /// A token or webhook of Slack, Teams, Discord or Telegram.
    ChatToken,
    /// A payment card's number or its check code.
    CardNumber,
    /// A `BitLocker` recovery key.
    RecoveryKey,
    /// A private key, whole or cut off.
    PrivateKey,
}

impl SecretKind {
    /// The stable literal, as stored and as shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::SharedSecret => "shared_secret",
            Self::Cookie => "cookie",
            Self::ApiKey => "api_key",
            Self::BearerToken => "bearer_token",
            Self::ConnectionString => "connection_string",
            Self::Jwt => "jwt",
            Self::CloudKey => "cloud_key",
            Self::CodeHostingToken => "code_hosting_token",
            Self::ChatToken => "chat_token",
            Self::CardNumber => "card_number",
            Self::RecoveryKey => "recovery_key",
            Self::PrivateKey => "private_key",
        }
    }
}

/// How many secrets of one kind were replaced.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct RedactionCount {
    /// The kind replaced.
    pub kind: SecretKind,
    /// How many times, occurrences of the same value counted each.
    pub count: u32,
}

/// Adds counts to counts: one entry a kind, sorted by kind.
pub fn merge(into: &mut Vec<RedactionCount>, more: &[RedactionCount]) {
    for addition in more {
        match into.iter_mut().find(|known| known.kind == addition.kind) {
            Some(known) => known.count = known.count.saturating_add(addition.count),
            None => into.push(addition.clone()),
        }
    }
    into.sort_by_key(|entry| entry.kind);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_keeps_one_sorted_entry_a_kind() {
        let one = |kind, count| RedactionCount { kind, count };
        let mut counts = vec![one(SecretKind::Jwt, 1)];
        merge(&mut counts, &[one(SecretKind::Password, 2), one(SecretKind::Jwt, 3)]);
        assert_eq!(counts, [one(SecretKind::Password, 2), one(SecretKind::Jwt, 4)]);
    }

    #[test]
    fn the_stored_literal_is_the_shown_one() {
        for kind in [SecretKind::Password, SecretKind::CodeHostingToken, SecretKind::RecoveryKey] {
            let stored = serde_json::to_value(kind).unwrap();
            assert_eq!(stored, kind.as_str());
        }
    }
}

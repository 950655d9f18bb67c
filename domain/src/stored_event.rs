//! Stored events: stable names and versions, and whose key seals what is personal in them.

use uuid::Uuid;

/// Declares an aggregate's events with their stored names and versions, which are literals and never change.
///
/// The payload is stored as one JSON object with the name under `type`.
#[macro_export]
macro_rules! stored_events {
    (
        $(#[$doc:meta])*
        pub enum $name:ident {
            $($(#[$variant_doc:meta])* $variant:ident($payload:ty) = $stored:literal, $version:literal;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "type")]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $stored)] $variant($payload),)*
        }

        impl $name {
            /// Every stored type with the version that is written now.
            pub const STORED: &'static [(&'static str, &'static str)] = &[$(($stored, $version)),*];

            /// The stored type.
            pub fn stored_type(&self) -> &'static str {
                match self { $(Self::$variant(_) => $stored),* }
            }

            /// The version of the payload's shape that is written now.
            pub fn stored_version(&self) -> &'static str {
                match self { $(Self::$variant(_) => $version),* }
            }
        }

        impl cqrs_es::DomainEvent for $name {
            fn event_type(&self) -> String {
                self.stored_type().to_owned()
            }

            fn event_version(&self) -> String {
                self.stored_version().to_owned()
            }
        }
    };
}

/// Whose data key seals an event's personal content: destroying the key makes that content unreadable everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// One key for all that is said in a session.
    Session(Uuid),
    /// One key for what is known of a member (name, e-mail address).
    Member(Uuid),
    /// One key for what else is personal in an account.
    Account(Uuid),
}

impl Subject {
    /// The id of the session, member or account.
    pub fn id(self) -> Uuid {
        match self {
            Self::Session(id) | Self::Member(id) | Self::Account(id) => id,
        }
    }

    /// The stored name of its kind.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Session(_) => "session",
            Self::Member(_) => "member",
            Self::Account(_) => "account",
        }
    }

    /// The subject of a stored kind and an id.
    pub fn named(kind: &str, id: Uuid) -> Option<Self> {
        match kind {
            "session" => Some(Self::Session(id)),
            "member" => Some(Self::Member(id)),
            "account" => Some(Self::Account(id)),
            _ => None,
        }
    }
}

/// An event that can be stored sealed.
pub trait Sealable {
    /// Whose key seals it, given the aggregate it belongs to; none if nothing in it is personal.
    fn subject(&self, aggregate: Uuid) -> Option<Subject>;
}

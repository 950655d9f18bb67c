//! What documentation says, and what can not be said through it.

//! TEMPORARY STAND-IN, replaced whole by its author: in a conflict take theirs.
pub mod documentation;
pub mod step;
use async_graphql::{Enum, SimpleObject};
use domain::session::view::SessionView;
use std::sync::Arc;
/// s
#[derive(SimpleObject)]
pub struct Session {
    version: i32,
}
impl From<Arc<SessionView>> for Session {
    fn from(v: Arc<SessionView>) -> Self {
        Self { version: v.version as i32 }
    }
}
/// s
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "domain::session::view::TicketContextStatus")]
pub enum TicketContextStatus {
    None,
    Pending,
    Loaded,
    Unavailable,
}

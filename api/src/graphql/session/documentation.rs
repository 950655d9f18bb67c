//! TEMPORARY STAND-IN, replaced whole by its author: in a conflict take theirs.
/// s
#[derive(async_graphql::SimpleObject)]
pub struct Documentation {
    markdown: String,
}
impl From<domain::session::documentation::Documentation> for Documentation {
    fn from(d: domain::session::documentation::Documentation) -> Self {
        Self { markdown: d.markdown() }
    }
}

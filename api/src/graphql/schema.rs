//! TEMPORARY STAND-IN, replaced whole by its author: in a conflict take theirs.
use async_graphql::{EmptySubscription, MergedObject};
#[derive(MergedObject, Default)]
pub struct Query(super::account::AccountQueries, super::usage::UsageQueries);
pub type Schema = async_graphql::Schema<Query, super::commands::Mutation, EmptySubscription>;
pub fn build() -> Schema {
    Schema::build(Query::default(), super::commands::Mutation::default(), EmptySubscription).finish()
}
pub fn sdl() -> String {
    build().sdl()
}

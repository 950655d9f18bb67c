//! The extension over what larger schemas are made of: merged roots, and an interface over one generic object.

use api::graphql::conformance::{Conformance, TraceId};
use api::graphql::error::Code;
use api::graphql::limits::Limits;
use api::graphql::scalar::Id;
use async_graphql::futures_util::StreamExt as _;
use async_graphql::futures_util::stream::{self, Stream};
use async_graphql::{
    ComplexObject, EmptyMutation, Interface, MergedObject, MergedSubscription, Object, Result, Schema,
    SimpleObject, Subscription,
};
use uuid::Uuid;

use crate::schema::{answer, paths};

#[derive(SimpleObject)]
#[graphql(complex)]
#[graphql(concrete(name = "QuestionStep", params(QuestionPart)))]
#[graphql(concrete(name = "NoteStep", params(NotePart)))]
struct StepOf<P: async_graphql::ObjectType> {
    id: Id,
    #[graphql(flatten)]
    part: P,
}

#[ComplexObject]
impl<P: async_graphql::ObjectType> StepOf<P> {
    async fn answer(&self) -> Result<Option<i32>> {
        Err(Code::Unavailable.error("no"))
    }
}

#[derive(SimpleObject)]
struct QuestionPart {
    options: Vec<String>,
}

#[derive(SimpleObject)]
struct NotePart {
    author: Option<String>,
}

#[derive(Interface)]
#[graphql(name = "Step", field(name = "id", ty = "&Id"), field(name = "answer", ty = "Option<i32>"))]
enum Step {
    Question(StepOf<QuestionPart>),
    Note(StepOf<NotePart>),
}

#[derive(Default)]
struct Steps;

#[Object]
impl Steps {
    async fn steps(&self) -> Vec<Step> {
        let id = Id(Uuid::from_u128(1));
        let options = vec!["a".to_owned()];
        vec![
            Step::Question(StepOf { id, part: QuestionPart { options } }),
            Step::Note(StepOf { id, part: NotePart { author: None } }),
        ]
    }
}

#[derive(Default)]
struct Failing;

#[Object]
impl Failing {
    async fn fails(&self) -> Result<Option<i32>> {
        Err(Code::Unavailable.error("no"))
    }
    async fn fails_hard(&self) -> Result<i32> {
        Err(Code::Unavailable.error("no"))
    }
}

#[derive(MergedObject, Default)]
struct Query(Steps, Failing);

#[derive(Default)]
struct Ticks;

#[Subscription]
impl Ticks {
    async fn ticks(&self) -> impl Stream<Item = i32> + use<> {
        stream::iter([1, 2])
    }
}

#[derive(Default)]
struct Notes;

#[Subscription]
impl Notes {
    async fn notes(&self) -> impl Stream<Item = Option<Steps>> + use<> {
        stream::iter([Some(Steps), None])
    }
}

#[derive(MergedSubscription, Default)]
struct Subscriptions(Ticks, Notes);

fn schema() -> Schema<Query, EmptyMutation, Subscriptions> {
    Schema::build(Query::default(), EmptyMutation, Subscriptions::default())
        .extension(Conformance::new(Limits::default(), || TraceId::new("drawn")))
        .finish()
}

#[tokio::test]
async fn an_interface_over_a_generic_object_is_completed_by_concrete_type() {
    let query = "{ fails steps { ... on QuestionStep { options } answer ...Id ... on NoteStep { author __typename } } } \
                 fragment Id on Step { id }";
    let (data, errors) = answer(schema().execute(query).await);
    let id = Uuid::from_u128(1);
    assert_eq!(
        data,
        format!(
            r#"{{"fails":null,"steps":[{{"options":["a"],"answer":null,"id":"{id}"}},{{"answer":null,"id":"{id}","author":null,"__typename":"NoteStep"}}]}}"#
        )
    );
    assert_eq!(paths(&errors), ["fails", "steps.0.answer", "steps.1.answer"]);
}

#[tokio::test]
async fn a_merged_root_fails_as_one() {
    let (data, errors) = answer(schema().execute("{ steps { id } failsHard }").await);
    assert_eq!(data, "null");
    assert_eq!(paths(&errors), ["failsHard"]);
}

#[tokio::test]
async fn merged_subscriptions_stream_each_their_field() {
    let stream =
        schema().execute_stream("subscription { ...N } fragment N on Subscriptions { notes { __typename } }");
    let responses: Vec<_> = stream.map(|response| answer(response).0).collect().await;
    assert_eq!(responses, [r#"{"notes":{"__typename":"Steps"}}"#, r#"{"notes":null}"#]);
    let responses: Vec<_> =
        schema().execute_stream("subscription { ticks }").map(|response| answer(response).0).collect().await;
    assert_eq!(responses, [r#"{"ticks":1}"#, r#"{"ticks":2}"#]);
}

//! A small schema with a field for every way to answer and to fail.

use std::sync::Arc;
use std::sync::Mutex;

use api::graphql::conformance::{Conformance, TraceId};
use api::graphql::error::Code;
use api::graphql::limits::{Limits, list_cost};
use api::graphql::page::{Page, PageRequest};
use api::graphql::scalar::{DateTime, Json, Position};
use async_graphql::futures_util::stream::{self, Stream, StreamExt as _};
use async_graphql::{
    ComplexObject, Context, Enum, Error, InputObject, Interface, Object, OneofObject, Request, Response,
    Result, Schema, ServerError, SimpleObject, Subscription,
};

pub(crate) type TestSchema = Schema<Query, Mutation, Events>;

/// What the mutations have done, in order.
pub(crate) type Journal = Arc<Mutex<Vec<String>>>;

pub(crate) fn schema() -> TestSchema {
    schema_with(Limits::default())
}

pub(crate) fn schema_with(limits: Limits) -> TestSchema {
    Schema::build(Query, Mutation, Events)
        .extension(Conformance::new(limits, || TraceId::new("drawn")))
        .finish()
}

/// The data as it goes out, key order included, and the errors.
pub(crate) async fn run(query: &str) -> (String, Vec<ServerError>) {
    answer(schema().execute(query).await)
}

pub(crate) async fn run_with(query: &str, variables: serde_json::Value) -> (String, Vec<ServerError>) {
    let request = Request::new(query).variables(async_graphql::Variables::from_json(variables));
    answer(schema().execute(request).await)
}

pub(crate) fn answer(response: Response) -> (String, Vec<ServerError>) {
    for error in &response.errors {
        assert!(!extension(error, "traceId").is_empty(), "no traceId: {error:?}");
        assert!(!extension(error, "code").is_empty(), "no code: {error:?}");
    }
    (serde_json::to_string(&response.data).unwrap(), response.errors)
}

pub(crate) fn extension(error: &ServerError, name: &str) -> String {
    match error.extensions.as_ref().and_then(|values| values.get(name)) {
        Some(async_graphql::Value::String(text)) => text.clone(),
        _ => String::new(),
    }
}

pub(crate) fn code(error: &ServerError) -> String {
    extension(error, "code")
}

/// The errors' paths, written like `a.0.b`, sorted.
pub(crate) fn paths(errors: &[ServerError]) -> Vec<String> {
    let mut paths: Vec<String> = errors.iter().map(json_path).collect();
    paths.sort();
    paths
}

fn json_path(error: &ServerError) -> String {
    let path = serde_json::to_value(&error.path).unwrap();
    let segments = path.as_array().unwrap().iter().map(|segment| segment.to_string().replace('"', ""));
    segments.collect::<Vec<_>>().join(".")
}

fn no<T>() -> Result<T> {
    Err(Code::Unavailable.error("no"))
}

pub(crate) struct Query;

#[derive(Clone)]
pub(crate) struct Thing {
    depth: i32,
}

#[Object]
impl Thing {
    async fn id(&self) -> String {
        format!("thing-{}", self.depth)
    }
    async fn fails(&self) -> Result<Option<i32>> {
        no()
    }
    async fn fails_hard(&self) -> Result<i32> {
        no()
    }
    /// Answers after everything that answers at once.
    async fn late(&self) -> i32 {
        late().await;
        1
    }
    async fn child(&self) -> Option<Thing> {
        Some(Thing { depth: self.depth + 1 })
    }
    async fn hard_child(&self) -> Thing {
        Thing { depth: self.depth + 1 }
    }
}

async fn late() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[derive(Interface)]
#[graphql(
    field(name = "name", ty = "String"),
    field(name = "fails", ty = "Option<i32>"),
    field(name = "fails_hard", ty = "i32")
)]
pub(crate) enum Animal {
    Dog(Dog),
    Cat(Cat),
}

#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct Dog {
    name: String,
    barks: bool,
}

#[ComplexObject]
impl Dog {
    async fn fails(&self) -> Result<Option<i32>> {
        no()
    }
    async fn fails_hard(&self) -> Result<i32> {
        no()
    }
    async fn friend(&self) -> Thing {
        Thing { depth: 0 }
    }
}

#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct Cat {
    name: String,
    lives: i32,
}

#[ComplexObject]
impl Cat {
    async fn fails(&self) -> Result<Option<i32>> {
        Ok(Some(7))
    }
    async fn fails_hard(&self) -> Result<i32> {
        Ok(7)
    }
}

fn dog() -> Animal {
    Animal::Dog(Dog { name: "Rex".into(), barks: true })
}

fn cat() -> Animal {
    Animal::Cat(Cat { name: "Tom".into(), lives: 9 })
}

#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Color {
    Red,
    Green,
}

#[derive(InputObject)]
pub(crate) struct Filter {
    required: String,
    limit: Option<i32>,
    colors: Option<Vec<Color>>,
    choice: Option<Choice>,
}

#[derive(OneofObject)]
pub(crate) enum Choice {
    Left(i32),
    Right(String),
}

#[Object]
impl Query {
    async fn one(&self) -> i32 {
        1
    }
    async fn late(&self) -> i32 {
        late().await;
        1
    }
    async fn nothing(&self) -> Option<i32> {
        None
    }
    async fn fails(&self) -> Result<Option<i32>> {
        no()
    }
    async fn fails_hard(&self) -> Result<i32> {
        no()
    }
    async fn thing(&self) -> Option<Thing> {
        Some(Thing { depth: 0 })
    }
    async fn no_thing(&self) -> Option<Thing> {
        None
    }
    async fn hard_thing(&self) -> Thing {
        Thing { depth: 0 }
    }
    async fn things(&self) -> Vec<Thing> {
        vec![Thing { depth: 0 }, Thing { depth: 10 }]
    }
    /// `[Thing]!`
    async fn loose_things(&self) -> Vec<Option<Thing>> {
        vec![Some(Thing { depth: 0 }), None, Some(Thing { depth: 20 })]
    }
    /// `[Thing!]`
    async fn maybe_things(&self) -> Option<Vec<Thing>> {
        Some(vec![Thing { depth: 0 }])
    }
    /// `[[Int!]!]!`
    async fn hard_matrix(&self) -> Vec<Vec<Result<i32>>> {
        matrix()
    }
    /// `[[Int!]!]`
    async fn matrix(&self) -> Option<Vec<Vec<Result<i32>>>> {
        Some(matrix())
    }
    /// `[[Int!]]!`
    async fn rows(&self) -> Vec<Option<Vec<Result<i32>>>> {
        matrix().into_iter().map(Some).collect()
    }
    /// `[[Int]!]!`
    async fn cells(&self) -> Vec<Vec<Option<Result<i32>>>> {
        let loose = |row: Vec<Result<i32>>| row.into_iter().map(Some).collect();
        matrix().into_iter().map(loose).collect()
    }
    async fn animals(&self) -> Vec<Animal> {
        vec![dog(), cat()]
    }
    async fn dog(&self) -> Option<Animal> {
        Some(dog())
    }
    async fn coded(&self, code: String) -> Result<Option<i32>> {
        let codes = [
            Code::Unauthenticated,
            Code::Forbidden,
            Code::NotFound,
            Code::RateLimited,
            Code::QuotaExceeded,
            Code::CostExceeded,
            Code::GraphqlValidationFailed,
            Code::Unavailable,
            Code::Internal,
        ];
        let code = codes.into_iter().find(|known| known.as_str() == code).unwrap();
        Err(code.error("as told"))
    }
    async fn uncoded(&self) -> Result<Option<i32>> {
        Err(Error::new("secret-host:5432 refused"))
    }
    async fn sourced(&self) -> Result<Option<i32>> {
        Err(std::io::Error::other("Failed to parse \"secret\"").into())
    }
    async fn panics(&self) -> Option<i32> {
        assert!(std::hint::black_box(false), "on purpose");
        None
    }
    async fn never(&self) -> Option<i32> {
        std::future::pending().await
    }
    async fn trace(&self, ctx: &Context<'_>) -> Option<String> {
        ctx.data_opt::<TraceId>().map(|id| id.0.to_string())
    }
    #[expect(clippy::too_many_arguments, reason = "an argument of each kind")]
    async fn echo(
        &self,
        #[graphql(default = 20)] int: Option<i32>,
        ints: Option<Vec<i32>>,
        color: Option<Color>,
        filter: Option<Filter>,
        at: Option<DateTime>,
        position: Option<Position>,
        json: Option<Json>,
    ) -> String {
        let filter = filter.map(|filter| {
            let choice = filter.choice.map(|choice| match choice {
                Choice::Left(left) => left.to_string(),
                Choice::Right(right) => right,
            });
            let colors = filter.colors.map(|colors| colors.len());
            format!("{} {:?} {colors:?} {choice:?}", filter.required, filter.limit)
        });
        let color = color.map(|color| color == Color::Red);
        let json = json.map(|json| json.0.to_string());
        format!("{int:?} {ints:?} {color:?} {filter:?} {:?} {position:?} {json:?}", at.map(|at| at.0))
    }
    async fn required(&self, int: i32) -> i32 {
        int
    }
    async fn now(&self) -> DateTime {
        DateTime("2026-01-31T10:00:00+01:00".parse().unwrap())
    }
    async fn payload(&self) -> Json {
        Json(serde_json::json!({"b": {"x": null}, "a": [1]}))
    }
    #[graphql(complexity = "list_cost(first, child_complexity)")]
    async fn pages(
        &self,
        #[graphql(default = 20)] first: Option<i32>,
        after: Option<String>,
    ) -> Result<Page<Thing>> {
        let request = PageRequest::<i32>::parse(first, after.as_deref())?;
        let from = request.after.map_or(0, |after| after + 1);
        let rows = (from..3).take(usize::try_from(request.fetch()).unwrap());
        request.page(rows.map(|depth| (depth, Thing { depth })), Some(3))
    }
}

fn matrix() -> Vec<Vec<Result<i32>>> {
    vec![vec![Ok(1), no(), Ok(3)], vec![Ok(4)]]
}

pub(crate) struct Mutation;

#[derive(SimpleObject, Clone)]
#[graphql(complex)]
pub(crate) struct Payload {
    label: String,
    other: i32,
}

#[ComplexObject]
impl Payload {
    async fn fails(&self) -> Result<Option<i32>> {
        no()
    }
    async fn fails_hard(&self) -> Result<i32> {
        no()
    }
}

fn write(ctx: &Context<'_>, label: &str) {
    ctx.data_unchecked::<Journal>().lock().unwrap().push(label.to_owned());
}

#[Object]
impl Mutation {
    /// `Payload!`
    async fn write(&self, ctx: &Context<'_>, label: String) -> Payload {
        late().await;
        write(ctx, &label);
        Payload { label, other: 2 }
    }
    /// `Payload`
    async fn maybe_write(&self, ctx: &Context<'_>, label: String) -> Option<Payload> {
        write(ctx, &label);
        Some(Payload { label, other: 2 })
    }
    async fn write_and_fail(&self, ctx: &Context<'_>, label: String) -> Result<Payload> {
        write(ctx, &label);
        no()
    }
    async fn maybe_write_and_fail(&self, ctx: &Context<'_>, label: String) -> Result<Option<Payload>> {
        write(ctx, &label);
        no()
    }
}

pub(crate) struct Events;

#[Subscription(name = "Subscription")]
impl Events {
    async fn things(&self) -> impl Stream<Item = Thing> + use<> {
        stream::iter([Thing { depth: 1 }, Thing { depth: 2 }])
    }
    async fn maybe_things(&self) -> impl Stream<Item = Option<Thing>> + use<> {
        stream::iter([Some(Thing { depth: 1 }), None])
    }
    async fn results(&self) -> impl Stream<Item = Result<i32>> + use<> {
        stream::iter([Ok(1), no(), Ok(3)])
    }
    async fn refused(&self) -> Result<stream::Empty<i32>> {
        Err(Code::Forbidden.error("not for you"))
    }
    async fn broken(&self) -> Result<stream::Empty<i32>> {
        Err(Error::new("secret-host:5432 refused"))
    }
    async fn panics(&self) -> impl Stream<Item = i32> + use<> {
        stream::iter([1, 2]).map(|number| if number == 2 { panic!("on purpose") } else { number })
    }
}

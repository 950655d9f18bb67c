//! What is above a limit is refused before anything runs, and told which limit and by how much.

use std::fmt::Write as _;

use api::graphql::limits::Limits;
use async_graphql::ServerError;

use crate::schema::{answer, code, run, schema, schema_with};

async fn errors(limits: Limits, query: &str) -> Vec<ServerError> {
    answer(schema_with(limits).execute(query).await).1
}

async fn exceeded(limits: Limits, query: &str, says: &[&str]) {
    let errors = errors(limits, query).await;
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(code(&errors[0]), "COST_EXCEEDED", "{errors:?}");
    for part in says {
        assert!(errors[0].message.contains(part), "{part} in {}", errors[0].message);
    }
}

#[tokio::test]
async fn depth_is_limited_through_fragments_too() {
    let limits = Limits { depth: 2, ..Limits::default() };
    assert!(errors(limits.clone(), "{ thing { id } }").await.is_empty());
    exceeded(limits.clone(), "{ thing { child { id } } }", &["depth", "3", "2"]).await;
    exceeded(limits, "{ thing { ...F } } fragment F on Thing { child { id } }", &["depth", "3"]).await;
}

#[tokio::test]
async fn cost_is_limited_by_what_a_list_may_hold() {
    let limits = Limits { complexity: 100, ..Limits::default() };
    assert!(errors(limits.clone(), "{ pages(first: 10) { nodes { id } } }").await.is_empty());
    exceeded(limits.clone(), "{ pages(first: 50) { nodes { id } } }", &["complexity", "151", "100"]).await;
    exceeded(limits, "{ a: pages { nodes { id late child { id } } } }", &["complexity", "121"]).await;
}

#[tokio::test]
async fn size_fields_roots_and_aliases_are_limited() {
    let long = format!("{{ one {} }}", " ".repeat(70_000));
    exceeded(Limits::default(), &long, &["size", "70008", "65536"]).await;
    exceeded(Limits { fields: 3, ..Limits::default() }, "{ thing { id late } one }", &["fields", "4", "3"])
        .await;
    let roots = Limits { root_fields: 2, ..Limits::default() };
    exceeded(roots, "{ one ...F } fragment F on Query { late nothing }", &["root fields", "3", "2"]).await;
    let aliases = Limits { aliases: 1, ..Limits::default() };
    exceeded(aliases, "{ a: one thing { b: id } }", &["aliases", "2", "1"]).await;
}

#[tokio::test]
async fn deep_nesting_of_any_kind_is_refused_without_exhausting_the_stack() {
    let lists = format!("{{ echo(json: {}{}) }}", "[".repeat(30_000), "]".repeat(30_000));
    exceeded(Limits::default(), &lists, &["nested brackets", "50"]).await;
    let open = "{a".repeat(20_000);
    exceeded(Limits::default(), &open, &["nested brackets"]).await;
    let deep = format!("{}id{}", "{ thing ".to_owned() + &"{ child ".repeat(40), "}".repeat(41));
    exceeded(Limits::default(), &deep, &["depth"]).await;
}

#[tokio::test]
async fn fragments_that_multiply_each_other_are_counted_and_not_walked() {
    let mut query = "{ thing { ...F0 } }".to_owned();
    for level in 0..15 {
        let next = level + 1;
        let _ = write!(query, " fragment F{level} on Thing {{ ...F{next} ... {{ ...F{next} }} ...F{next} }}");
    }
    query += " fragment F15 on Thing { id }";
    exceeded(Limits::default(), &query, &["fields"]).await;
}

#[tokio::test]
async fn a_long_chain_of_fragments_is_refused() {
    let mut query = "{ thing { ...F0 } }".to_owned();
    for level in 0..2_000 {
        let _ = write!(query, "fragment F{level} on Thing{{...F{}}}", level + 1);
    }
    query += "fragment F2000 on Thing{id}";
    exceeded(Limits::default(), &query, &["fragments inside fragments"]).await;
}

#[tokio::test]
async fn the_usual_introspection_query_is_within_the_limits() {
    let of_type = |levels: usize| {
        let inner = "ofType { kind name ".repeat(levels);
        format!("fragment TypeRef on __Type {{ kind name {inner} {} }}", "}".repeat(levels))
    };
    let query = format!(
        "query IntrospectionQuery {{ __schema {{ queryType {{ name }} mutationType {{ name }} subscriptionType {{ name }}
           types {{ ...FullType }} directives {{ name description locations args {{ ...InputValue }} }} }} }}
         fragment FullType on __Type {{ kind name description
           fields(includeDeprecated: true) {{ name description args {{ ...InputValue }} type {{ ...TypeRef }} isDeprecated deprecationReason }}
           inputFields {{ ...InputValue }} interfaces {{ ...TypeRef }}
           enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }} possibleTypes {{ ...TypeRef }} }}
         fragment InputValue on __InputValue {{ name description type {{ ...TypeRef }} defaultValue }} {}",
        of_type(9)
    );
    let (data, errors) = answer(schema().execute(query).await);
    assert!(errors.is_empty(), "{errors:?}");
    assert!(data.contains(r#""name":"ThingConnection""#));
    let (data, _) = run("{ __typename }").await;
    assert_eq!(data, r#"{"__typename":"Query"}"#);
}

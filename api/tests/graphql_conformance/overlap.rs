//! Section 5.3.2, "Field Selection Merging".

use crate::schema::{code, run};

#[tokio::test]
async fn one_key_for_different_things_is_refused_wherever_they_stand() {
    for query in [
        "{ a: one a: late }",
        "{ a: one ...F } fragment F on Query { a: late }",
        "{ a: one ... { ... on Query { a: late } } }",
        "{ thing { a: id } thing { a: late } }",
        "{ thing { a: id } ...F } fragment F on Query { thing { a: late } }",
        "{ thing { child { a: id } ...G } } fragment G on Thing { child { ...H } } fragment H on Thing { a: late }",
        "{ echo(int: 1) echo(int: 2) }",
        "{ echo(int: 1) ...F } fragment F on Query { echo }",
        "query($a: Int, $b: Int) { echo(int: $a) ... { echo(int: $b) } }",
        "{ animals { a: name ... on Dog { a: barks } } }",
        "{ animals { ... on Dog { a: barks } ... on Cat { a: lives } } }",
        "{ animals { ... on Dog { a: fails } ... on Cat { a: failsHard } } }",
    ] {
        let (data, errors) = run(query).await;
        assert_eq!(data, "null", "{query}");
        for error in errors {
            assert_eq!(code(&error), "GRAPHQL_VALIDATION_FAILED", "{query}: {error:?}");
        }
    }
}

#[tokio::test]
async fn the_same_thing_twice_and_things_that_cannot_meet_are_fine() {
    for query in [
        "{ a: one a: one ...F } fragment F on Query { a: one }",
        "{ thing { a: id } thing { a: id b: late } ... { thing { b: late } } }",
        "{ echo(int: 1) ...F } fragment F on Query { echo(int: 1) }",
        "{ animals { ... on Dog { a: name } ... on Cat { a: name } } }",
        "{ animals { ... on Dog { fails: failsHard } ... on Cat { fails: lives } } }",
        "{ animals { __typename ... on Dog { __typename } } }",
    ] {
        let (_, errors) = run(query).await;
        assert!(errors.iter().all(|error| code(error) == "UNAVAILABLE"), "{query}: {errors:?}");
    }
}

//! Section 6.4.4, "Handling Field Errors".

use crate::schema::{code, paths, run};

#[tokio::test]
async fn a_failing_nullable_field_is_null_and_its_siblings_stand() {
    let (data, errors) = run("{ one fails nothing }").await;
    assert_eq!(data, r#"{"one":1,"fails":null,"nothing":null}"#);
    assert_eq!(paths(&errors), ["fails"]);
    assert_eq!(code(&errors[0]), "UNAVAILABLE");
    assert_eq!((errors[0].locations[0].line, errors[0].locations[0].column), (1, 7));
}

#[tokio::test]
async fn a_failing_non_null_field_at_the_root_makes_data_null() {
    let (data, errors) = run("{ one failsHard }").await;
    assert_eq!(data, "null");
    assert_eq!(paths(&errors), ["failsHard"]);
}

#[tokio::test]
async fn a_non_null_failure_makes_the_nearest_nullable_parent_null() {
    let (data, errors) = run("{ one thing { id failsHard } }").await;
    assert_eq!(data, r#"{"one":1,"thing":null}"#);
    assert_eq!(paths(&errors), ["thing.failsHard"]);

    let (data, errors) = run("{ thing { id child { id hardChild { id hardChild { failsHard } } } } }").await;
    assert_eq!(data, r#"{"thing":{"id":"thing-0","child":null}}"#);
    assert_eq!(paths(&errors), ["thing.child.hardChild.hardChild.failsHard"]);

    let (data, errors) = run("{ one hardThing { hardChild { failsHard } } }").await;
    assert_eq!(data, "null");
    assert_eq!(paths(&errors), ["hardThing.hardChild.failsHard"]);
}

#[tokio::test]
async fn an_object_whose_every_field_failed_is_still_an_object() {
    let (data, errors) = run("{ thing { fails again: fails } hardThing { fails } }").await;
    assert_eq!(data, r#"{"thing":{"fails":null,"again":null},"hardThing":{"fails":null}}"#);
    assert_eq!(paths(&errors), ["hardThing.fails", "thing.again", "thing.fails"]);
}

#[tokio::test]
async fn a_failure_in_an_item_makes_null_what_the_types_of_list_and_item_allow() {
    let (data, errors) = run("{ looseThings { id failsHard } }").await;
    assert_eq!(data, r#"{"looseThings":[null,null,null]}"#);
    assert_eq!(paths(&errors), ["looseThings.0.failsHard", "looseThings.2.failsHard"]);

    let (data, _) = run("{ one maybeThings { id failsHard } }").await;
    assert_eq!(data, r#"{"one":1,"maybeThings":null}"#);

    let (data, errors) = run("{ one things { id failsHard } }").await;
    assert_eq!(data, "null");
    assert!(!errors.is_empty());

    let (data, errors) = run("{ things { id fails } }").await;
    assert_eq!(data, r#"{"things":[{"id":"thing-0","fails":null},{"id":"thing-10","fails":null}]}"#);
    assert_eq!(paths(&errors), ["things.0.fails", "things.1.fails"]);
}

#[tokio::test]
async fn lists_of_lists_are_completed_level_by_level() {
    let (data, errors) = run("{ cells }").await;
    assert_eq!(data, r#"{"cells":[[1,null,3],[4]]}"#);
    assert_eq!(paths(&errors), ["cells.0.1"]);

    let (data, errors) = run("{ rows }").await;
    assert_eq!(data, r#"{"rows":[null,[4]]}"#);
    assert_eq!(paths(&errors), ["rows.0.1"]);

    let (data, errors) = run("{ one matrix }").await;
    assert_eq!(data, r#"{"one":1,"matrix":null}"#);
    assert_eq!(paths(&errors), ["matrix.0.1"]);

    let (data, errors) = run("{ one hardMatrix }").await;
    assert_eq!(data, "null");
    assert_eq!(paths(&errors), ["hardMatrix.0.1"]);
}

#[tokio::test]
async fn paths_and_nulls_use_the_alias() {
    let (data, errors) = run("{ mine: fails t: thing { deep: failsHard } }").await;
    assert_eq!(data, r#"{"mine":null,"t":null}"#);
    assert_eq!(paths(&errors), ["mine", "t.deep"]);
}

#[tokio::test]
async fn fields_selected_on_an_interface_have_a_path_too() {
    let (data, errors) = run("{ animals { name fails ... on Cat { lives } } }").await;
    assert_eq!(data, r#"{"animals":[{"name":"Rex","fails":null},{"name":"Tom","fails":7,"lives":9}]}"#);
    assert_eq!(paths(&errors), ["animals.0.fails"]);

    let (data, errors) = run("{ one dog { name failsHard } }").await;
    assert_eq!(data, r#"{"one":1,"dog":null}"#);
    assert_eq!(paths(&errors), ["dog.failsHard"]);

    let (data, errors) = run("{ dog { ... on Dog { friend { failsHard } name } } }").await;
    assert_eq!(data, r#"{"dog":null}"#);
    assert_eq!(paths(&errors), ["dog.friend.failsHard"]);
}

#[tokio::test]
async fn a_field_selected_twice_fails_once() {
    let (data, errors) =
        run("{ thing { fails } ...Again } fragment Again on Query { thing { fails id } }").await;
    assert_eq!(data, r#"{"thing":{"fails":null,"id":"thing-0"}}"#);
    assert_eq!(paths(&errors), ["thing.fails"]);

    let query = "{ one thing { id } ...Again } fragment Again on Query { thing { failsHard } fails fails }";
    let (data, errors) = run(query).await;
    assert_eq!(data, r#"{"one":1,"thing":null,"fails":null}"#);
    assert_eq!(paths(&errors), ["fails", "thing.failsHard"]);
}

#[tokio::test]
async fn an_object_whose_every_field_is_left_out_is_empty_and_not_null() {
    for query in [
        "{ hardThing { id @skip(if: true) } thing { id @include(if: false) } noThing { id @skip(if: true) } }",
        "{ hardThing { ... on Thing @skip(if: true) { id } } thing { ...F } noThing { ...F } } fragment F on Thing { id @skip(if: true) }",
    ] {
        let (data, errors) = run(query).await;
        assert_eq!(data, r#"{"hardThing":{},"thing":{},"noThing":null}"#, "{query}");
        assert!(errors.is_empty());
    }
    let (data, errors) = run("{ animals { ... on Cat { lives } } }").await;
    assert_eq!(data, r#"{"animals":[{},{"lives":9}]}"#);
    assert!(errors.is_empty());
    let (data, errors) = run("{ one @skip(if: true) }").await;
    assert_eq!((data.as_str(), errors.len()), ("{}", 0));
}

#[tokio::test]
async fn json_inside_a_scalar_is_left_alone() {
    let (data, errors) = run("{ payload }").await;
    assert_eq!(data, r#"{"payload":{"a":[1],"b":{"x":null}}}"#);
    assert!(errors.is_empty());
}

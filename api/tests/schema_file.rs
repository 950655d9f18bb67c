//! Is the schema in the repository the one that is served?

/// Where the schema lies for clients and reviewers to read.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");

#[test]
fn the_schema_in_the_repository_is_the_one_that_is_served() {
    let written = std::fs::read_to_string(FILE).expect("api/schema.graphql is there");
    let served = api::graphql::schema::sdl();
    let first_difference =
        written.lines().zip(served.lines()).enumerate().find(|(_, (written, served))| written != served);
    assert!(
        written == served,
        "api/schema.graphql is out of date: write it anew with `flowpilot schema > api/schema.graphql`. First \
         difference (line, written, served): {first_difference:?}"
    );
}

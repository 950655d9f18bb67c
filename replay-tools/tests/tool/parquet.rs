//! `flowpilot-replay events export --format parquet` and `events list -o parquet`: what a reader of Parquet finds.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;

use chrono::DateTime;
use parquet::basic::{LogicalType, TimeUnit};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::{Map, Value};

use crate::world::World;

fn reader(file: &Path) -> SerializedFileReader<File> {
    SerializedFileReader::new(File::open(file).unwrap()).unwrap()
}

/// The rows as `events list -o json` writes them.
fn rows(file: &Path) -> Vec<Map<String, Value>> {
    let row = |row: parquet::record::Row| -> Map<String, Value> {
        let cells =
            row.get_column_iter().filter(|(name, field)| *name != "unreadable" || **field != Field::Null);
        cells.map(|(name, field)| (name.clone(), value(name, field))).collect()
    };
    reader(file).get_row_iter(None).unwrap().map(|found| row(found.unwrap())).collect()
}

fn value(name: &str, field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Long(number) => Value::from(*number),
        Field::TimestampMicros(time) => {
            let time = DateTime::from_timestamp_micros(*time).unwrap();
            Value::from(time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true))
        }
        Field::Str(text) if name == "payload" => serde_json::from_str(text).unwrap(),
        Field::Str(text) => Value::from(text.as_str()),
        other => panic!("{name} is {other:?}"),
    }
}

#[tokio::test]
async fn a_parquet_file_holds_what_a_list_holds() {
    let world = World::new().await;
    let session = world.start("Locked out \"quoted\" \u{1F512}").await;
    world.note(session, "Called back").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.parquet");
    let export = ["events", "export", "--format", "parquet", "--to", file.to_str().unwrap()];
    world.run(&export).well();
    let listed: Vec<Value> = world.run(&["events", "list"]).well().lines();
    let listed: Vec<_> = listed.iter().map(|line| line.as_object().unwrap().clone()).collect();
    assert_eq!(listed.len(), 3);
    assert_eq!(rows(&file), listed);

    let piped = folder.path().join("listed.parquet");
    let list = world
        .command(&["events", "list", "-o", "parquet"])
        .stdout(File::create_new(&piped).unwrap())
        .output();
    assert!(list.unwrap().status.success());
    assert_eq!(rows(&piped), listed);
    let newest = folder.path().join("newest.parquet");
    let arguments = ["events", "list", "-o", "parquet", "--newest-first", "--limit", "1"];
    world.command(&arguments).stdout(File::create_new(&newest).unwrap()).status().unwrap();
    assert_eq!(rows(&newest), listed[2..]);

    let again = world.run(&export);
    assert_eq!(again.code, 4, "a file that is there is left alone: {}", again.complained);
    assert_eq!(rows(&file), listed);
}

#[tokio::test]
async fn columns_have_the_types_that_readers_go_by() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none.parquet");
    world.run(&["events", "export", "--format", "parquet", "--to", file.to_str().unwrap()]).well();
    let reader = reader(&file);
    assert_eq!(reader.metadata().file_metadata().num_rows(), 0, "no event, and still a file");
    let schema = reader.metadata().file_metadata().schema_descr();
    let of = |name: &str| {
        let column = schema.columns().iter().find(|column| column.name() == name).unwrap();
        column.logical_type_ref().cloned()
    };
    let time = of("recordedAt");
    assert!(
        matches!(&time, Some(LogicalType::Timestamp(of)) if of.is_adjusted_to_u_t_c && of.unit == TimeUnit::MICROS),
        "{time:?}"
    );
    assert_eq!(of("payload"), Some(LogicalType::Json));
    assert_eq!(of("aggregateId"), Some(LogicalType::String));
    assert_eq!(of("position"), None, "a plain whole number");
}

#[tokio::test]
async fn filters_narrow_a_parquet_file_and_a_pipe_takes_it() {
    let world = World::new().await;
    let (first, second) = (world.start("First").await, world.start("Second").await);
    world.note(first, "A note").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("piped.parquet");
    let second = second.to_string();
    let ran = world
        .command(&["events", "export", "--format", "parquet", "--aggregate", &second])
        .stdin(Stdio::null())
        .stdout(File::create_new(&file).unwrap())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let found = rows(&file);
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|row| row["aggregateId"] == second.as_str()));
}

#[tokio::test]
async fn what_is_no_list_of_events_is_not_written_as_parquet() {
    let world = World::new().await;
    for arguments in [&["events", "count"][..], &["events", "tail"], &["stats"], &["projection", "list"]] {
        let refused = world.run(&[arguments, &["-o", "parquet"]].concat());
        assert_eq!((refused.code, refused.said.as_str()), (2, ""), "{arguments:?}");
        assert!(refused.complained.contains("events list -o parquet"), "{}", refused.complained);
    }
}

#[tokio::test]
async fn lines_as_stored_refuse_filters_that_they_would_not_keep() {
    let world = World::new().await;
    world.start("One").await;
    for filter in
        [["--type", "session.started"], ["--before", "2"], ["--account", &world.account.to_string()]]
    {
        let refused = world.run(&[&["events", "export"][..], &filter].concat());
        assert_eq!((refused.code, refused.said.as_str()), (2, ""), "{filter:?}");
        assert!(refused.complained.contains("--format parquet"), "{}", refused.complained);
    }
}

#[tokio::test]
async fn without_the_master_key_a_parquet_file_says_what_it_could_not_open() {
    let world = World::new().await;
    world.start("Sealed words").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sealed.parquet");
    let arguments = ["events", "export", "--format", "parquet", "--to", file.to_str().unwrap()];
    let ran = world.command(&arguments).env_remove("FLOWPILOT_MASTER_KEY").output().unwrap();
    assert!(ran.status.success());
    let found = rows(&file);
    assert!(found[0]["payload"].is_null() && found[0]["unreadable"].as_str().unwrap().contains("key"));
    assert_eq!(found[1]["payload"]["type"], "session.step_requested", "what is not personal is read");
}

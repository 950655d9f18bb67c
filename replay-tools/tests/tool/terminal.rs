//! The program on a terminal: what people see and type there. A pseudo-terminal stands in for theirs.

mod screen;

use std::fs::File;

use event_store::ledger;
use serde_json::Value;

use crate::serving::Server;
use crate::world::World;
use screen::Screen;

const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";

async fn is_paused(world: &World) -> bool {
    let sql = "SELECT paused_at IS NOT NULL FROM projection_checkpoints WHERE name = 'usage'";
    sqlx::query_scalar(sql).fetch_one(&world.pool).await.unwrap()
}

/// A projection that ran, to be paused.
async fn with_usage() -> World {
    let world = World::new().await;
    let ran = "INSERT INTO projection_checkpoints (name, version, position, epoch) VALUES ('usage', 1, 1, 1)";
    sqlx::query(ran).execute(&world.pool).await.unwrap();
    world
}

#[tokio::test]
async fn the_name_typed_is_a_yes_and_anything_else_is_a_no() {
    let world = with_usage().await;
    for no in ["sessions\n", "\n", "y\n", CTRL_D] {
        let mut screen = Screen::of(world.command(&["projection", "pause", "usage"]));
        screen.shows("usage stops at position 1");
        screen.shows("Type usage to do it:");
        screen.types(no);
        let (code, shown) = screen.ends();
        assert_eq!(code, 2, "{no:?}: {shown}");
        assert!(shown.contains("nothing was done: that is not its name"), "{shown}");
        assert!(!is_paused(&world).await, "{no:?}");
    }
    let mut screen = Screen::of(world.command(&["projection", "pause", "usage"]));
    screen.shows("Type usage to do it:");
    screen.types("usage\n");
    let (code, shown) = screen.ends();
    assert_eq!(code, 0, "{shown}");
    assert!(is_paused(&world).await);
}

#[tokio::test]
async fn a_history_is_added_to_the_database_whose_name_is_typed() {
    let world = World::new().await;
    let name: String = sqlx::query_scalar("SELECT current_database()").fetch_one(&world.pool).await.unwrap();
    let mut screen = Screen::of(world.command(&["simulate", "--sessions", "3", "--days", "1"]));
    screen.shows(&format!("Type {name} to do it:"));
    screen.types(&format!("{name}\n"));
    let (code, shown) = screen.ends();
    assert_eq!(code, 0, "{shown}");
    let accounts = "SELECT count(*) FROM events WHERE event_type = 'account.opened'";
    assert_eq!(sqlx::query_scalar::<_, i64>(accounts).fetch_one(&world.pool).await.unwrap(), 1);
}

#[tokio::test]
async fn the_head_that_is_to_be_kept_elsewhere_is_shown_whole() {
    let world = World::new().await;
    world.start("One").await;
    ledger::extend(&world.pool).await.unwrap();
    let head = world.run(&["verify"]).well().lines().pop().unwrap()["detail"].as_str().unwrap().to_owned();
    let (code, shown) = Screen::of(world.command(&["verify"])).ends();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains(&head), "{head} is not in {shown}");
}

#[tokio::test]
async fn ctrl_c_ends_what_waits_or_follows_with_130_and_changes_nothing() {
    let world = with_usage().await;
    world.start("One").await;
    for (arguments, until) in [
        (&["projection", "pause", "usage"][..], "Type usage to do it:"),
        (&["events", "tail", "--follow"], "session.step_requested"),
    ] {
        let mut screen = Screen::of(world.command(arguments));
        screen.shows(until);
        screen.types(CTRL_C);
        let (code, shown) = screen.ends();
        assert_eq!(code, 130, "{shown}");
        assert!(shown.ends_with("flowpilot-replay: interrupted\r\n"), "{shown}");
    }
    assert!(!is_paused(&world).await);
}

#[tokio::test]
async fn ctrl_c_ends_the_waiting_for_a_rebuild_and_says_that_it_goes_on() {
    let world = with_usage().await;
    let mut screen =
        Screen::of(world.command(&["projection", "rebuild", "usage", "--yes", "--patience", "600"]));
    screen.shows("] usage: ");
    screen.types(CTRL_C);
    let (code, shown) = screen.ends();
    assert_eq!(code, 130, "{shown}");
    assert!(
        shown.contains("\x1b[Kusage is still to be done: `projection cancel usage` ends it\r\n"),
        "{shown}"
    );
    let state: String =
        sqlx::query_scalar("SELECT state FROM projection_rebuilds").fetch_one(&world.pool).await.unwrap();
    assert_eq!(state, "running");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bar_goes_to_the_terminal_while_data_goes_to_its_file() {
    let world = World::new().await;
    world.start("One").await;
    let server = Server::start(&world);
    let file = tempfile::NamedTempFile::new().unwrap();
    let command = world.command(&["projection", "rebuild", "sessions", "--yes"]);
    let (code, shown) = Screen::beside(command, file.reopen().unwrap()).ends();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("\r\x1b[K[") && shown.contains("] sessions: "), "{shown}");
    let data: Value = serde_json::from_reader(File::open(file.path()).unwrap()).unwrap();
    assert_eq!(data["result"], "rebuilt");
    server.stop().await;
}

#[tokio::test]
async fn what_takes_long_shows_a_bar_that_is_gone_when_its_result_comes() {
    let world = World::new().await;
    let command = world.command(&["simulate", "--sessions", "400", "--days", "3", "--yes", "-o", "json"]);
    let (code, shown) = Screen::of(command).ends();
    assert_eq!(code, 0, "{shown}");
    let (bars, result) = shown.rsplit_once("\r\x1b[K").unwrap();
    assert!(bars.contains("] simulate: ") && bars.contains(" of 400 sessions"), "{bars}");
    assert!(result.starts_with("{\"account\":"), "{result}");
}

#[tokio::test]
async fn a_terminal_gets_a_table_in_colour_unless_no_color_is_set() {
    let world = World::new().await;
    world.start("One").await;
    let shown = |no_color: Option<&str>, more: &[&str]| {
        let mut command = world.command(&[&["events", "list"], more].concat());
        command.env_remove("NO_COLOR");
        if let Some(value) = no_color {
            command.env("NO_COLOR", value);
        }
        let (code, shown) = Screen::of(command).ends();
        assert_eq!(code, 0, "{shown}");
        shown
    };
    let coloured = shown(None, &[]);
    assert!(coloured.contains("\x1b[") && coloured.contains("recordedAt"), "{coloured}");
    assert_eq!(shown(Some(""), &[]), coloured, "set to nothing it is not set");
    for plain in [shown(Some("1"), &[]), shown(None, &["--no-color"])] {
        assert!(!plain.contains('\x1b') && plain.contains("recordedAt"), "{plain}");
    }
    assert!(shown(None, &["-o", "json"]).starts_with("{\""), "what was asked for, without colour");
}

#[tokio::test]
async fn a_parquet_file_is_not_written_to_a_terminal() {
    let world = World::new().await;
    for arguments in [&["events", "list", "-o", "parquet"][..], &["events", "export", "--format", "parquet"]]
    {
        let (code, shown) = Screen::of(world.command(arguments)).ends();
        assert_eq!(code, 2, "{shown}");
        assert!(shown.contains("nothing for a terminal") && !shown.contains("PAR1"), "{shown}");
    }
}

//! The views that BI tools read: they show the rows that serve, also after a rebuild, and nothing that somebody wrote.

use std::sync::Arc;

use projections::projection::Projection;
use projections::rebuild::{self, State, Wanted};
use sqlx::{Executor, Row};

use crate::process::{Process, names};
use crate::story::{Kind, Story, a};
use crate::world::{World, eventually};

const VIEWS: [&str; 10] = [
    "sessions",
    "steps",
    "escalations",
    "outcomes",
    "outcomes_daily",
    "flows",
    "flow_versions",
    "proposals",
    "usage_daily",
    "calls",
];

async fn begin_a_session(story: &mut Story<'_>) {
    let place = u8::try_from(story.sessions.len()).unwrap();
    story.play(a(Kind::Start, place, place + 1, 1)).await;
    assert_eq!(story.sessions.len(), usize::from(place) + 1);
    for kind in [Kind::Classify, Kind::Match, Kind::Present, Kind::Answer, Kind::Present, Kind::Note] {
        story.play(a(kind, place, 2, 1)).await;
    }
}

async fn build_anew(world: &World, projection: &dyn Projection) {
    let wanted = Wanted::default();
    assert!(rebuild::request(&world.pool, projection, world.last().await, wanted).await.unwrap());
    let state = async || rebuild::of(&world.pool, projection.name()).await.unwrap().unwrap().state;
    eventually(async || state().await != State::Running).await;
    assert_eq!(state().await, State::Done);
}

/// Tables that views show and that are not in the schema that serves.
async fn shown_aside(world: &World) -> Vec<String> {
    let sql = "SELECT view_name || ' shows ' || table_schema || '.' || table_name
               FROM information_schema.view_table_usage WHERE view_schema = 'bi' AND table_schema <> 'public'";
    sqlx::query_scalar(sql).fetch_all(&world.pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn views_show_the_rows_that_serve_after_every_rebuild_and_keep_what_was_granted() {
    let world = World::new().await;
    let mut story = Story::begin(&world).await;
    begin_a_session(&mut story).await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    let role = format!("reader_of_{}", world.pool.connect_options().get_database().unwrap());
    let grants = format!(
        "CREATE ROLE {role}; GRANT USAGE ON SCHEMA bi TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA bi TO {role}"
    );
    world.pool.execute(grants.as_str()).await.unwrap();
    let anew: Vec<Arc<dyn Projection>> =
        projections::all().into_iter().filter(|it| !it.tables().is_empty()).collect();
    for round in 2..4 {
        for projection in &anew {
            build_anew(&world, &**projection).await;
            assert_eq!(shown_aside(&world).await, [""; 0], "{}", projection.name());
        }
        begin_a_session(&mut story).await;
        process.shows(&world, &names()).await;
        for (view, table) in [("sessions", "sessions"), ("steps", "session_steps"), ("outcomes", "outcomes")]
        {
            let shown = world.count(&format!("bi.{view}")).await;
            assert_eq!(shown, world.count(table).await, "{view}");
            assert!(shown >= round);
        }
    }
    process.stop().await;
    let mut reading = world.pool.acquire().await.unwrap();
    reading.execute(format!("SET ROLE {role}").as_str()).await.unwrap();
    for view in VIEWS {
        reading.execute(format!("SELECT * FROM bi.{view}").as_str()).await.unwrap();
    }
    let refused = reading.execute("SELECT document FROM sessions").await.unwrap_err();
    assert!(refused.to_string().contains("permission denied"), "{refused}");
    let over = format!("RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}");
    reading.execute(over.as_str()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn views_show_how_steps_were_made_and_answered_but_nothing_that_was_said() {
    let world = World::new().await;
    let mut story = Story::begin(&world).await;
    begin_a_session(&mut story).await;
    let process = Process::start(&world, projections::all());
    process.shows(&world, &names()).await;
    process.stop().await;
    let (msp, session) = *story.sessions.last().unwrap();
    let rows =
        sqlx::query("SELECT made_by, counts, answer FROM bi.steps WHERE session = $1 ORDER BY ordinal")
            .bind(session.0)
            .fetch_all(&world.pool)
            .await
            .unwrap();
    let view = world.view(story.msps[msp].account, session).await;
    assert_eq!(rows.len(), view.steps.len());
    assert!(view.steps.iter().any(|step| step.answer.is_some()));
    for (row, step) in rows.iter().zip(&view.steps) {
        let counts: bool = row.get("counts");
        assert_eq!(counts, step.kind().is_answerable());
        let answer: Option<String> = row.get("answer");
        assert_eq!(answer.is_some(), step.answer.is_some());
        let made_by: Option<String> = row.get("made_by");
        assert!(
            matches!(made_by.as_deref(), Some("PLAYBOOK" | "MODEL" | "PERSON" | "SYSTEM")),
            "{made_by:?}"
        );
    }
    let said: Vec<&str> = view.steps.iter().map(|step| step.text.as_str()).collect();
    assert!(said.iter().all(|text| text.len() > 3));
    for name in VIEWS {
        let sql =
            format!("SELECT coalesce(string_agg(row_to_json(shown)::text, ' '), '') FROM bi.{name} AS shown");
        let shown: String = sqlx::query_scalar(&sql).fetch_one(&world.pool).await.unwrap();
        assert!(said.iter().all(|text| !shown.contains(text)), "{name}");
    }
    let columns: Vec<String> = sqlx::query_scalar(
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'bi'
         AND column_name ~ '(title|text|name|summary|reason|email|document|notes|feedback|prompt)'",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    assert_eq!(columns, [""; 0]);
}

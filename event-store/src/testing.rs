//! A database of its own for every test and every benchmark, copied in milliseconds from a template that has all tables already,
//! or more than that.

use std::str::FromStr;
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use sha2::{Digest, Sha256};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, PgPool};
use uuid::Uuid;

use crate::connections::connections;
use crate::migrations::MIGRATOR;

/// Few, because many tests run at once and share the server.
const MOST_CONNECTIONS: u32 = 8;
/// Any number, the same in every test process.
const TEMPLATE_LOCK: i64 = 0x0F10_3711_07E5_7000;

/// A database that only this test uses. It is dropped at the end, unless the test failed.
#[derive(Debug)]
pub struct TestDatabase {
    server: PgConnectOptions,
    name: String,
    pool: PgPool,
}

impl TestDatabase {
    /// Connections to it.
    pub fn pool(&self) -> PgPool {
        self.pool.clone()
    }

    /// How to make connections of one's own, for a pool of another size or a listener.
    pub fn connect_options(&self) -> PgConnectOptions {
        self.server.clone().database(&self.name)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A new database with all migrations applied, on the server of `DATABASE_URL`.
///
/// # Panics
///
/// When there is no `DATABASE_URL`, or its server refuses: a test cannot go on without.
pub async fn database() -> TestDatabase {
    let server = server();
    let mut connection = connect(&server).await;
    let template = migrated(&mut connection, &server).await;
    copy(connection, server, &template).await
}

/// The same with what `furnish` leaves in it, under the furniture's name: it is done once for all tests of a program.
///
/// Whoever furnishes lets all connections go, for a database that is in use can't be copied. What another build of the program
/// left on a server that outlives it is dropped then.
///
/// # Panics
///
/// When there is no `DATABASE_URL`, or its server refuses: a test cannot go on without.
pub async fn furnished(furniture: &str, furnish: impl AsyncFnOnce(PgConnectOptions)) -> TestDatabase {
    let server = server();
    let mut connection = connect(&server).await;
    let bare = migrated(&mut connection, &server).await;
    let (program, build) = this_program();
    let template = format!("{bare}_{furniture}_{program}_{build}");
    make_template(&mut connection, &template, &bare, async |unfinished| {
        drop_older(&server, &format!("_{furniture}_{program}_"), &template).await;
        furnish(server.clone().database(unfinished)).await;
    })
    .await;
    copy(connection, server, &template).await
}

/// Those of other builds of the same program.
async fn drop_older(server: &PgConnectOptions, furniture: &str, template: &str) {
    let mut connection = connect(server).await;
    let older = "SELECT datname FROM pg_database WHERE datname ~ $1 AND NOT starts_with(datname, $2)";
    let older: Vec<String> = sqlx::query_scalar(older)
        .bind(format!("^template_flowpilot_[0-9a-f]+{furniture}"))
        .bind(template)
        .fetch_all(&mut connection)
        .await
        .expect("the server lists its databases");
    for name in older {
        // Somebody may be copying it at this moment: then it stays for the next one.
        let _ = connection.execute(format!("DROP DATABASE IF EXISTS {name}").as_str()).await;
    }
}

async fn copy(mut connection: PgConnection, server: PgConnectOptions, template: &str) -> TestDatabase {
    let name = format!("test_{}", new_id().simple());
    run(&mut connection, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
    let _ = connection.close().await;
    let pool = connections(MOST_CONNECTIONS)
        .acquire_timeout(Duration::from_mins(1))
        .connect_lazy_with(server.clone().database(&name));
    TestDatabase { server, name, pool }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if thread::panicking() {
            tracing::warn!(database = self.name, "the failed test's database is kept");
            return;
        }
        let server = self.server.clone();
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A thread, because the test's own runtime may be on its way out, and cannot be blocked on in any case.
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                runtime.block_on(async {
                    if let Ok(mut connection) = server.connect().await {
                        let _ = connection.execute(statement.as_str()).await;
                    }
                });
            }
        });
        let _ = dropping.join();
    }
}

fn server() -> PgConnectOptions {
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration but this")]
    let url = std::env::var("DATABASE_URL");
    let Ok(url) = url else {
        panic!(
            "this needs a PostgreSQL: run `make test` or `make bench`, or `flowpilot postgres run -- cargo …`"
        );
    };
    let options = PgConnectOptions::from_str(&url).expect("DATABASE_URL is a postgres:// address");
    options.disable_statement_logging()
}

#[expect(clippy::disallowed_methods, reason = "a name for a test's database; no test asks which")]
fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// Another name for other migrations, so that a server that lives longer than one run never serves old tables.
fn template_name() -> &'static str {
    static NAME: LazyLock<String> = LazyLock::new(|| {
        let mut hash = Sha256::new();
        for migration in MIGRATOR.iter() {
            hash.update(migration.version.to_be_bytes());
            hash.update(&migration.checksum);
        }
        let hash = hash.finalize();
        format!("template_flowpilot_{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3])
    });
    &NAME
}

/// Which program this is, and which build of it: what another one put into a database may have another shape.
fn this_program() -> &'static (String, String) {
    static HASHES: LazyLock<(String, String)> = LazyLock::new(|| {
        let program = std::env::current_exe().expect("a program knows where it is");
        let built =
            program.metadata().and_then(|file| file.modified()).expect("a program's file has its time");
        let built = built.duration_since(UNIX_EPOCH).expect("it was built after 1970").as_nanos();
        (short_hash(&program.display().to_string()), short_hash(&built.to_string()))
    });
    &HASHES
}

fn short_hash(text: &str) -> String {
    let hash = Sha256::digest(text);
    format!("{:02x}{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2], hash[3])
}

/// The template that has all tables and nothing in them; it is made unless it is there.
async fn migrated(connection: &mut PgConnection, server: &PgConnectOptions) -> String {
    let name = template_name();
    make_template(connection, name, "template1", async |unfinished| {
        let mut inside = connect(&server.clone().database(unfinished)).await;
        MIGRATOR.run(&mut inside).await.expect("the migrations apply to an empty database");
        inside.close().await.expect("the connection to the template ends");
    })
    .await;
    name.to_owned()
}

/// Makes a template out of another one, unless it is there. It is made under another name, so that a template is always
/// complete.
async fn make_template(connection: &mut PgConnection, name: &str, of: &str, furnish: impl AsyncFnOnce(&str)) {
    if exists(connection, name).await {
        return;
    }
    sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(&mut *connection)
        .await
        .expect("the lock of the template is to be had");
    if !exists(connection, name).await {
        let unfinished = format!("{name}_unfinished");
        run(connection, &format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")).await;
        run(connection, &format!("CREATE DATABASE {unfinished} TEMPLATE {of}")).await;
        furnish(&unfinished).await;
        run(connection, &format!("ALTER DATABASE {unfinished} RENAME TO {name}")).await;
    }
    sqlx::query("SELECT pg_advisory_unlock($1)")
        .bind(TEMPLATE_LOCK)
        .execute(&mut *connection)
        .await
        .expect("the lock of the template is let go");
}

async fn exists(connection: &mut PgConnection, name: &str) -> bool {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
        .bind(name)
        .fetch_one(connection)
        .await
        .expect("the server lists its databases")
}

async fn connect(options: &PgConnectOptions) -> PgConnection {
    options.connect().await.unwrap_or_else(|error| panic!("DATABASE_URL's server does not answer: {error}"))
}

async fn run(connection: &mut PgConnection, statement: &str) {
    if let Err(error) = connection.execute(statement).await {
        panic!("{statement}: {error}");
    }
}

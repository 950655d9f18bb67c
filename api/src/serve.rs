//! The server from start to end: database, projections, workers, HTTP; and back in the same order.

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::app::{Database, Running, Settings};
use crate::config::{Mode, Options, ServeOptions};
use crate::demo::{self, DemoArguments};
use crate::graphql::schema;
use crate::graphql::served::Served;
use crate::http::{Shared, router};
use crate::postgres_command::EndSignals;
use crate::telemetry;

/// How long requests that are under way may take to end once the server is told to.
const GRACE: Duration = Duration::from_secs(20);
/// How long requests are kept waiting at the start so that they find read models that are up to date.
const CATCH_UP: Duration = Duration::from_secs(5);

/// Runs the server until it is told to end; with a demo, plays that first.
pub async fn run(
    options: Options,
    serve: ServeOptions,
    demo: Option<DemoArguments>,
) -> anyhow::Result<ExitCode> {
    serve.check(options.mode)?;
    let (trust, master) = (options.trust()?, options.master_key()?);
    let guide = serve.assistant.guide()?;
    let settings = Settings::of(&serve, options.mode, serve.attachments.files(options.data_dir())?);
    let embedders = serve.embedding.embedders()?;
    let demo_secret = demo.is_some().then(|| options.jwt_secret()).transpose()?;
    if options.mode == Mode::Development {
        tracing::warn!(
            "DEVELOPMENT MODE: secrets lie in the data folder, only loopback is served; not for production"
        );
    }
    tracing::info!(assistant = ?guide, "who makes the steps");
    tracing::info!(embedders = ?embedders, "who compares meanings, the one in force first");
    if let Some(notice) = serve.embedding.notice() {
        tracing::warn!("{notice}");
    }
    let mut ends = EndSignals::listen()?;
    let metrics = telemetry::start_metrics()?;
    // Bound before anything is started, so that a taken address costs nothing.
    let listener =
        TcpListener::bind(serve.addr).await.with_context(|| format!("cannot listen on {}", serve.addr))?;
    let address = listener.local_addr()?;
    let database = Database::open(&options).await?;
    let running = Running::start(database.pools.clone(), master, trust, guide, embedders, settings);
    match running.catch_up(CATCH_UP).await {
        Ok(true) => {}
        Ok(false) => tracing::warn!("the read models are still behind the log"),
        Err(error) => tracing::warn!(error = %error, "how far the read models are is not known"),
    }
    let server = Server::start(&running, listener, metrics.clone());
    tracing::info!(http.address = %address, "ready");
    let outcome = tokio::select! {
        signal = ends.next() => {
            tracing::info!(signal, "ending");
            Ok(())
        }
        never = telemetry::keep_small(&metrics) => match never {},
        failure = database.failed() => Err(anyhow::Error::from(failure)),
        finished = play(&running, address, demo_secret, demo) => finished,
    };
    running.app.stop.cancel();
    server.end().await;
    running.stop().await;
    database.close().await;
    outcome.map(|()| ExitCode::SUCCESS)
}

/// Plays the demo; ends only if it is to be played once, or fails.
async fn play(
    running: &Running,
    address: SocketAddr,
    secret: Option<crate::auth::token::Secret>,
    demo: Option<DemoArguments>,
) -> anyhow::Result<()> {
    if let (Some(arguments), Some(secret)) = (demo, secret) {
        demo::after_start(&running.app, address, &secret, &arguments).await?;
        if arguments.once {
            return Ok(());
        }
    }
    std::future::pending().await
}

/// HTTP, being served.
struct Server {
    serving: JoinHandle<std::io::Result<()>>,
}

impl Server {
    fn start(
        running: &Running,
        listener: TcpListener,
        metrics: metrics_exporter_prometheus::PrometheusHandle,
    ) -> Self {
        let app = running.app.clone();
        let served = Served::new(schema::build(), Arc::clone(&app));
        let stop = app.stop.clone();
        let routes = router(Shared { app, served, metrics });
        let serving =
            axum::serve(listener, routes).with_graceful_shutdown(async move { stop.cancelled().await });
        Self { serving: tokio::spawn(serving.into_future()) }
    }

    /// Requests that are under way may end, but not for ever.
    async fn end(self) {
        let abort = self.serving.abort_handle();
        match timeout(GRACE, self.serving).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::error!(error = %error, "HTTP ended badly"),
            Ok(Err(error)) => tracing::error!(error = %error, "HTTP ended badly"),
            Err(_) => {
                tracing::warn!("requests did not end in time and are cut off");
                abort.abort();
            }
        }
    }
}

//! Keys, prompts and answers reach neither logs nor `Debug` output.

use std::fmt::Write;
use std::io;
use std::sync::{Arc, LazyLock, Mutex};

use crate::stand_in::StandIn;
use crate::world::{BOTH, KEY, deep};

/// What all tests of this program log, at the most talkative level, libraries included. It is set up before the first
/// provider is: a call site that is met without anybody listening may stay silent.
pub(crate) static LOG: LazyLock<Lines> = LazyLock::new(|| {
    let lines = Lines::default();
    let writer = lines.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .init();
    lines
});

#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn logs_and_debug_output_tell_nothing_of_keys_prompts_and_answers() {
    let mut shown = String::new();
    for wire in BOTH {
        let echo = "Janet's printer is jammed.";
        for answer in [
            wire.says(echo),
            wire.error(500, "api_error", echo),
            wire.error(400, "Janet's printer", echo),
            wire.error(429, "rate_limit_error", echo),
            wire.says("{\"ok\": \"Janet\"}"),
        ] {
            let stand_in = StandIn::new([answer]).await;
            let assistant = wire.at(&stand_in.url);
            let result = deep(&*assistant).await;
            write!(shown, "{result:?}").unwrap();
            if let Err(failed) = result {
                write!(shown, "{failed} {:?}", failed.error).unwrap();
            }
        }
    }
    let logged = String::from_utf8_lossy(&LOG.0.lock().unwrap()).into_owned();
    assert!(logged.contains("a call to the assistant failed"), "the log is not where it is looked for");
    for secret in [KEY, "Janet", "Rules of diagnosis", "paper tray", "cGl4ZWxz"] {
        assert!(!logged.contains(secret), "{secret} in the log");
        assert!(!shown.contains(secret), "{secret} in Debug or Display");
    }
}

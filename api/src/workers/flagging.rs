//! Tells operators that words of a case are written to steer the model (rule 4.5): how many of which kind, never the words.

use domain::assistant::injection::InjectionFlags;
use domain::id::SessionId;

/// Says so in the log, and counts it. Nothing else depends on it.
pub(super) fn flag(session: SessionId, flags: &InjectionFlags) {
    if flags.is_empty() {
        return;
    }
    for (kind, count) in flags.kinds() {
        metrics::counter!("flowpilot_injection_attempts_total", "kind" => kind.as_str())
            .increment(u64::from(count));
    }
    let kinds: Vec<_> = flags.kinds().map(|(kind, count)| format!("{} ({count})", kind.as_str())).collect();
    tracing::warn!(
        session.id = %session,
        injection.kinds = kinds.join(", "),
        "words of a case are written to steer the model; they change nothing"
    );
}

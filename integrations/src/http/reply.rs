//! What came back from an outside system, read within bounds.

use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde_json::Value;

/// An answer, whatever its status.
#[derive(Clone)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// When to come back, if it said so.
    pub retry_after: Option<Duration>,
    /// It calls itself JSON, or nothing at all.
    pub json: bool,
    /// Its body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendFault {
    /// No connection: nobody listens, no such name, no trust.
    #[error("no connection")]
    Connect,
    /// The deadline passed.
    #[error("no answer in time")]
    Timeout,
    /// The connection ended before the answer was whole.
    #[error("connection lost")]
    Interrupted,
    /// The answer is larger than is read.
    #[error("answer too large")]
    Oversized,
}

impl Reply {
    /// Reads an answer, and stops at a byte more than `largest`.
    pub(super) async fn read(mut response: Response, largest: usize) -> Result<Self, SendFault> {
        let status = response.status();
        let retry_after = retry_after(response.headers());
        let json = is_json(response.headers());
        if response.content_length().is_some_and(|length| length > largest as u64) {
            return Err(SendFault::Oversized);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| fault(&error))? {
            if body.len() + chunk.len() > largest {
                return Err(SendFault::Oversized);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self { status, retry_after, json, body })
    }

    /// Its body as JSON, if it is.
    pub fn value(&self) -> Option<Value> {
        if self.json { serde_json::from_slice(&self.body).ok() } else { None }
    }
}

/// The client's error without its text, which holds the address.
pub(super) fn fault(error: &reqwest::Error) -> SendFault {
    if error.is_timeout() {
        SendFault::Timeout
    } else if error.is_connect() {
        SendFault::Connect
    } else {
        SendFault::Interrupted
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_none_or(|kind| {
        kind.to_str().is_ok_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            kind == "application/json" || kind.ends_with("+json")
        })
    })
}

/// Seconds, milliseconds in a header that some send, or a date. A date counts from the answer's own date: no clock is needed,
/// and a wrong one does no harm.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(millis) = text("retry-after-ms").and_then(|millis| millis.parse::<f64>().ok()) {
        return Duration::try_from_secs_f64(millis / 1_000.0).ok();
    }
    let after = text(RETRY_AFTER.as_str())?;
    if let Ok(seconds) = after.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = DateTime::parse_from_rfc2822(after).ok()?;
    let now = DateTime::parse_from_rfc2822(text(DATE.as_str())?).ok()?;
    Some((until - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn retry_after_comes_in_seconds_milliseconds_or_as_a_date() {
        let date = ("date", "Mon, 05 Jan 2026 10:00:00 GMT");
        for (pairs, seconds) in [
            (vec![("retry-after", "7")], Some(7.0)),
            (vec![("retry-after", "0.5")], Some(0.5)),
            (vec![("retry-after-ms", "1500"), ("retry-after", "7")], Some(1.5)),
            (vec![("retry-after", "Mon, 05 Jan 2026 10:00:30 GMT"), date], Some(30.0)),
            (vec![("retry-after", "Mon, 05 Jan 2026 09:00:00 GMT"), date], Some(0.0)),
            (vec![("retry-after", "Mon, 05 Jan 2026 10:00:30 GMT")], None),
            (vec![("retry-after", "soon")], None),
            (vec![("retry-after", "-3")], None),
            (vec![("retry-after", "NaN")], None),
            (vec![], None),
        ] {
            let expected = seconds.map(Duration::from_secs_f64);
            assert_eq!(retry_after(&headers(&pairs)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn what_calls_itself_json_or_nothing_is_json() {
        for (kind, json) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/problem+json", true),
            ("text/html", false),
            ("text/plain", false),
        ] {
            assert_eq!(is_json(&headers(&[("content-type", kind)])), json, "{kind}");
        }
        assert!(is_json(&HeaderMap::new()));
    }
}

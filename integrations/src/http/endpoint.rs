//! An address that is called: where it is, and whether it is given a rest.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Request, Url};

use super::reply::fault;
use super::{Breaker, BreakerSettings, Http, Reply, SendFault};
use crate::Misconfigured;

/// An endpoint of an outside system. Clones share the connections and the breaker.
#[derive(Debug, Clone)]
pub struct Endpoint {
    http: Http,
    url: Url,
    breaker: Arc<Breaker>,
}

impl Endpoint {
    /// The endpoint at `path` below `base`. A base that already ends with the path's beginning is not doubled: people write
    /// both `http://localhost:11434` and `http://localhost:11434/v1`.
    pub fn new(http: Http, base: &str, path: &str, breaker: BreakerSettings) -> Result<Self, Misconfigured> {
        let mut url = Url::parse(base.trim()).map_err(|_| Misconfigured::Url("is not a URL"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(Misconfigured::Url("must begin with https:// or http:// and name a host"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Misconfigured::Url("must not hold a name or a password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Misconfigured::Url("must end with its path"));
        }
        let base = url.path().trim_end_matches('/').to_owned();
        let (beginning, rest) = path.split_once('/').unwrap_or((path, ""));
        let whole = match base.rsplit('/').next() {
            Some(last) if last == beginning => format!("{base}/{rest}"),
            _ => format!("{base}/{path}"),
        };
        url.set_path(&whole);
        Ok(Self { http, url, breaker: Arc::new(Breaker::new(breaker)) })
    }

    /// Its breaker: ask it before every call, and tell it afterwards.
    pub fn breaker(&self) -> &Arc<Breaker> {
        &self.breaker
    }

    /// Sends JSON and reads the answer; all of it within the deadline.
    pub async fn post(
        &self,
        headers: &HeaderMap,
        body: Vec<u8>,
        deadline: Duration,
    ) -> Result<Reply, SendFault> {
        let mut request = Request::new(Method::POST, self.url.clone());
        *request.headers_mut() = headers.clone();
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *request.body_mut() = Some(body.into());
        let answer = async {
            let response = self.http.client.execute(request).await.map_err(|error| fault(&error))?;
            Reply::read(response, self.http.largest_answer).await
        };
        tokio::time::timeout(deadline, answer).await.unwrap_or(Err(SendFault::Timeout))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::HttpSettings;

    fn at(base: &str, path: &str) -> Result<String, Misconfigured> {
        let http = Http::new(HttpSettings::default())?;
        Endpoint::new(http, base, path, BreakerSettings::default()).map(|endpoint| endpoint.url.to_string())
    }

    #[test]
    fn the_path_follows_the_base_and_its_beginning_is_not_doubled() {
        for (base, whole) in [
            ("https://api.anthropic.com", "https://api.anthropic.com/v1/messages"),
            ("https://api.anthropic.com/", "https://api.anthropic.com/v1/messages"),
            ("http://localhost:11434/v1", "http://localhost:11434/v1/messages"),
            ("http://localhost:11434/v1/ ", "http://localhost:11434/v1/messages"),
            ("https://gateway.example/team/a", "https://gateway.example/team/a/v1/messages"),
        ] {
            assert_eq!(at(base, "v1/messages").as_deref(), Ok(whole), "{base}");
        }
    }

    #[test]
    fn a_base_that_is_no_plain_web_address_is_refused() {
        for bad in ["", "localhost:8000", "ftp://x", "https://me:pw@x", "https://x/?key=1", "https://x/#a"] {
            assert!(matches!(at(bad, "v1/messages"), Err(Misconfigured::Url(_))), "{bad}");
        }
    }
}

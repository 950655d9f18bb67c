//! A document at a fixed address, which is fetched now and again.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderValue};
use reqwest::{Method, Request, Url};

use super::reply::fault;
use super::{Http, Reply, SendFault};
use crate::Misconfigured;

/// A document that is trusted for what it says: it comes over TLS, or from this machine.
#[derive(Debug, Clone)]
pub struct Document {
    http: Http,
    url: Url,
}

impl Document {
    /// The document at an address: https, or http on loopback.
    pub fn new(http: Http, url: &str) -> Result<Self, Misconfigured> {
        let url = Url::parse(url.trim()).map_err(|_| Misconfigured::Url("is not a URL"))?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            _ => {
                return Err(Misconfigured::Url("must begin with https://, or with http:// on this machine"));
            }
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Misconfigured::Url("must not hold a name or a password"));
        }
        Ok(Self { http, url })
    }

    /// Fetches it; all of it within the deadline. No redirect is followed.
    pub async fn fetch(&self, deadline: Duration) -> Result<Reply, SendFault> {
        let mut request = Request::new(Method::GET, self.url.clone());
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        let answer = async {
            let response = self.http.client.execute(request).await.map_err(|error| fault(&error))?;
            Reply::read(response, self.http.largest_answer).await
        };
        tokio::time::timeout(deadline, answer).await.unwrap_or(Err(SendFault::Timeout))
    }
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::HttpSettings;

    #[test]
    fn what_is_trusted_comes_over_tls_or_from_this_machine() {
        let at = |url: &str| Document::new(Http::new(HttpSettings::default()).unwrap(), url).is_ok();
        for good in [
            "https://login.example/keys",
            "https://login.example/keys?p=policy",
            "http://localhost:8080/keys",
            "http://127.0.0.1/keys",
            "http://[::1]:9/keys",
        ] {
            assert!(at(good), "{good}");
        }
        for bad in [
            "",
            "keys.json",
            "ftp://localhost/keys",
            "http://login.example/keys",
            "http://127.0.0.1.example/keys",
            "http://localhost.example/keys",
            "https://me:pw@login.example/keys",
        ] {
            assert!(!at(bad), "{bad}");
        }
    }
}

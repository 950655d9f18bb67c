//! A lean HTTP client: one kept connection, so that the client takes as little of the machine as it can.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection to the server.
pub(crate) struct Client {
    stream: TcpStream,
    token: String,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(address: &str, token: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, token: token.to_owned(), buffer: Vec::with_capacity(64 * 1024) }
    }

    /// Sends a GraphQL request and gives its `data`.
    pub(crate) async fn graphql(&mut self, query: &str, variables: &Value) -> Value {
        let body = serde_json::json!({ "query": query, "variables": variables }).to_string();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n",
            self.token,
            body.len()
        );
        self.stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await.unwrap();
        let answer: Value = serde_json::from_slice(&self.response().await).unwrap();
        assert!(answer.get("errors").is_none(), "{answer}");
        answer["data"].clone()
    }

    async fn response(&mut self) -> Vec<u8> {
        self.buffer.clear();
        loop {
            assert!(
                self.stream.read_buf(&mut self.buffer).await.unwrap() > 0,
                "the server closed the connection"
            );
            let mut headers = [httparse::EMPTY_HEADER; 32];
            let mut parsed = httparse::Response::new(&mut headers);
            let httparse::Status::Complete(start) = parsed.parse(&self.buffer).unwrap() else { continue };
            let length =
                parsed.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
            let length: usize = std::str::from_utf8(length.unwrap().value).unwrap().parse().unwrap();
            while self.buffer.len() < start + length {
                assert!(
                    self.stream.read_buf(&mut self.buffer).await.unwrap() > 0,
                    "the server closed the connection"
                );
            }
            return self.buffer[start..start + length].to_vec();
        }
    }
}

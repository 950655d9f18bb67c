//! Watching a session: subscriptions over WebSocket (graphql-transport-ws) and over server-sent events.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::client::{Client, connections};
use crate::world::PATIENCE;

/// A WebSocket that speaks graphql-transport-ws.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects without saying anything yet.
    pub(crate) async fn open(client: &Client) -> Self {
        let address = format!("{}/graphql", client.base().replacen("http", "ws", 1));
        let mut request = address.into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        let (socket, response) = connect_async(request).await.unwrap();
        assert_eq!(response.headers()["sec-websocket-protocol"], "graphql-transport-ws");
        Self(socket)
    }

    /// Connects and says who it is.
    pub(crate) async fn greeted(client: &Client) -> Self {
        let mut socket = Self::open(client).await;
        socket.say(&init(client)).await;
        assert_eq!(socket.next().await.unwrap()["type"], "connection_ack");
        socket
    }

    /// Connects and follows a subscription, or whatever the operation is.
    pub(crate) async fn following(client: &Client, query: &str, variables: Value) -> Self {
        let mut socket = Self::greeted(client).await;
        socket.subscribe("1", query, variables).await;
        socket
    }

    /// Begins an operation.
    pub(crate) async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.say(&json!({ "id": id, "type": "subscribe", "payload": payload })).await;
    }

    /// Sends a message.
    pub(crate) async fn say(&mut self, message: &Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// The next message; none once the server has closed the connection.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("something comes in time") {
                Some(Ok(Message::Text(text))) => return Some(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The next item's data.
    pub(crate) async fn item(&mut self) -> Value {
        let mut message = self.next().await.expect("an item comes");
        assert_eq!(message["type"], "next", "{message}");
        assert!(message["payload"].get("errors").is_none(), "{message}");
        message["payload"]["data"].take()
    }
}

/// The message that says who connects.
pub(crate) fn init(client: &Client) -> Value {
    let authorization = client.token().map(|token| format!("Bearer {token}"));
    json!({ "type": "connection_init", "payload": { "Authorization": authorization } })
}

/// A stream of server-sent events.
pub(crate) struct Events {
    bytes: std::pin::Pin<Box<dyn futures_util::Stream<Item = Vec<u8>> + Send>>,
    rest: String,
}

impl Events {
    /// Sends an operation and listens.
    pub(crate) async fn following(client: &Client, query: &str, variables: Value) -> Self {
        let response = connections()
            .post(format!("{}/graphql", client.base()))
            .header("accept", "text/event-stream")
            .bearer_auth(client.token().unwrap_or_default())
            .json(&json!({ "query": query, "variables": variables }))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
        let bytes = response.bytes_stream().take_while(|chunk| std::future::ready(chunk.is_ok()));
        Self { bytes: Box::pin(bytes.map(|chunk| chunk.unwrap().to_vec())), rest: String::new() }
    }

    /// The next event's name and data; none at the end.
    pub(crate) async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.rest.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.rest = rest;
                let field = |name: &str| {
                    event
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(|value| value.trim().to_owned())
                };
                if let Some(name) = field("event:") {
                    let data = serde_json::from_str(&field("data:").unwrap_or_default());
                    return Some((name, data.unwrap_or_default()));
                }
                continue;
            }
            let chunk = timeout(PATIENCE, self.bytes.next()).await.expect("something comes in time")?;
            self.rest.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next item's data.
    pub(crate) async fn item(&mut self) -> Value {
        let (name, mut body) = self.next().await.expect("an item comes");
        assert_eq!(name, "next", "{body}");
        assert!(body.get("errors").is_none(), "{body}");
        body["data"].take()
    }
}

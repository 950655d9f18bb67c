//! A client of the GraphQL API, as an engineer's tool would be one; every answer is looked at for what must never show.

use reqwest::header::HeaderMap;
use serde_json::{Value, json};

/// Everything that a contract's top-level error may say of itself.
const CODES: [&str; 9] = [
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "NOT_FOUND",
    "RATE_LIMITED",
    "QUOTA_EXCEEDED",
    "COST_EXCEEDED",
    "GRAPHQL_VALIDATION_FAILED",
    "UNAVAILABLE",
    "INTERNAL",
];

/// What no error tells a client: code, SQL, crates.
const INNARDS: [&str; 12] = [
    ".rs:",
    "panicked",
    "backtrace",
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "sqlx",
    "PgDatabaseError",
    "serde",
    "async_graphql",
    "violates",
    "::",
];

/// Somebody with a token, or without.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// Connections of their own.
pub(crate) fn connections() -> reqwest::Client {
    integrations::http::client_builder().build().expect("a client of defaults")
}

impl Client {
    /// Nobody yet.
    pub(crate) fn new(base: &str) -> Self {
        Self { http: connections(), base: base.to_owned(), token: None }
    }

    /// The same with this token.
    pub(crate) fn with_token(&self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self.clone() }
    }

    /// The same person over a connection of its own.
    pub(crate) fn elsewhere(&self) -> Self {
        Self { http: connections(), ..self.clone() }
    }

    /// The token, for other protocols.
    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Where the server is.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Sends a document.
    pub(crate) async fn graphql(&self, query: &str, variables: Value) -> Answer {
        self.sent(&json!({ "query": query, "variables": variables }), None).await
    }

    /// The same, to be read at this position at least.
    pub(crate) async fn graphql_at(&self, position: i64, query: &str, variables: Value) -> Answer {
        self.sent(&json!({ "query": query, "variables": variables }), Some(position)).await
    }

    /// The data of a document that must not fail.
    pub(crate) async fn data(&self, query: &str, variables: Value) -> Value {
        self.graphql(query, variables).await.data()
    }

    /// The same, to be read at this position at least.
    pub(crate) async fn data_at(&self, position: i64, query: &str, variables: Value) -> Value {
        let answer = self.graphql_at(position, query, variables).await;
        assert!(!answer.is_stale(), "stale at {position}: {}", answer.text);
        answer.data()
    }

    async fn sent(&self, body: &Value, position: Option<i64>) -> Answer {
        self.try_send(body, position).await.expect("the server answers")
    }

    /// Sends a request whose answer may get lost, because the server is being killed.
    pub(crate) async fn try_send(&self, body: &Value, position: Option<i64>) -> reqwest::Result<Answer> {
        let mut request = self.http.post(format!("{}/graphql", self.base)).json(body);
        if let Some(position) = position {
            request = request.header("X-Min-Position", position.to_string());
        }
        self.answered(request).await
    }

    /// Sends any bytes as a body.
    pub(crate) async fn post(&self, body: impl Into<reqwest::Body>, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.http.post(format!("{}/graphql", self.base)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.answered(request).await.expect("the server answers")
    }

    /// Opens a page, with the token if there is one.
    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        let mut request = self.http.get(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        request.send().await.expect("the server answers")
    }

    async fn answered(&self, mut request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Answer { status, headers, text, body };
        answer.shows_no_innards();
        Ok(answer)
    }

    /// Gives a command and returns its payload, refused or not. `selection` is what is wanted besides position and
    /// userErrors.
    pub(crate) async fn command(&self, mutation: &str, input: Value, selection: &str) -> Value {
        // Whoever asks for the session finds it as the command left it, and so does whoever reads it afterwards.
        let selection = match selection {
            "" if mutation.ends_with("ScriptTemplate") || is_of_knowledge(mutation) => "",
            "" if is_of_account(mutation) => "account { version }",
            "" => "session { version }",
            selection => selection,
        };
        let answer = self.graphql(&command(mutation, selection), json!({ "input": input })).await;
        answer.data()[mutation].take()
    }

    /// The same for a command that must not be refused.
    pub(crate) async fn done(&self, mutation: &str, input: Value, selection: &str) -> Value {
        let payload = self.command(mutation, input, selection).await;
        assert_eq!(payload["userErrors"], json!([]), "{mutation}: {payload}");
        payload
    }

    /// The code of a command that must be refused, with a sentence.
    pub(crate) async fn refused(&self, mutation: &str, input: Value) -> String {
        let payload = self.command(mutation, input, "").await;
        let error = &payload["userErrors"][0];
        assert_eq!(payload["position"], Value::Null, "{mutation}: {payload}");
        assert_sentence(error["message"].as_str().unwrap_or_else(|| panic!("{mutation}: {payload}")));
        error["code"].as_str().expect("a refusal has a code").to_owned()
    }
}

fn is_of_account(mutation: &str) -> bool {
    ["Account", "Team", "Member", "MemberRole"].iter().any(|what| mutation.ends_with(what))
}

/// Whether a mutation is about flows or proposals.
fn is_of_knowledge(mutation: &str) -> bool {
    mutation.contains("Flow") || mutation.contains("Proposal")
}

/// The document of a command.
pub(crate) fn command(mutation: &str, selection: &str) -> String {
    let input = match mutation {
        "startSession" => "StartSessionInput",
        "answerStep" => "AnswerStepInput",
        "addNote" => "AddNoteInput",
        "resolveSession" => "ResolveSessionInput",
        "reopenSession" => "ReopenSessionInput",
        "generateScript" => "GenerateScriptInput",
        "publishScriptTemplate" => "PublishScriptTemplateInput",
        "deactivateScriptTemplate" => "TemplateCommandInput",
        "createFlow" => "CreateFlowInput",
        "saveFlowDraft" => "SaveFlowDraftInput",
        "publishFlow" | "retireFlow" => "FlowCommandInput",
        "approveProposal" | "rejectProposal" | "dismissProposal" => "ReviewProposalInput",
        "modifyProposal" => "ModifyProposalInput",
        "rateSession" => "RateSessionInput",
        "escalateSession" => "EscalateSessionInput",
        "pickUpSession" => "PickUpSessionInput",
        "handOffSession" => "HandOffSessionInput",
        "redactSession" => "RedactSessionInput",
        "configureAccount" => "ConfigureAccountInput",
        "createTeam" => "CreateTeamInput",
        "configureTeam" => "ConfigureTeamInput",
        "addMember" => "AddMemberInput",
        "changeMemberRole" => "ChangeMemberRoleInput",
        "removeMember" => "RemoveMemberInput",
        _ => "SessionCommandInput",
    };
    format!(
        "mutation($input: {input}!) {{ {mutation}(input: $input) {{ {selection} position userErrors {{ code message path \
         currentVersion retryAfterMs }} }} }}"
    )
}

/// A payload's position.
pub(crate) fn position(payload: &Value) -> i64 {
    let text = payload["position"].as_str().unwrap_or_else(|| panic!("no position: {payload}"));
    text.parse().expect("a position is a number")
}

/// What the server said.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The HTTP headers.
    pub(crate) headers: HeaderMap,
    /// As it came.
    pub(crate) text: String,
    /// The same as JSON; null if it is none.
    pub(crate) body: Value,
}

impl Answer {
    /// The data, where nothing failed.
    pub(crate) fn data(mut self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        assert!(self.body.get("errors").is_none(), "{}", self.text);
        self.body["data"].take()
    }

    /// The first error's code.
    pub(crate) fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_else(|| panic!("no error: {}", self.text))
    }

    /// It says that it may be older than what was asked for.
    pub(crate) fn is_stale(&self) -> bool {
        self.body["extensions"]["stale"] == json!(true)
    }

    fn shows_no_innards(&self) {
        assert_ne!(self.status, 500, "{}", self.text);
        for error in self.body["errors"].as_array().into_iter().flatten() {
            assert_sentence(error["message"].as_str().expect("an error has a message"));
            let extensions = &error["extensions"];
            let code = extensions["code"].as_str().unwrap_or_else(|| panic!("no code: {error}"));
            assert!(CODES.contains(&code), "{error}");
            assert_ne!(code, "INTERNAL", "{error}");
            let trace = self.headers["x-trace-id"].to_str().expect("a trace id is plain");
            assert_eq!(extensions["traceId"], trace, "{error}");
        }
    }
}

/// A sentence that helps, and shows nothing of the inside.
pub(crate) fn assert_sentence(message: &str) {
    assert!(message.contains(' ') && message.len() > 10, "no sentence: {message}");
    for innards in INNARDS {
        assert!(!message.contains(innards), "it shows {innards}: {message}");
    }
}

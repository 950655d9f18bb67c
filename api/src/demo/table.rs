//! What stands on the screen while the demo runs on: where everything is, who may come in, and what to try.

use std::io::{self, Write};
use std::net::SocketAddr;

use serde_json::{Value, json};

use super::account::{MEMBERS, Member};

/// How long the printed tokens are valid.
pub const TOKEN_HOURS: i64 = 12;

/// Something to try: a request that works as it stands.
pub struct Try {
    /// What it does.
    pub what: &'static str,
    /// The request's body.
    pub body: Value,
    /// It is answered by a stream of events.
    pub streams: bool,
}

/// The requests to try; `session` is the one that was just resolved.
pub fn tries(session: &str) -> Vec<Try> {
    let ask = |what, query: &str, variables: Option<Value>| {
        let mut body = json!({ "query": query });
        if let Some(variables) = variables {
            body["variables"] = variables;
        }
        Try { what, body, streams: false }
    };
    vec![
        ask("Who am I?", "{ viewer { role user { displayName email } account { name } } }", None),
        ask(
            "Start a session of your own",
            "mutation ($text: String!) { startSession(input: { text: $text }) { session { id problemSummary match { score flow { name } } currentStep { id kind text ... on QuestionStep { options { label value } } } } userErrors { code message } } }",
            Some(
                json!({ "text": "The label printer in the warehouse prints nothing since yesterday, the queue is full" }),
            ),
        ),
        ask(
            "My sessions, the newest first",
            "{ sessions(first: 5, filter: { mine: true }) { nodes { id status problemSummary confidenceTier stepCount } } }",
            None,
        ),
        ask(
            "What was written down about the session above",
            "query ($id: ID!) { session(id: $id) { status timeToResolve documentation { markdown } } }",
            Some(json!({ "id": session })),
        ),
        Try {
            streams: true,
            ..ask(
                "Its events from the first on, then whatever happens (Ctrl-C ends it)",
                "subscription ($id: ID!) { sessionEvents(sessionId: $id, after: \"0\") { position version type recordedAt } }",
                Some(json!({ "id": session })),
            )
        },
    ]
}

impl Try {
    /// As a line for a shell in which `$TOKEN` is set.
    pub fn curl(&self, graphql: &str) -> String {
        let (flags, accept) =
            if self.streams { ("-sN", " -H 'Accept: text/event-stream'") } else { ("-s", "") };
        // Inside single quotes only a single quote is special.
        let body = self.body.to_string().replace('\'', "'\\''");
        format!(
            "curl {flags} {graphql}{accept} -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' -d '{body}'"
        )
    }
}

/// Prints all of it. `tokens` in the order of [`MEMBERS`].
pub fn print(out: &mut impl Write, address: SocketAddr, tokens: &[String], session: &str) -> io::Result<()> {
    let http = format!("http://{address}");
    writeln!(out, "\nFlowPilot is running. Ctrl-C ends it.\n")?;
    for (what, place) in [
        ("GraphQL", format!("{http}/graphql  (POST)")),
        (
            "WebSocket",
            format!(
                "ws://{address}/graphql  (graphql-transport-ws; connection_init with {{\"Authorization\": \"Bearer ...\"}})"
            ),
        ),
        ("SSE", format!("{http}/graphql  (POST with Accept: text/event-stream)")),
        ("Health", format!("{http}/healthz  {http}/readyz  {http}/version")),
        ("Metrics", format!("{http}/metrics")),
    ] {
        writeln!(out, "  {what:<10} {place}")?;
    }
    writeln!(
        out,
        "\nMembers of the demo account, with tokens for {TOKEN_HOURS} hours (flowpilot token --user NAME makes more)\n"
    )?;
    for (Member { name, display_name, role, .. }, token) in MEMBERS.iter().zip(tokens) {
        writeln!(out, "  {name:<10} {display_name}, {}\n    {token}", role_in_words(*role))?;
    }
    writeln!(out, "\nTo try in another terminal, as the engineer\n")?;
    writeln!(out, "export TOKEN={}", tokens.first().map(String::as_str).unwrap_or_default())?;
    for to_try in tries(session) {
        writeln!(out, "\n# {}\n{}", to_try.what, to_try.curl(&format!("{http}/graphql")))?;
    }
    writeln!(out)?;
    out.flush()
}

fn role_in_words(role: domain::access::Role) -> &'static str {
    use domain::access::Role;
    match role {
        Role::Engineer => "engineer",
        Role::TeamAdmin => "team admin",
        Role::Analyst => "analyst",
        Role::Owner => "owner",
        Role::SuperAdmin => "super admin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: &str = "019a8f00-0000-7000-8000-00000000000a";

    fn printed() -> String {
        let tokens: Vec<String> = MEMBERS.iter().map(|member| format!("token-of-{}", member.name)).collect();
        let mut out = Vec::new();
        print(&mut out, SocketAddr::from(([127, 0, 0, 1], 8080)), &tokens, SESSION).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_member_has_a_token_and_the_first_one_is_exported() {
        let text = printed();
        for member in &MEMBERS {
            assert!(text.contains(&format!("token-of-{}\n", member.name)), "{text}");
        }
        assert!(text.contains("\nexport TOKEN=token-of-engineer\n"), "{text}");
    }

    #[test]
    fn every_curl_line_is_one_line_whose_quotes_close() {
        let text = printed();
        let lines: Vec<_> = text.lines().filter(|line| line.starts_with("curl ")).collect();
        assert_eq!(lines.len(), tries(SESSION).len());
        for line in lines {
            let (_, body) = line.split_once(" -d '").expect("it has a body");
            let body = body.strip_suffix('\'').expect("its quote closes").replace("'\\''", "'");
            let body: Value = serde_json::from_str(&body).expect("the body is JSON");
            assert!(body["query"].is_string(), "{line}");
            assert!(line.contains("Bearer $TOKEN"), "{line}");
        }
    }
}

//! What models say in tests: canned answers of every kind, in both wire formats, and guides that ask a stand-in.

use std::sync::Arc;
use std::time::Duration;

use api::guide::{Fallback, Guide};
use domain::assistant::port::Assistant;
use domain::assistant::prompting::limits::{
    CLASSIFICATION_OUTPUT_TOKENS, FLOW_OUTPUT_TOKENS, INSIGHT_OUTPUT_TOKENS, STEP_OUTPUT_TOKENS,
};
use integrations::assistant::{Calling, Models, anthropic, openai};
use integrations::http::{BreakerSettings, Http, HttpSettings, Patience, Secret};
use serde_json::{Value, json};

use crate::stand_in::{self, Answer, StandIn};

/// Which wire format.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Wire {
    Anthropic,
    OpenAi,
}

pub(crate) const BOTH: [Wire; 2] = [Wire::Anthropic, Wire::OpenAi];

/// What a model is asked for; told by how long the answer may be (rule 4.7).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Asked {
    Classification,
    Step,
    Insight,
    Lesson,
}

impl Asked {
    /// What this request asks for.
    pub(crate) fn by(body: &Value) -> Self {
        let most = body["max_tokens"].as_u64().and_then(|most| u32::try_from(most).ok());
        match most {
            Some(CLASSIFICATION_OUTPUT_TOKENS) => Self::Classification,
            Some(STEP_OUTPUT_TOKENS) => Self::Step,
            Some(INSIGHT_OUTPUT_TOKENS) => Self::Insight,
            Some(FLOW_OUTPUT_TOKENS) => Self::Lesson,
            _ => panic!("nothing asks for {most:?} tokens"),
        }
    }
}

impl Wire {
    pub(crate) fn guide(self, stand_in: &StandIn, fallback: Fallback) -> Guide {
        self.patient(stand_in, fallback, Duration::from_secs(30))
    }

    /// The same; one call takes so long at most.
    pub(crate) fn patient(self, stand_in: &StandIn, fallback: Fallback, one: Duration) -> Guide {
        let http = Http::new(HttpSettings { proxy: false, ..Default::default() }).unwrap();
        let models =
            Models { base_url: stand_in.url.clone(), quick: "small".to_owned(), deep: "large".to_owned() };
        let patience = Patience { pause: Duration::from_millis(5), ..Patience::of(one, 4 * one) };
        let breaker = BreakerSettings { failures: 1_000, rest: Duration::from_mins(10) };
        let calling = Calling { quick: patience, deep: patience, breaker };
        let assistant: Arc<dyn Assistant> = match self {
            Self::Anthropic => {
                Arc::new(anthropic(http, models, &Secret::new("sk-test").unwrap(), calling).unwrap())
            }
            Self::OpenAi => Arc::new(openai(http, models, None, calling).unwrap()),
        };
        Guide::Model { assistant, fallback }
    }

    /// Every answer costs 100 tokens of input, 10 of output.
    pub(crate) fn says(self, said: &Value) -> Answer {
        self.writes(&said.to_string())
    }

    /// The same for words that may be no object.
    pub(crate) fn writes(self, text: &str) -> Answer {
        self.ends(text, if self == Self::Anthropic { "end_turn" } else { "stop" })
    }

    /// The same, ended for this reason.
    pub(crate) fn ends(self, text: &str, reason: &str) -> Answer {
        stand_in::json(
            200,
            &match self {
                Self::Anthropic => json!({
                    "type": "message", "role": "assistant", "content": [{ "type": "text", "text": text }],
                    "stop_reason": reason, "usage": { "input_tokens": 100, "output_tokens": 10 },
                }),
                Self::OpenAi => json!({
                    "object": "chat.completion",
                    "choices": [{
                        "index": 0, "finish_reason": reason,
                        "message": { "role": "assistant", "content": text },
                    }],
                    "usage": { "prompt_tokens": 100, "completion_tokens": 10 },
                }),
            },
        )
    }

    /// An error answer.
    pub(crate) fn error(self, status: u16, code: &str) -> Answer {
        let error = json!({ "type": code, "message": "It did not work", "code": code });
        stand_in::json(
            status,
            &match self {
                Self::Anthropic => json!({ "type": "error", "error": error }),
                Self::OpenAi => json!({ "error": error }),
            },
        )
    }

    /// Classifications as [`class`] has it, and this for all else.
    pub(crate) fn after_classifying(self, then: Answer) -> Answer {
        Answer::by(move |asked| match Asked::by(&asked.body) {
            Asked::Classification => self.says(&class()),
            Asked::Step | Asked::Insight | Asked::Lesson => then.clone(),
        })
    }
}

/// What the provider says when it has too much to do.
pub(crate) fn overloaded() -> Answer {
    Wire::Anthropic.error(529, "overloaded_error")
}

pub(crate) fn class() -> Value {
    json!({
        "summary": "Jane is locked out every twenty minutes", "domain": "ACTIVE_DIRECTORY", "urgency": "HIGH",
        "keySymptoms": ["locked out", "bad passwords"], "flow": "1",
    })
}

/// A classification that finds no flow.
pub(crate) fn no_flow() -> Value {
    json!({
        "summary": "Locked out", "domain": "OTHER", "urgency": "LOW", "keySymptoms": ["locked out"], "flow": "none",
    })
}

pub(crate) fn question() -> Value {
    let option =
        |label: &str| json!({ "label": label, "value": label, "followupHint": null, "leadsTo": null });
    json!({ "analysis": "The source comes first.", "step": {
        "type": "question", "text": "Which computer sends the bad passwords?", "contextMessage": "It holds the old one.",
        "options": [option("Her notebook"), option("A server")], "allowFreeText": true, "allowSkip": true,
        "flowNode": null, "confidence": 0.6,
    }})
}

pub(crate) fn action() -> Value {
    json!({ "analysis": "It is the notebook.", "step": {
        "type": "action", "action": "INSTRUCTION", "text": "Remove the stored credential in Credential Manager.",
        "contextMessage": "Windows keeps trying it.", "expectedOutcome": "No more event 4740.", "checklist": [],
        "template": null, "allowFreeText": true, "allowSkip": false, "flowNode": null, "confidence": 0.8,
    }})
}

/// A script from this template with these values.
pub(crate) fn script(template: &str, values: &[(&str, &str)]) -> Value {
    let values: Vec<_> = values.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    json!({ "analysis": "The queue can be cleared.", "step": {
        "type": "action", "action": "SCRIPT_GENERATION", "text": "Clear the queue with a script.",
        "contextMessage": "It does so job by job.", "expectedOutcome": "The queue is empty.", "checklist": [],
        "template": { "id": template, "parameters": values }, "allowFreeText": true, "allowSkip": true,
        "flowNode": null, "confidence": 0.7,
    }})
}

pub(crate) fn resolution() -> Value {
    json!({ "analysis": "Done.", "step": {
        "type": "resolution", "text": "The old credential is gone.", "contextMessage": "Nothing is locked any more.",
        "summary": "A stored credential locked the account; it was removed.", "followUps": [], "flowNode": null,
        "confidence": 0.95,
    }})
}

/// A flow with this title, whose solution says this.
pub(crate) fn lesson(title: &str, solution: &str) -> Value {
    let node = |id: &str, parent: Option<&str>, kind: &str, label: Option<&str>, text: &str| {
        json!({
            "id": id, "parentId": parent, "type": kind, "label": label, "text": text, "details": null,
            "scriptTemplateId": null,
        })
    };
    json!({
        "analysis": "The pump was it.", "title": title, "description": "It can be heard. The pump does it.",
        "keywords": ["humming", "B flat"],
        "nodes": [
            node("source", None, "QUESTION", None, "Where does it come from?"),
            node("pump", Some("source"), "ACTION", Some("The pump"), "Hold the pump for a moment."),
            node("seat", Some("pump"), "SOLUTION", None, solution),
            node("lamp", Some("source"), "SOLUTION", Some("The lamp"), "Ask who looks after the lamp."),
        ],
    })
}

pub(crate) fn insight() -> Value {
    json!({
        "hypotheses": ["A service runs under her account."], "nextSteps": ["Look for event 4740 on the PDC."],
        "ruledOut": ["Her phone: it is off."],
    })
}

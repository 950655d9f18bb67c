//! Configuration of the assistant: the playbook, or which model, where, and with which key.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use domain::assistant::port::Assistant;
use integrations::assistant::{Calling, Models, anthropic, openai};
use integrations::http::{Http, HttpSettings, Secret};
use integrations::key::{filled, key};

use crate::guide::{Fallback, Guide};

/// Who makes the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AssistantKind {
    /// The built-in playbook: follows the matched flow, needs no model and no key.
    Playbook,
    /// A model behind the Anthropic Messages API; wants a key and both models' names.
    Anthropic,
    /// A model behind chat completions as OpenAI, vLLM, llama.cpp and Ollama speak them; wants the address and both
    /// models' names, and a key only where the endpoint does.
    #[value(name = "openai")]
    OpenAi,
}

/// The assistant.
#[derive(Debug, Clone, Args)]
pub struct AssistantOptions {
    /// Who classifies intakes and makes the steps.
    #[arg(long, env = "FLOWPILOT_ASSISTANT", value_enum, default_value_t = AssistantKind::Playbook)]
    pub assistant: AssistantKind,

    /// The model that classifies intakes and gives insight into escalations: a small, quick one.
    #[arg(long, env = "FLOWPILOT_QUICK_MODEL", value_name = "MODEL")]
    pub quick_model: Option<String>,

    /// The model that makes the steps: a capable one.
    #[arg(long, env = "FLOWPILOT_DEEP_MODEL", value_name = "MODEL")]
    pub deep_model: Option<String>,

    /// Where the model is, with or without /v1. Without it Anthropic's own address; openai wants it given.
    #[arg(long, env = "FLOWPILOT_ASSISTANT_URL", value_name = "URL")]
    pub assistant_url: Option<String>,

    /// The key for it.
    #[arg(
        long,
        env = "FLOWPILOT_ASSISTANT_KEY",
        value_name = "KEY",
        hide_env_values = true,
        conflicts_with = "assistant_key_file"
    )]
    pub assistant_key: Option<String>,

    /// The same, from a file.
    #[arg(long, env = "FLOWPILOT_ASSISTANT_KEY_FILE", value_name = "FILE")]
    pub assistant_key_file: Option<PathBuf>,

    /// What happens to a step for which the model gives no usable answer: it stands as FAILED until it is asked for
    /// again, or the playbook makes it.
    #[arg(long, env = "FLOWPILOT_FALLBACK", value_enum, default_value_t = Fallback::None)]
    pub fallback: Fallback,
}

impl AssistantOptions {
    /// The assistant as configured. Nothing is called yet.
    pub fn guide(&self) -> anyhow::Result<Guide> {
        let assistant: Arc<dyn Assistant> = match self.assistant {
            AssistantKind::Playbook => return Ok(Guide::Playbook),
            AssistantKind::Anthropic => {
                let Some(key) = self.key()? else {
                    bail!("anthropic needs FLOWPILOT_ASSISTANT_KEY or FLOWPILOT_ASSISTANT_KEY_FILE")
                };
                let key = Secret::new(&key).context("the assistant's key")?;
                let models = self.models(Some(anthropic::BASE_URL))?;
                Arc::new(anthropic(http()?, models, &key, Calling::default()).context("the assistant")?)
            }
            AssistantKind::OpenAi => {
                let (models, key) = (self.models(None)?, self.key()?);
                Arc::new(
                    openai(http()?, models, key.as_deref(), Calling::default()).context("the assistant")?,
                )
            }
        };
        Ok(Guide::Model { assistant, fallback: self.fallback })
    }

    fn models(&self, default_url: Option<&str>) -> anyhow::Result<Models> {
        let Some(base_url) = filled(self.assistant_url.as_deref()).or(default_url) else {
            bail!("openai needs FLOWPILOT_ASSISTANT_URL, e.g. http://localhost:11434/v1")
        };
        let (Some(quick), Some(deep)) =
            (filled(self.quick_model.as_deref()), filled(self.deep_model.as_deref()))
        else {
            bail!(
                "a model as assistant needs FLOWPILOT_QUICK_MODEL and FLOWPILOT_DEEP_MODEL (they may be the same)"
            )
        };
        Ok(Models { base_url: base_url.to_owned(), quick: quick.to_owned(), deep: deep.to_owned() })
    }

    fn key(&self) -> anyhow::Result<Option<String>> {
        Ok(key(self.assistant_key.as_deref(), self.assistant_key_file.as_deref(), "the assistant's key")?)
    }
}

fn http() -> anyhow::Result<Http> {
    Ok(Http::new(HttpSettings::default())?)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        options: AssistantOptions,
    }

    fn guide(arguments: &[&str]) -> Result<Guide, String> {
        let cli = Cli::parse_from(std::iter::once(&"flowpilot").chain(arguments));
        cli.options.guide().map_err(|error| format!("{error:#}"))
    }

    const MODELS: [&str; 4] = ["--quick-model", "small", "--deep-model", "large"];

    #[test]
    fn without_a_word_the_playbook_guides() {
        assert!(matches!(guide(&[]), Ok(Guide::Playbook)));
    }

    #[test]
    fn what_a_model_lacks_is_named() {
        let with = |more: &[&'static str]| [&MODELS, more].concat();
        let anthropic = ["--assistant", "anthropic"];
        let missing = "FLOWPILOT_ASSISTANT_KEY";
        assert!(guide(&with(&anthropic)).unwrap_err().contains(missing));
        let no_model = guide(&[&anthropic[..], &["--assistant-key", "k"]].concat()).unwrap_err();
        assert!(no_model.contains("FLOWPILOT_DEEP_MODEL"), "{no_model}");
        let no_url = guide(&with(&["--assistant", "openai"])).unwrap_err();
        assert!(no_url.contains("FLOWPILOT_ASSISTANT_URL"), "{no_url}");
        let bad_url = guide(&with(&["--assistant", "openai", "--assistant-url", "localhost"])).unwrap_err();
        assert!(bad_url.contains("URL"), "{bad_url}");
        let no_file = guide(&with(&["--assistant", "anthropic", "--assistant-key-file", "/no/such/key"]));
        assert!(no_file.unwrap_err().contains("/no/such/key"));
    }

    #[test]
    fn a_model_is_chosen_with_its_fallback_and_its_key_never_shown() {
        let arguments =
            [&MODELS[..], &["--assistant", "anthropic", "--assistant-key", "sk-1", "--fallback", "playbook"]];
        let shown = format!("{:?}", guide(&arguments.concat()).unwrap());
        assert!(shown.contains("large") && shown.contains("Playbook") && !shown.contains("sk-1"), "{shown}");
        let local = ["--assistant", "openai", "--assistant-url", "http://localhost:11434/v1"];
        assert!(guide(&[&MODELS[..], &local].concat()).is_ok(), "a local endpoint needs no key");
    }
}

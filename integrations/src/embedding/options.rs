//! Configuration of embeddings, the same for every program that compares meanings: the model in a folder, the built-in hashing, or
//! which model of a provider.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use domain::embedding::Embedder;

use super::embedders::Embedders;
use super::hashing::Hashing;
use super::openai::openai;
use super::voyage::{self, voyage};
use super::{RemoteModel, Waiting, in_folder};
use crate::Misconfigured;
use crate::http::{Http, HttpSettings};
use crate::key::{filled, key};

/// Who turns texts into vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EmbedderKind {
    /// A model of the BERT kind in a folder; nothing leaves the machine.
    Local,
    /// Built in: words and their parts; sees no likeness between different words.
    Hashing,
    /// Voyage; wants a key and the model's name.
    Voyage,
    /// Whatever speaks OpenAI's embeddings; wants the address and the model's name, and a key only where the endpoint does.
    #[value(name = "openai")]
    OpenAi,
    /// None: flows are found by words alone.
    None,
}

/// Embeddings.
#[derive(Debug, Clone, Args)]
pub struct EmbeddingOptions {
    /// Who tells how near an intake and a flow are in meaning. Without it the model in the folder if there is one, else the
    /// built-in hashing.
    #[arg(long, env = "FLOWPILOT_EMBEDDER", value_enum)]
    pub embedder: Option<EmbedderKind>,

    /// The folder of the local model: config.json, tokenizer.json and model.safetensors.
    #[arg(
        long,
        env = "FLOWPILOT_EMBEDDING_FOLDER",
        default_value = ".models/all-MiniLM-L6-v2",
        value_name = "FOLDER"
    )]
    pub embedding_folder: PathBuf,

    /// The model's name at the provider.
    #[arg(long, env = "FLOWPILOT_EMBEDDING_MODEL", value_name = "MODEL")]
    pub embedding_model: Option<String>,

    /// How many numbers its vectors should have. Without it, as many as it gives by itself.
    #[arg(long, env = "FLOWPILOT_EMBEDDING_DIMENSION", value_name = "N",
          value_parser = clap::value_parser!(u16).range(64..=4096))]
    pub embedding_dimension: Option<u16>,

    /// Where the provider is, with or without /v1. Without it Voyage's own address; openai wants it given.
    #[arg(long, env = "FLOWPILOT_EMBEDDING_URL", value_name = "URL")]
    pub embedding_url: Option<String>,

    /// The key for it.
    #[arg(
        long,
        env = "FLOWPILOT_EMBEDDING_KEY",
        value_name = "KEY",
        hide_env_values = true,
        conflicts_with = "embedding_key_file"
    )]
    pub embedding_key: Option<String>,

    /// The same, from a file.
    #[arg(long, env = "FLOWPILOT_EMBEDDING_KEY_FILE", value_name = "FILE")]
    pub embedding_key_file: Option<PathBuf>,
}

impl EmbeddingOptions {
    /// The embedders as configured. Those on this machine stay at hand, so that what they made serves while another one makes
    /// its own. Nothing is called yet.
    ///
    /// # Errors
    /// What the one in force needs is not given, or can't be used.
    pub fn embedders(&self) -> Result<Embedders, Misconfigured> {
        let hashing: Arc<dyn Embedder> = Arc::new(Hashing::default());
        let local = || in_folder::read(&self.embedding_folder);
        let here = in_folder::is_in(&self.embedding_folder);
        let in_force = match self.embedder {
            Some(EmbedderKind::None) => return Ok(Embedders::default()),
            Some(EmbedderKind::Local) => local().map_err(Misconfigured::LocalModel)?,
            None if here => local().map_err(Misconfigured::LocalModel)?,
            None | Some(EmbedderKind::Hashing) => hashing.clone(),
            Some(EmbedderKind::Voyage) => {
                let Some(key) = self.key()? else {
                    return Err(Misconfigured::Lacking(
                        "voyage needs FLOWPILOT_EMBEDDING_KEY or FLOWPILOT_EMBEDDING_KEY_FILE",
                    ));
                };
                let model = self.model(Some(voyage::BASE_URL))?;
                Arc::new(voyage(http()?, model, &key, Waiting::default())?)
            }
            Some(EmbedderKind::OpenAi) => {
                let (model, key) = (self.model(None)?, self.key()?);
                Arc::new(openai(http()?, model, key.as_deref(), Waiting::default())?)
            }
        };
        let before = if here { local().ok() } else { None };
        Ok(Embedders::new(in_force, before.into_iter().chain([hashing])))
    }

    /// What the log says at the start: somebody without a model should know what they miss.
    pub fn notice(&self) -> Option<&'static str> {
        (self.embedder.is_none() && !in_folder::is_in(&self.embedding_folder)).then_some(
            "no embedding model here, or none that this program can read: flows are matched by the built-in hashing, which sees words and not meaning",
        )
    }

    fn model(&self, default_url: Option<&str>) -> Result<RemoteModel, Misconfigured> {
        let Some(base_url) = filled(self.embedding_url.as_deref()).or(default_url) else {
            return Err(Misconfigured::Lacking(
                "openai needs FLOWPILOT_EMBEDDING_URL, e.g. http://localhost:11434/v1",
            ));
        };
        let Some(model) = filled(self.embedding_model.as_deref()) else {
            return Err(Misconfigured::Lacking("this embedder needs FLOWPILOT_EMBEDDING_MODEL"));
        };
        Ok(RemoteModel {
            base_url: base_url.to_owned(),
            model: model.to_owned(),
            dimension: self.embedding_dimension,
        })
    }

    fn key(&self) -> Result<Option<String>, Misconfigured> {
        key(self.embedding_key.as_deref(), self.embedding_key_file.as_deref(), "the embedder's key")
    }
}

fn http() -> Result<Http, Misconfigured> {
    Http::new(HttpSettings::default())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        options: EmbeddingOptions,
    }

    fn options(arguments: &[&str]) -> EmbeddingOptions {
        let nowhere = ["flowpilot", "--embedding-folder", "/no/such/folder"];
        Cli::parse_from(nowhere.iter().chain(arguments)).options
    }

    fn in_force(arguments: &[&str]) -> Result<String, String> {
        let embedders = options(arguments).embedders().map_err(|error| error.to_string())?;
        Ok(embedders.in_force().map_or("none", |embedder| embedder.model().as_str()).to_owned())
    }

    #[test]
    fn without_a_model_folder_hashing_is_used_and_that_is_said() {
        assert!(in_force(&[]).unwrap().starts_with("hashing"));
        assert!(options(&[]).notice().is_some());
        assert!(options(&["--embedder", "hashing"]).notice().is_none(), "it was asked for");
        assert_eq!(in_force(&["--embedder", "none"]).unwrap(), "none");
    }

    #[test]
    fn what_an_embedder_lacks_is_named() {
        assert!(in_force(&["--embedder", "local"]).unwrap_err().contains("/no/such/folder"));
        let voyage = ["--embedder", "voyage", "--embedding-model", "m"];
        assert!(in_force(&voyage).unwrap_err().contains("FLOWPILOT_EMBEDDING_KEY"));
        let openai = ["--embedder", "openai", "--embedding-url", "http://localhost:1"];
        assert!(in_force(&openai).unwrap_err().contains("FLOWPILOT_EMBEDDING_MODEL"));
        assert!(in_force(&["--embedder", "openai"]).unwrap_err().contains("FLOWPILOT_EMBEDDING_URL"));
    }

    #[test]
    fn what_was_in_force_before_stays_at_hand() {
        let voyage = ["--embedder", "voyage", "--embedding-model", "m", "--embedding-key", "k"];
        let models = options(&voyage).embedders().unwrap().models();
        let names: Vec<_> = models.iter().map(ToString::to_string).collect();
        assert_eq!(names[0], "voyage/m");
        assert!(names[1].starts_with("hashing"), "{names:?}");
    }
}

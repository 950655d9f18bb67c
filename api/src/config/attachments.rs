//! Configuration of where attachments are kept: a folder, or a bucket.

use std::path::Path;

use anyhow::{Context, bail};
use clap::Args;
use integrations::files::Files;

/// Attachments.
#[derive(Debug, Clone, Args)]
pub struct AttachmentOptions {
    /// Where attachments are kept: a folder, or `s3://bucket/prefix` with credentials, region and endpoint in AWS_… variables.
    /// Without it the folder `attachments` of the data folder; several servers need one place that all of them reach.
    #[arg(long, env = "FLOWPILOT_ATTACHMENTS", value_name = "FOLDER|URL")]
    pub attachments: Option<String>,
}

impl AttachmentOptions {
    /// The place, ready to be used.
    pub fn files(&self, data_dir: &Path) -> anyhow::Result<Files> {
        let files = match self.attachments.as_deref() {
            None => Files::in_folder(&data_dir.join("attachments")),
            Some(url) if url.starts_with("s3://") => Files::in_bucket(url),
            Some(url) if url.contains("://") => {
                bail!("FLOWPILOT_ATTACHMENTS is a folder or s3://bucket/prefix")
            }
            Some(folder) => Files::in_folder(Path::new(folder)),
        };
        files.context("FLOWPILOT_ATTACHMENTS")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(attachments: Option<&str>, data_dir: &Path) -> anyhow::Result<Files> {
        AttachmentOptions { attachments: attachments.map(str::to_owned) }.files(data_dir)
    }

    #[test]
    fn without_a_word_the_data_folder_keeps_them() {
        let folder = tempfile::tempdir().unwrap();
        files(None, folder.path()).unwrap();
        assert!(folder.path().join("attachments").is_dir());
    }

    #[test]
    fn a_folder_is_made_and_another_kind_of_address_refused() {
        let folder = tempfile::tempdir().unwrap();
        let named = folder.path().join("pictures");
        files(named.to_str(), folder.path()).unwrap();
        assert!(named.is_dir() && !folder.path().join("attachments").exists());
        assert!(files(Some("https://example.com/pictures"), folder.path()).is_err());
        assert!(files(Some("s3://"), folder.path()).is_err());
    }
}

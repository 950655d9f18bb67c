//! Where the bytes of files are kept: in a folder of this machine, or in a bucket that speaks S3.

use std::fmt;
use std::path::Path as Folder;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::client::{HttpClient, HttpConnector};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};

use crate::Misconfigured;
use crate::http::client_builder;

/// How often a bucket is asked again, and for how long in all: somebody waits.
const TRIES: usize = 3;
const PATIENCE: Duration = Duration::from_secs(20);
/// Longest time to make a connection, and for one request.
const CONNECT: Duration = Duration::from_secs(5);
const REQUEST: Duration = Duration::from_secs(30);

/// Where files are kept. Clones share it.
#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
}

/// A file could not be kept, read or removed now. Its words name the place, never the content.
#[derive(Debug, thiserror::Error)]
#[error("where files are kept: {0}")]
pub struct FilesError(#[from] object_store::Error);

impl Files {
    /// In a folder, which is made if it is not there. What is kept outlives a loss of power.
    pub fn in_folder(folder: &Folder) -> Result<Self, Misconfigured> {
        let unusable = |error: &dyn std::fmt::Display| {
            Misconfigured::Files(format!("the folder {}: {error}", folder.display()))
        };
        std::fs::create_dir_all(folder).map_err(|error| unusable(&error))?;
        let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| unusable(&error))?;
        Ok(Self { store: Arc::new(store.with_fsync(true)) })
    }

    /// In a bucket: `s3://bucket` or `s3://bucket/prefix`. Credentials, region and endpoint come from the environment as
    /// AWS's own tools read it (`AWS_ACCESS_KEY_ID`, `AWS_REGION`, `AWS_ENDPOINT`, …), or from the machine's role.
    pub fn in_bucket(url: &str) -> Result<Self, Misconfigured> {
        Self::in_bucket_by(AmazonS3Builder::from_env(), url)
    }

    fn in_bucket_by(settings: AmazonS3Builder, url: &str) -> Result<Self, Misconfigured> {
        let named = url.strip_prefix("s3://").filter(|rest| !rest.contains(['?', '#', '@']));
        let (bucket, prefix) = named.map_or(("", ""), |rest| rest.split_once('/').unwrap_or((rest, "")));
        if bucket.is_empty() {
            return Err(Misconfigured::Files("a bucket is named as s3://bucket/prefix".to_owned()));
        }
        let retries = RetryConfig { max_retries: TRIES, retry_timeout: PATIENCE, ..RetryConfig::default() };
        let store = settings
            .with_bucket_name(bucket)
            .with_retry(retries)
            // One request for each removal: not every store knows how to remove many at once.
            .with_disable_bulk_delete(true)
            .with_http_connector(OwnClient)
            .build()
            .map_err(|error| Misconfigured::Files(error.to_string()))?;
        let prefix = Path::from(prefix.trim_end_matches('/'));
        Ok(Self { store: Arc::new(PrefixStore::new(store, prefix)) })
    }

    /// Keeps a file under a name of parts divided by `/`; one of that name is replaced.
    pub async fn keep(&self, name: &str, bytes: Vec<u8>) -> Result<(), FilesError> {
        self.store.put(&Path::from(name), bytes.into()).await?;
        Ok(())
    }

    /// The file of that name; none if there is none.
    pub async fn read(&self, name: &str) -> Result<Option<Vec<u8>>, FilesError> {
        match self.store.get(&Path::from(name)).await {
            Ok(found) => Ok(Some(found.bytes().await?.into())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes the file of that name, if there is one.
    pub async fn remove(&self, name: &str) -> Result<(), FilesError> {
        match self.store.delete(&Path::from(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The place alone: the library's own `Debug` tells the credentials as well.
impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Files({})", self.store)
    }
}

/// Requests to a bucket go through a client of ours: the program is built without a default for TLS.
#[derive(Debug)]
struct OwnClient;

impl HttpConnector for OwnClient {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = client_builder().connect_timeout(CONNECT).timeout(REQUEST).build();
        client
            .map(HttpClient::new)
            .map_err(|error| object_store::Error::Generic { store: "S3", source: Box::new(error) })
    }
}

#[cfg(test)]
mod tests;

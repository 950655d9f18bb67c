//! The lock that keeps two servers off one data folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::error::{Doing, EmbeddedError};

/// Held as long as this value lives; the operating system lets go of it when the process ends in whatever way.
#[derive(Debug)]
pub(super) struct FolderLock {
    file: File,
}

impl Drop for FolderLock {
    /// Closing the file is not enough: a program that is being started at this moment has it open, too, for an instant.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

impl FolderLock {
    /// Takes the folder, or says who has it.
    pub(super) fn take(folder: &Path) -> Result<Self, EmbeddedError> {
        let path = folder.join("flowpilot.lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .doing("open", &path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(EmbeddedError::Locked { folder: folder.to_owned(), pid });
            }
            Err(TryLockError::Error(source)) => return Err(source).doing("lock", &path),
        }
        file.set_len(0).and_then(|()| file.rewind()).doing("write", &path)?;
        writeln!(file, "{}", std::process::id()).doing("write", &path)?;
        Ok(Self { file })
    }
}

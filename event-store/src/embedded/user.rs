//! Who PostgreSQL runs as: us, or, when we are root (whom it refuses), somebody ordinary.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::error::{Doing, EmbeddedError};

/// The user that PostgreSQL runs as.
#[derive(Debug, Clone)]
pub(super) enum RunAs {
    /// The user we are.
    Ourselves,
    /// We are root; this is who it runs as instead.
    Another { name: String, uid: u32, gid: u32 },
}

impl RunAs {
    /// Ourselves, or as root `postgres`, or `nobody`.
    pub(super) fn choose() -> Result<Self, EmbeddedError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Ourselves);
        }
        let passwd = Path::new("/etc/passwd");
        let users = fs::read_to_string(passwd).doing("read", passwd)?;
        find(&users, "postgres").or_else(|| find(&users, "nobody")).ok_or(EmbeddedError::NoOrdinaryUser)
    }

    pub(super) fn uid(&self) -> u32 {
        match self {
            Self::Ourselves => rustix::process::geteuid().as_raw(),
            Self::Another { uid, .. } => *uid,
        }
    }

    /// Makes the command run as this user.
    pub(super) fn apply(&self, command: &mut Command) {
        if let Self::Another { uid, gid, .. } = self {
            command.uid(*uid).gid(*gid);
        }
    }

    /// Gives one file or folder to this user.
    pub(super) fn own(&self, path: &Path) -> Result<(), EmbeddedError> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Another { uid, gid, .. } => {
                chown(path, Some(*uid), Some(*gid)).doing("change the owner of", path)
            }
        }
    }

    /// Whether this user may enter the folder, judged by the permission bits of it and of all its parents.
    pub(super) fn may_enter(&self, folder: &Path) -> bool {
        let Self::Another { uid, gid, .. } = self else { return true };
        folder.ancestors().all(|part| {
            fs::metadata(part).is_ok_and(|found| {
                let bit = if found.uid() == *uid {
                    0o100
                } else if found.gid() == *gid {
                    0o010
                } else {
                    0o001
                };
                found.mode() & bit != 0
            })
        })
    }

    /// The refusal to give when a folder cannot be entered.
    pub(super) fn shut_out_of(&self, folder: &Path) -> EmbeddedError {
        let user = match self {
            Self::Ourselves => String::from("this user"),
            Self::Another { name, .. } => name.clone(),
        };
        EmbeddedError::NotReachable { folder: folder.to_owned(), user }
    }
}

fn find(passwd: &str, wanted: &str) -> Option<RunAs> {
    let mut fields = passwd.lines().map(|line| line.split(':')).find_map(|mut fields| {
        let name = fields.next()?;
        (name == wanted).then_some(fields)
    })?;
    let _password = fields.next()?;
    let uid = fields.next()?.parse().ok().filter(|uid| *uid != 0)?;
    let gid = fields.next()?.parse().ok()?;
    Some(RunAs::Another { name: wanted.to_owned(), uid, gid })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_the_whole_name_and_never_root() {
        let passwd =
            "root:x:0:0::/root:/bin/sh\nmypostgres:x:7:7:::\npostgres:x:101:104:PostgreSQL:/var:/bin/bash\n";
        assert!(matches!(find(passwd, "postgres"), Some(RunAs::Another { uid: 101, gid: 104, .. })));
        assert!(find(passwd, "root").is_none());
        assert!(find(passwd, "nobody").is_none());
    }
}

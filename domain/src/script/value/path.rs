//! Paths of Windows that mean one file or folder and nothing else.

/// Names that are devices in every folder, with any ending.
const DEVICES: [&str; 7] = ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$"];
/// Devices with a number behind the name; Windows takes superscript digits for digits.
const NUMBERED: [&str; 2] = ["com", "lpt"];

/// `C:\folder\file` or `\\server\share\folder`: absolute, without wildcards (and what escapes them), `..`, streams and
/// devices.
pub(super) fn is_path(text: &str) -> bool {
    let path = text.replace('/', "\\");
    let parts = if let Some(share) = path.strip_prefix("\\\\") {
        // At least a server and a share; `\\.\` and `\\?\` are the prefixes of devices.
        let parts: Vec<&str> = share.trim_end_matches('\\').split('\\').collect();
        if parts.len() < 2 || matches!(parts[0], "." | "?") {
            return false;
        }
        parts
    } else {
        let mut start = path.chars();
        let has_drive = start.next().is_some_and(|it| it.is_ascii_alphabetic())
            && start.next() == Some(':')
            && start.next() == Some('\\');
        if !has_drive {
            return false;
        }
        match path[3..].trim_end_matches('\\') {
            "" => Vec::new(),
            inner => inner.split('\\').collect(),
        }
    };
    path.chars().count() <= 4_096 && parts.iter().all(|part| is_name(part))
}

fn is_name(part: &str) -> bool {
    let forbidden = |it: char| matches!(it, '*' | '?' | '[' | ']' | '`' | '<' | '>' | '|' | '"' | ':');
    !part.is_empty()
        && !part.contains(forbidden)
        && !part.ends_with(['.', ' '])
        && !part.starts_with(' ')
        && !is_device(part)
}

fn is_device(part: &str) -> bool {
    let name = part.split('.').next().unwrap_or_default().trim_end_matches(' ').to_lowercase();
    let numbered = NUMBERED.iter().any(|device| {
        let number = name.strip_prefix(device).map(|rest| rest.chars().collect::<Vec<_>>());
        number.is_some_and(|it| matches!(it.as_slice(), ['0'..='9' | '¹' | '²' | '³']))
    });
    numbered || DEVICES.contains(&name.as_str())
}

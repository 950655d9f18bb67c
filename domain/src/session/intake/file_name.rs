//! The name of a file as it may be shown: no folders, nothing unseen, not too long.

use super::MAX_FILE_NAME;
use crate::input::is_unseen;

/// Stands for a name of which nothing is left.
const NAMELESS: &str = "screenshot";

/// A name as a program sent it, made plain: without the folders before it, without line breaks, control characters and what
/// changes the reading order, in at most [`MAX_FILE_NAME`] characters.
pub fn plain_file_name(sent: &str) -> String {
    let name = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen = name.chars().map(|it| if it.is_whitespace() { ' ' } else { it }).filter(|it| !is_unseen(*it));
    let plain: String = seen.collect();
    let plain: String = plain.trim().chars().take(MAX_FILE_NAME).collect();
    if plain.trim_matches('.').is_empty() { NAMELESS.to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_loses_its_folders_and_what_nobody_sees() {
        for (sent, plain) in [
            ("Outlook Fehler.png", "Outlook Fehler.png"),
            ("C:\\Users\\jane\\Desktop\\vpn.png", "vpn.png"),
            ("../../etc/passwd", "passwd"),
            ("invoice\u{202e}gnp.exe", "invoicegnp.exe"),
            ("a\r\nSet-Cookie: x.png", "a  Set-Cookie: x.png"),
            ("zero\u{200b}width\0.webp", "zerowidth.webp"),
            ("  ", "screenshot"),
            ("..", "screenshot"),
            ("", "screenshot"),
        ] {
            assert_eq!(plain_file_name(sent), plain, "{sent:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut() {
        assert_eq!(plain_file_name(&"ä".repeat(5_000)).chars().count(), MAX_FILE_NAME);
    }
}

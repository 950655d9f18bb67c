//! Lines of a bearable width, and inks for terminals that show them.

/// Longer lines are hard to read.
const WIDTH: usize = 100;

/// What a text is, hence how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Strong,
    Faint,
    Heading,
    Answer,
    Warning,
}

/// Writes with inks, or without.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    colours: bool,
}

impl Paint {
    pub(super) fn new(colours: bool) -> Self {
        Self { colours }
    }

    /// The text in its ink.
    pub(super) fn ink(self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Strong => "1",
            Ink::Faint => "2",
            Ink::Heading => "1;36",
            Ink::Answer => "32",
            Ink::Warning => "33",
            Ink::Plain => "",
        };
        if self.colours && !code.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A line across the page, with a title in it.
    pub(super) fn rule(self, title: &str) -> String {
        let rest = WIDTH.saturating_sub(title.chars().count() + 4);
        self.ink(Ink::Heading, &format!("== {title} {}", "=".repeat(rest)))
    }
}

/// The text in lines of at most [`WIDTH`], broken between words; its own line breaks and columns are kept. The first
/// line begins with `lead`, the others below where it ends.
pub(super) fn hanging(lead: &str, text: &str) -> Vec<String> {
    let below = " ".repeat(lead.chars().count());
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        if below.len() + paragraph.chars().count() <= WIDTH {
            lines.push(paragraph.to_owned());
            continue;
        }
        let indent: String = paragraph.chars().take_while(|c| *c == ' ').collect();
        let mut line = String::new();
        for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
            let length = below.len() + indent.len() + line.chars().count() + 1 + word.chars().count();
            if !line.is_empty() && length > WIDTH {
                lines.push(format!("{indent}{line}"));
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(format!("{indent}{line}"));
    }
    let mut lead = lead;
    lines
        .into_iter()
        .map(|line| format!("{}{line}", std::mem::replace(&mut lead, &below)).trim_end().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_break_between_words_and_hang_below_their_beginning() {
        let lines = hanging("  => ", &"wordy ".repeat(40));
        assert!(lines.len() > 1 && lines.iter().all(|line| line.chars().count() <= WIDTH), "{lines:#?}");
        assert!(lines[0].starts_with("  => wordy") && lines[1].starts_with("     wordy"), "{lines:#?}");
    }

    #[test]
    fn line_breaks_indents_and_columns_stay() {
        assert_eq!(hanging("  ", "a\n\n  b   c"), ["  a", "", "    b   c"]);
    }

    #[test]
    fn without_colours_nothing_but_the_text_is_written() {
        assert_eq!(Paint::new(false).ink(Ink::Strong, "text"), "text");
        assert_eq!(Paint::new(true).ink(Ink::Strong, "text"), "\x1b[1mtext\x1b[0m");
    }
}

//! Strings, here-strings and variables: where each ends.

use super::{Lexed, Lexer, MAX_DEPTH, SyntaxReason, is_double_quote, is_single_quote};

impl Lexer<'_> {
    /// `'…'`: two quotes stand for one.
    pub(super) fn literal(&mut self) -> Lexed<()> {
        let start = self.at;
        self.skip_next();
        while let Some(next) = self.peek() {
            self.skip(next);
            if is_single_quote(next) {
                match self.peek() {
                    Some(second) if is_single_quote(second) => self.skip(second),
                    _ => return Ok(()),
                }
            }
        }
        Err(self.fault(start, SyntaxReason::Unended))
    }

    /// `"…"`: two quotes stand for one, a backtick escapes, expressions may be embedded.
    pub(super) fn expandable(&mut self) -> Lexed<()> {
        let start = self.at;
        self.skip_next();
        while let Some(next) = self.peek() {
            if is_double_quote(next) {
                self.skip(next);
                match self.peek() {
                    Some(second) if is_double_quote(second) => self.skip(second),
                    _ => return Ok(()),
                }
            } else {
                self.expandable_part(next)?;
            }
        }
        Err(self.fault(start, SyntaxReason::Unended))
    }

    /// Whether `@'` or `@"` stands here.
    pub(super) fn begins_here_string(&self) -> bool {
        self.rest()[1..].starts_with(|it| is_single_quote(it) || is_double_quote(it))
    }

    /// `@'` or `@"`, a line's end, any lines, and the same quote and `@` at the beginning of a line.
    pub(super) fn here_string(&mut self) -> Lexed<()> {
        let start = self.at;
        self.skip_next();
        let is_quote: fn(char) -> bool =
            if self.peek().is_some_and(is_single_quote) { is_single_quote } else { is_double_quote };
        let expands = self.peek().is_some_and(is_double_quote);
        self.skip_next();
        while let Some(blank @ (' ' | '\t')) = self.peek() {
            self.skip(blank);
        }
        if !self.rest().starts_with(['\n', '\r']) {
            return Err(self.fault(start, SyntaxReason::HereStringHeader));
        }
        while let Some(next) = self.peek() {
            if matches!(next, '\n' | '\r') {
                self.newline();
                let mut line = self.rest().chars();
                if let (Some(quote), Some('@')) = (line.next(), line.next())
                    && is_quote(quote)
                {
                    self.at += quote.len_utf8() + 1;
                    return Ok(());
                }
            } else if !expands {
                self.skip(next);
            } else if next == '`' && self.rest()[1..].starts_with(['\n', '\r']) {
                return Err(self.fault(self.at, SyntaxReason::Backtick));
            } else {
                self.expandable_part(next)?;
            }
        }
        Err(self.fault(start, SyntaxReason::Unended))
    }

    /// A character of an expandable string, an escaped one, a variable, or an embedded expression.
    fn expandable_part(&mut self, next: char) -> Lexed<()> {
        match next {
            '`' => {
                self.at += 1;
                self.skip_next();
            }
            '$' if self.rest().starts_with("$(") => self.embedded()?,
            '$' if self.rest().starts_with("${") => {
                self.variable()?;
            }
            _ => self.skip(next),
        }
        Ok(())
    }

    /// `$(…)` inside a string: code of its own, whose tokens nobody asks for.
    fn embedded(&mut self) -> Lexed<()> {
        let start = self.at;
        if self.depth + self.open.len() >= MAX_DEPTH {
            return Err(self.fault(start, SyntaxReason::TooDeep));
        }
        self.at += 2;
        self.depth += 1;
        self.code(Some(start))?;
        self.depth -= 1;
        Ok(())
    }

    /// `$name`, `$scope:name`, `${any name}`, `$$`, `$?`, `$^`; false, and nothing consumed, if it is none of them.
    pub(super) fn variable(&mut self) -> Lexed<bool> {
        let start = self.at;
        let after = &self.rest()[1..];
        if let Some(name) = after.strip_prefix('{') {
            let mut escaped = false;
            for (at, it) in name.char_indices() {
                match it {
                    '}' if !escaped => {
                        self.at += 2 + at + 1;
                        return Ok(true);
                    }
                    _ => escaped = it == '`' && !escaped,
                }
            }
            return Err(self.fault(start, SyntaxReason::Unended));
        }
        if after.starts_with(['$', '?', '^']) {
            self.at += 2;
            return Ok(true);
        }
        let mut length = name_length(after);
        if length > 0 && after[length..].starts_with(':') {
            length += match name_length(&after[length + 1..]) {
                0 => 0,
                name => 1 + name,
            };
        }
        self.at += if length > 0 { 1 + length } else { 0 };
        Ok(length > 0)
    }

    fn skip_next(&mut self) {
        if let Some(next) = self.peek() {
            self.skip(next);
        }
    }
}

fn name_length(text: &str) -> usize {
    text.find(|it: char| !it.is_alphanumeric() && !matches!(it, '_' | '?')).unwrap_or(text.len())
}

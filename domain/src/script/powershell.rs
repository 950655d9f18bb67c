//! PowerShell as far as quoting goes: cuts a script into tokens, so that it is known where a placeholder stands and that a
//! value has become exactly one literal.
//!
//! It follows PowerShell's own lexer in what quotes, comments, here-strings, variables and escapes are, including the
//! typographic quotes that PowerShell takes for plain ones. Where PowerShell's reading depends on what surrounds a character
//! (a `#` inside a word, say), it refuses instead of guessing.

mod quoting;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// The end of a line.
    Newline,
    /// `# …` or `<# … #>`.
    Comment,
    /// `'…'`.
    Literal,
    /// `"…"`, with everything that is embedded in it.
    Expandable,
    /// `@'…'@` or `@"…"@`.
    HereString,
    /// `$name`, `${any name}`, `$env:name`.
    Variable,
    /// `{{key}}`, which is ours and not PowerShell's.
    Placeholder,
    /// `(`, `$(`, `@(`, `{` or `@{`.
    Opening,
    /// `)` or `}`.
    Closing,
    /// `,`, `;`, `|` or `&`.
    Separator,
    /// Anything else: a command, a parameter, a number, an operator, a part of a word.
    Word,
}

/// A piece of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: TokenKind,
    /// As it stands in the script.
    pub text: &'a str,
    /// Where it begins, in bytes.
    pub start: usize,
    /// Nothing that ends a word stands before it: PowerShell may read it together with what is there.
    pub glued: bool,
}

impl Token<'_> {
    /// Where it ends, in bytes.
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Why a script can't be cut into tokens for certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct SyntaxFault {
    /// Where, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: SyntaxReason,
}

/// What is wrong with a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum SyntaxReason {
    #[error("a string, comment or here-string begins here and never ends")]
    Unended,
    #[error("nothing but blanks may follow the beginning of a here-string on its line")]
    HereStringHeader,
    #[error("`#`, `<#` or `@` stands inside a word; put a blank before it, or quote the word")]
    InsideWord,
    #[error("a backtick stands before a blank, or a line goes on in the middle of a word or a here-string")]
    Backtick,
    #[error("brackets are not closed in the order in which they were opened")]
    Unbalanced,
    #[error("it is nested too deeply")]
    TooDeep,
    #[error("`--%` switches PowerShell's quoting off")]
    StopParsing,
    #[error("there is a blank that is no plain one")]
    OddBlank,
}

/// Brackets and embedded expressions may be nested this deep.
const MAX_DEPTH: usize = 64;

/// Cuts a script into its tokens; blanks and continued lines are left out.
///
/// # Errors
/// The first place at which the script ends too early, or PowerShell's reading would be a guess.
pub fn tokens(script: &str) -> Result<Vec<Token<'_>>, SyntaxFault> {
    let mut lexer = Lexer { script, at: 0, tokens: Vec::new(), open: Vec::new(), depth: 0 };
    lexer.code(None)?;
    Ok(lexer.tokens)
}

/// The text that a `'…'` token stands for; none for any other token.
pub fn literal_value(token: &Token<'_>) -> Option<String> {
    if token.kind != TokenKind::Literal {
        return None;
    }
    let mut inner = token.text.chars();
    inner.next();
    inner.next_back();
    let mut value = String::with_capacity(token.text.len());
    let mut after_quote = false;
    for it in inner {
        // Of two quotes PowerShell keeps the second.
        after_quote = is_single_quote(it) && !after_quote;
        if !after_quote {
            value.push(it);
        }
    }
    Some(value)
}

/// What PowerShell takes for `'`.
pub fn is_single_quote(it: char) -> bool {
    matches!(it, '\'' | '\u{2018}'..='\u{201b}')
}

/// What PowerShell takes for `"`.
pub fn is_double_quote(it: char) -> bool {
    matches!(it, '"' | '\u{201c}'..='\u{201e}')
}

/// `{{key}}` at the beginning of a text, if it stands there: its length and the key.
pub fn placeholder(text: &str) -> Option<(usize, &str)> {
    let inner = text.strip_prefix("{{")?;
    let length = inner.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    let key = &inner[..length];
    let ended = inner[length..].starts_with("}}") && key.starts_with(|it: char| it.is_ascii_alphabetic());
    ended.then_some((length + 4, key))
}

struct Lexer<'a> {
    script: &'a str,
    at: usize,
    tokens: Vec<Token<'a>>,
    /// Brackets that are open, each with where it stands.
    open: Vec<(char, usize)>,
    /// How many embedded expressions we are in.
    depth: usize,
}

type Lexed<T> = Result<T, SyntaxFault>;

impl<'a> Lexer<'a> {
    /// Code to the end, or to the `)` that ends an embedded expression (which is consumed).
    fn code(&mut self, embedded: Option<usize>) -> Lexed<()> {
        let outer = self.open.len();
        while let Some(next) = self.peek() {
            let start = self.at;
            match next {
                ' ' | '\t' | '\u{b}' | '\u{c}' => self.skip(next),
                '\n' | '\r' => {
                    self.newline();
                    self.push(TokenKind::Newline, start);
                }
                '`' if !self.glued() => self.continued()?,
                '#' => {
                    self.apart(start)?;
                    self.skip_line();
                    self.push(TokenKind::Comment, start);
                }
                '<' if self.rest().starts_with("<#") => {
                    self.apart(start)?;
                    let length =
                        self.rest().find("#>").ok_or_else(|| self.fault(start, SyntaxReason::Unended))?;
                    self.at += length + 2;
                    self.push(TokenKind::Comment, start);
                }
                '@' if self.begins_here_string() => {
                    self.apart(start)?;
                    self.here_string()?;
                    self.push(TokenKind::HereString, start);
                }
                _ if is_single_quote(next) => {
                    self.literal()?;
                    self.push(TokenKind::Literal, start);
                }
                _ if is_double_quote(next) => {
                    self.expandable()?;
                    self.push(TokenKind::Expandable, start);
                }
                '{' if placeholder(self.rest()).is_some() => {
                    self.at += placeholder(self.rest()).map_or(0, |(length, _)| length);
                    self.push(TokenKind::Placeholder, start);
                }
                '(' | '{' => self.opened(next, start)?,
                '$' | '@' if self.rest()[1..].starts_with('(') => self.opened('(', start)?,
                '@' if self.rest()[1..].starts_with('{') => self.opened('{', start)?,
                ')' if embedded.is_some() && self.open.len() == outer => {
                    self.at += 1;
                    return Ok(());
                }
                ')' | '}' => self.closed(next, start)?,
                ',' | ';' | '|' | '&' => {
                    self.at += 1;
                    self.push(TokenKind::Separator, start);
                }
                '$' if self.variable()? => self.push(TokenKind::Variable, start),
                _ if next.is_whitespace() || next == '\u{85}' => {
                    return Err(self.fault(start, SyntaxReason::OddBlank));
                }
                _ => {
                    self.word()?;
                    self.push(TokenKind::Word, start);
                }
            }
        }
        match (embedded, self.open.get(outer)) {
            (Some(start), _) => Err(self.fault(start, SyntaxReason::Unended)),
            (None, Some((_, start))) => Err(self.fault(*start, SyntaxReason::Unbalanced)),
            (None, None) => Ok(()),
        }
    }

    fn word(&mut self) -> Lexed<()> {
        let start = self.at;
        while let Some(next) = self.peek() {
            match next {
                '`' => {
                    self.at += 1;
                    match self.peek() {
                        Some(escaped) if !escaped.is_whitespace() => self.skip(escaped),
                        _ => return Err(self.fault(start, SyntaxReason::Backtick)),
                    }
                }
                // A `$` that is no variable stands for itself.
                '$' if self.at == start => self.at += 1,
                '(' | ')' | '{' | '}' | ',' | ';' | '|' | '&' | '$' | '#' => break,
                '<' if self.rest().starts_with("<#") => break,
                '@' if self.at > start => break,
                _ if next.is_whitespace() || next.is_control() => break,
                _ if is_single_quote(next) || is_double_quote(next) => break,
                _ => self.skip(next),
            }
        }
        if self.script[start..self.at].replace(['\u{2013}', '\u{2014}', '\u{2015}'], "-").contains("--%") {
            return Err(self.fault(start, SyntaxReason::StopParsing));
        }
        if self.at == start {
            // A control character.
            return Err(self.fault(start, SyntaxReason::OddBlank));
        }
        Ok(())
    }

    fn opened(&mut self, bracket: char, start: usize) -> Lexed<()> {
        if self.open.len() >= MAX_DEPTH {
            return Err(self.fault(start, SyntaxReason::TooDeep));
        }
        self.at = start + self.script[start..].find(bracket).unwrap_or(0) + 1;
        self.open.push((bracket, start));
        self.push(TokenKind::Opening, start);
        Ok(())
    }

    fn closed(&mut self, bracket: char, start: usize) -> Lexed<()> {
        let opening = if bracket == ')' { '(' } else { '{' };
        if self.open.pop().is_none_or(|(open, _)| open != opening) {
            return Err(self.fault(start, SyntaxReason::Unbalanced));
        }
        self.at += 1;
        self.push(TokenKind::Closing, start);
        Ok(())
    }

    /// A backtick where a token could begin: the line goes on, or a word begins with an escape.
    fn continued(&mut self) -> Lexed<()> {
        let start = self.at;
        let after = &self.script[start + 1..];
        if after.starts_with(['\n', '\r']) {
            self.at += 1;
            self.newline();
            return Ok(());
        }
        self.word()?;
        self.push(TokenKind::Word, start);
        Ok(())
    }

    fn push(&mut self, kind: TokenKind, start: usize) {
        if self.depth == 0 {
            let glued = self.script[..start].chars().next_back().is_some_and(|before| !ends_word(before));
            self.tokens.push(Token { kind, text: &self.script[start..self.at], start, glued });
        }
    }

    /// What is read differently inside a word must not stand in one.
    fn apart(&self, start: usize) -> Lexed<()> {
        if self.glued() { Err(self.fault(start, SyntaxReason::InsideWord)) } else { Ok(()) }
    }

    fn glued(&self) -> bool {
        self.script[..self.at].chars().next_back().is_some_and(|before| !ends_word(before))
    }

    fn rest(&self) -> &'a str {
        &self.script[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self, it: char) {
        self.at += it.len_utf8();
    }

    fn newline(&mut self) {
        self.at += if self.rest().starts_with("\r\n") { 2 } else { 1 };
    }

    fn skip_line(&mut self) {
        self.at += self.rest().find(['\n', '\r']).unwrap_or(self.rest().len());
    }

    fn fault(&self, at: usize, reason: SyntaxReason) -> SyntaxFault {
        let before = self.script[..at].replace("\r\n", "\n");
        SyntaxFault { line: before.matches(['\n', '\r']).count() + 1, reason }
    }
}

/// Behind it a new token begins for certain.
fn ends_word(it: char) -> bool {
    matches!(it, ' ' | '\t' | '\u{b}' | '\u{c}' | '\n' | '\r' | '(' | ')' | '{' | '}' | ',' | ';' | '|' | '&')
}

#[cfg(test)]
mod tests;

//! What a template is, and where its placeholders may stand.
//!
//! In the body `{{key}}` stands for a parameter's value. It becomes one literal (`'text'`, `42`, `$true`), so it stands where
//! PowerShell expects one: as an argument, behind an operator, in a list. Never inside quotes, here-strings, comments or
//! words, and never where a command's name would stand. `{{key}}` happens to be valid PowerShell, so that editors and linters
//! can read a template as it is.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::parameter::{self, DeclarationFault, Parameter, ParameterType, is_line};
use super::powershell::{SyntaxFault, Token, TokenKind, placeholder, tokens};
use crate::id::TeamId;
use crate::input::{Length, is_blank, is_unseen};

/// Longest body, in bytes.
pub const MAX_BODY: usize = 64 * 1024;
const NAME: Length = Length::up_to(255);
const CATEGORY: Length = Length::up_to(100);
const MAX_DESCRIPTION: usize = 4_000;

/// A template as people write it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateContent {
    /// Its name, 1–255 characters.
    pub name: String,
    /// What it does, and what to know before it is run.
    pub description: Option<String>,
    /// Where it belongs, for those who look for it.
    pub category: Option<String>,
    /// Whose it is; the whole account's if none.
    pub team: Option<TeamId>,
    /// The script, with `{{key}}` for values.
    pub body: String,
    /// What it asks for.
    pub parameters: Vec<Parameter>,
}

/// Why a template can't be published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum TemplateFault {
    #[error("The name must have 1 to 255 visible characters.")]
    Name,
    #[error("The category must have at most 100 visible characters.")]
    Category,
    #[error("The description must have at most {MAX_DESCRIPTION} visible characters.")]
    Description,
    #[error("{0}")]
    Parameter(#[from] DeclarationFault),
    #[error("The script must not be empty.")]
    EmptyBody,
    #[error("The script may have at most {MAX_BODY} bytes.")]
    LongBody,
    #[error("The script, line {line}, holds a control character or one that cannot be seen.")]
    Unseen { line: usize },
    #[error("The script, {0}.")]
    Syntax(#[from] SyntaxFault),
    #[error("The script, line {line}: \"{{{{{key}}}}}\" names no parameter.")]
    UnknownPlaceholder { line: usize, key: String },
    #[error("Parameter \"{0}\" is not used in the script.")]
    Unused(String),
    #[error("The script, line {line}: \"{{{{{key}}}}}\" {place}.")]
    Place { line: usize, key: String, place: Misplaced },
    #[error("The script, line {line}: \"{word}\" runs text as code, where no quoting holds.")]
    Evaluates { line: usize, word: String },
    #[error(
        "The script begins with \"{0}\", and SECRET parameters are asked for before it begins; write it without."
    )]
    SecretBeforeBlock(String),
}

impl TemplateFault {
    /// The input field that it is about.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Category => "category",
            Self::Description => "description",
            Self::Parameter(_) | Self::Unused(_) => "parameters",
            Self::EmptyBody
            | Self::LongBody
            | Self::Unseen { .. }
            | Self::Syntax(_)
            | Self::UnknownPlaceholder { .. }
            | Self::Place { .. }
            | Self::Evaluates { .. }
            | Self::SecretBeforeBlock(_) => "body",
        }
    }
}

/// Where a placeholder must not stand. Reads on after its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum Misplaced {
    #[error("must not stand in a string; it brings its own quotes")]
    String,
    #[error("must not stand in a here-string")]
    HereString,
    #[error("must not stand in a comment")]
    Comment,
    #[error("must stand alone, with blanks, brackets or commas around it")]
    Glued,
    #[error("must not stand where a command begins")]
    Command,
}

/// A checked template: its body has the line ends that are stored, its texts no blanks around them.
pub(super) fn checked(content: TemplateContent) -> Result<TemplateContent, Vec<TemplateFault>> {
    let trimmed = |text: Option<String>| text.map(|it| it.trim().to_owned()).filter(|it| !is_blank(it));
    let content = TemplateContent {
        name: content.name.trim().to_owned(),
        description: trimmed(content.description).map(|text| text.replace("\r\n", "\n")),
        category: trimmed(content.category),
        body: content.body.replace("\r\n", "\n"),
        ..content
    };
    let mut faults = head_faults(&content);
    faults.extend(parameter::check(&content.parameters).into_iter().map(TemplateFault::from));
    faults.extend(body_faults(&content.body, &content.parameters));
    if faults.is_empty() { Ok(content) } else { Err(faults) }
}

fn head_faults(content: &TemplateContent) -> Vec<TemplateFault> {
    let mut faults = Vec::new();
    if !is_line(&content.name, NAME) {
        faults.push(TemplateFault::Name);
    }
    if content.category.as_ref().is_some_and(|text| !is_line(text, CATEGORY)) {
        faults.push(TemplateFault::Category);
    }
    let is_long = |text: &String| text.chars().count() > MAX_DESCRIPTION || text.chars().any(is_unseen);
    if content.description.as_ref().is_some_and(is_long) {
        faults.push(TemplateFault::Description);
    }
    faults
}

fn body_faults(body: &str, parameters: &[Parameter]) -> Vec<TemplateFault> {
    if is_blank(body) {
        return vec![TemplateFault::EmptyBody];
    }
    if body.len() > MAX_BODY {
        return vec![TemplateFault::LongBody];
    }
    if let Some((at, _)) =
        body.char_indices().find(|(_, it)| is_unseen(*it) || matches!(it, '\u{2028}' | '\u{2029}'))
    {
        return vec![TemplateFault::Unseen { line: line_of(body, at) }];
    }
    let tokens = match tokens(body) {
        Ok(tokens) => tokens,
        Err(fault) => return vec![fault.into()],
    };
    let mut faults = placeholder_faults(body, &tokens, parameters);
    faults.extend(evaluation_faults(body, &tokens));
    if parameters.iter().any(|it| it.kind == ParameterType::Secret) {
        faults.extend(first_block(&tokens).map(TemplateFault::SecretBeforeBlock));
    }
    faults
}

fn placeholder_faults(body: &str, tokens: &[Token<'_>], parameters: &[Parameter]) -> Vec<TemplateFault> {
    let mut faults = Vec::new();
    let mut used = BTreeSet::new();
    for (index, token) in tokens.iter().enumerate() {
        let in_code = token.kind == TokenKind::Placeholder;
        for (at, key) in placeholders(token.text) {
            let line = line_of(body, token.start + at);
            used.insert(key);
            if !parameters.iter().any(|parameter| parameter.key == key) {
                faults.push(TemplateFault::UnknownPlaceholder { line, key: key.to_owned() });
            }
            let place = if in_code { misplaced(tokens, index) } else { Some(quoted(token.kind)) };
            if let Some(place) = place {
                faults.push(TemplateFault::Place { line, key: key.to_owned(), place });
            }
        }
    }
    let unused = parameters.iter().filter(|parameter| !used.contains(parameter.key.as_str()));
    faults.extend(unused.map(|parameter| TemplateFault::Unused(parameter.key.clone())));
    faults
}

/// Every `{{key}}` of a text and where it begins.
fn placeholders(text: &str) -> Vec<(usize, &str)> {
    let starts = text.match_indices("{{").map(|(at, _)| at);
    // Of `{{{key}}` the second brace begins it.
    let starts = starts.flat_map(|at| [at, at + 1]).collect::<BTreeSet<_>>();
    starts.into_iter().filter_map(|at| Some((at, placeholder(&text[at..])?.1))).collect()
}

fn quoted(kind: TokenKind) -> Misplaced {
    match kind {
        TokenKind::Literal | TokenKind::Expandable => Misplaced::String,
        TokenKind::HereString => Misplaced::HereString,
        TokenKind::Comment => Misplaced::Comment,
        // A variable's name in braces ends with the first `}`.
        TokenKind::Variable
        | TokenKind::Newline
        | TokenKind::Placeholder
        | TokenKind::Opening
        | TokenKind::Closing
        | TokenKind::Separator
        | TokenKind::Word => Misplaced::Glued,
    }
}

fn misplaced(tokens: &[Token<'_>], index: usize) -> Option<Misplaced> {
    let (before, token) = (&tokens[..index], &tokens[index]);
    let follows = before.last().is_some_and(|before| {
        let apart = matches!(before.kind, TokenKind::Newline | TokenKind::Opening | TokenKind::Separator);
        before.end() == token.start && !apart
    });
    let precedes = tokens.get(index + 1).is_some_and(|next| {
        let apart = matches!(next.kind, TokenKind::Newline | TokenKind::Closing | TokenKind::Separator);
        next.start == token.end() && !apart
    });
    if token.glued || follows || precedes {
        return Some(Misplaced::Glued);
    }
    if begins_command(before) { Some(Misplaced::Command) } else { None }
}

/// Whether a command could begin behind these tokens.
fn begins_command(before: &[Token<'_>]) -> bool {
    let mut before = before.iter().rev().filter(|token| token.kind != TokenKind::Comment).peekable();
    let mut lines = 0;
    while before.next_if(|token| token.kind == TokenKind::Newline).is_some() {
        lines += 1;
    }
    let Some(last) = before.next() else { return true };
    match last.kind {
        // Lists and calls go on over lines.
        TokenKind::Opening => last.text.ends_with('{'),
        TokenKind::Separator => last.text != ",",
        TokenKind::Word => last.text == "." || (lines > 0 && !matches!(last.text, "=" | "+=")),
        TokenKind::Closing
        | TokenKind::Literal
        | TokenKind::Expandable
        | TokenKind::HereString
        | TokenKind::Variable
        | TokenKind::Placeholder => lines > 0,
        TokenKind::Newline | TokenKind::Comment => true,
    }
}

/// Commands and methods that read text as code: a literal in it would be a literal no longer.
const EVALUATING: [&str; 6] = [
    "invoke-expression",
    "scriptblock]::create",
    "newscriptblock",
    "invokescript",
    "expandstring",
    "addscript",
];

fn evaluation_faults(body: &str, tokens: &[Token<'_>]) -> Vec<TemplateFault> {
    let in_code = tokens.iter().filter(|token| match token.kind {
        TokenKind::Word => true,
        TokenKind::Expandable | TokenKind::HereString => token.text.contains("$("),
        _ => false,
    });
    let evaluates = |token: &&Token<'_>| {
        let text = token.text.to_lowercase().replace('`', "");
        text == "iex" || EVALUATING.iter().any(|word| text.contains(word))
    };
    let fault = |token: &Token<'_>| TemplateFault::Evaluates {
        line: line_of(body, token.start),
        word: token.text.chars().take(40).collect(),
    };
    in_code.filter(evaluates).map(fault).collect()
}

/// What must be the first of a script, if it begins with such a block.
fn first_block(tokens: &[Token<'_>]) -> Option<String> {
    const BLOCKS: [&str; 7] = ["param", "using", "begin", "process", "end", "clean", "dynamicparam"];
    let first = tokens.iter().find(|token| !matches!(token.kind, TokenKind::Newline | TokenKind::Comment))?;
    let text = first.text.to_lowercase();
    (first.kind == TokenKind::Word && (text.starts_with('[') || BLOCKS.contains(&text.as_str())))
        .then(|| first.text.chars().take(40).collect())
}

fn line_of(body: &str, at: usize) -> usize {
    body[..at].matches('\n').count() + 1
}

#[cfg(test)]
mod tests;

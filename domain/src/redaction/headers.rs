//! Rules for what travels over HTTP: URLs with credentials, signed links, headers and cookies.

use std::ops::Range;

use super::folding::SEALED;
use super::judgement::Proof::{Assigned, Form, Opaque};
use super::kind::SecretKind::{ApiKey, BearerToken, CloudKey, Cookie, Password};
use super::look_alikes::is_masked;
use super::rule::Reading::{Block, Group, Parameter};
use super::rule::Rule;

/// The rules of this table.
#[expect(clippy::too_many_lines, reason = "a table: one row a way of writing")]
pub(super) fn rules() -> Vec<Rule> {
    vec![
        // scheme://user:password@host
        Rule {
            kind: Password,
            triggers: &["://"],
            lead: r"\b[a-z][a-z0-9+.-]{1,30}://[^\s:/?#@\x22'<>]{0,100}:",
            reading: Block(url_password),
            proof: Form,
        },
        Rule {
            kind: ApiKey,
            triggers: &["://"],
            lead: r"\bhttps?://(?P<v>[A-Za-z0-9_-]{20,})@",
            reading: Group,
            proof: Opaque,
        },
        Rule {
            kind: CloudKey,
            triggers: &["sig=", "signature=", "sig%3d", "security-token="],
            lead: r"(?:[?&;]|&amp;|%26|\b)(?:sig|x-amz-signature|x-amz-security-token|x-goog-signature|signature)(?:=|%3d)(?P<v>[A-Za-z0-9%+/=_-]{16,})",
            reading: Group,
            proof: Form,
        },
        Rule {
            kind: BearerToken,
            triggers: &["token=", "code=", "auth=", "assertion=", "ticket=", "jwt=", "session=", "sid="],
            lead: r"(?:[?&#]|&amp;)(?:[a-z_-]{0,20}token|code|auth|[a-z_]*assertion|ticket|jwt|session|sid)=",
            reading: Parameter,
            proof: Opaque,
        },
        Rule {
            kind: ApiKey,
            triggers: &["key=", "secret="],
            lead: r"(?:[?&#]|&amp;)(?:[a-z_-]{0,20}key|[a-z_-]{0,20}secret)=",
            reading: Parameter,
            proof: Opaque,
        },
        Rule {
            kind: Password,
            triggers: &["pass", "pwd", "pw=", "pin=", "kennwort"],
            lead: r"(?:[?&]|&amp;)[a-z_.-]{0,20}(?:password|passwd|passwort|kennwort|passphrase|pass|pwd|pw|pin)\d?=",
            reading: Parameter,
            proof: Assigned,
        },
        // Authorization in headers, JSON, code and curl.
        Rule {
            kind: Password,
            triggers: &["basic"],
            lead: r"authorization<Q>?\]?\s*(?:[:=,]|=>)\s*<Q>?(?:basic)\s+(?P<v>[A-Za-z0-9+/_=-]{4,})",
            reading: Group,
            proof: Form,
        },
        Rule {
            kind: Password,
            triggers: &["basic"],
            lead: r"\b(?-i:Basic) (?P<v>[A-Za-z0-9+/]{12,}={0,2})(?:$|[\s\x22',;])",
            reading: Group,
            proof: Opaque,
        },
        Rule {
            kind: BearerToken,
            triggers: &["authorization"],
            lead: r"authorization<Q>?\]?\s*(?:[:=,]|=>)\s*<Q>?(?:(?:bearer|token|apikey|api-key|negotiate|ntlm|kerberos|hmac|sharedkey(?:lite)?|sharedaccesssignature|oauth|digest|aws4-hmac-sha256|key|splunk|genie(?:key)?|bot|pve\w+token|sso-key|zoho-oauthtoken|wsse|hawk)[ \t]+)?(?P<v>[^\s\x22'\\<>,;][^\s\x22'\\<>;]{7,})",
            reading: Group,
            proof: Form,
        },
        Rule {
            kind: BearerToken,
            triggers: &["authorization"],
            lead: r#"authorization[^\n]{0,200}?\b(?:response|signature|oauth_signature|oauth_token|mac)="?(?P<v>[A-Za-z0-9+/%=_-]{16,})"#,
            reading: Group,
            proof: Form,
        },
        Rule {
            kind: BearerToken,
            triggers: &["bearer"],
            lead: r"\bbearer(?:<Q>?\s*[:=]\s*<Q>?|[ \t]+|%20)(?:token[ \t:=]+)?(?P<v>[A-Za-z0-9._~+/=|:-]{12,})",
            reading: Group,
            proof: Opaque,
        },
        Rule {
            kind: BearerToken,
            triggers: &["ntlm", "negotiate"],
            lead: r"\b(?:ntlm|negotiate)[ \t]+(?P<v>(?:TlRM|YII|YIG|oY|oR)[A-Za-z0-9+/]{16,}={0,2})",
            reading: Group,
            proof: Form,
        },
        Rule {
            kind: ApiKey,
            triggers: &[
                "x-",
                "api-key",
                "apikey",
                "subscription-key",
                "private-token",
                "circle-token",
                "-auth",
                "-token",
            ],
            lead: r"(?:^|[\s\x22'{,(;>])(?:x-[a-z-]{0,30}(?:key|token|secret|auth|signature|session-id)|(?:ocp-apim-)?subscription-key|api-key|apikey|private-token|job-token|deploy-token|circle-token|dd-api-key|dd-application-key|zumo-auth|x-zumo-auth|cf-access-client-secret)<Q>?\]?\s*[:=]\s*<Q>?(?P<v>[^\s\x22'\\<>,;]{8,})",
            reading: Group,
            proof: Opaque,
        },
        // Cookies, each value for itself.
        Rule {
            kind: Cookie,
            triggers: &["cookie"],
            lead: r"\bcookie[2s]?<Q>?\]?[ \t]*(?::|=|,)[ \t]*(?:\[[ \t]*)?<Q>?",
            reading: Block(cookie_values),
            proof: Form,
        },
        Rule {
            kind: Cookie,
            triggers: &["-b ", "--cookie"],
            lead: r"\s(?:-b|--cookie)[ \t=]+[\x22']",
            reading: Block(cookie_values),
            proof: Form,
        },
        Rule {
            kind: Cookie,
            triggers: &["cookie"],
            lead: r"\bcookie[ \t]+[^\s=;,\x22'\\]{1,60}=(?P<v>[^;\s\x22'<>,]{16,})",
            reading: Group,
            proof: Opaque,
        },
    ]
}

/// From the colon after the user up to the last `@` before the path; a password may hold an `@` itself.
fn url_password(text: &str, lead: Range<usize>) -> Vec<Range<usize>> {
    let ends =
        |character: char| character.is_whitespace() || matches!(character, '"' | '<' | '>' | '`' | SEALED);
    let rest = &text[lead.end..];
    let end = rest
        .char_indices()
        .take(512)
        .find(|(_, character)| ends(*character))
        .map_or(rest.len(), |(at, _)| at);
    let near = rest.char_indices().nth(512).map_or(rest.len(), |(at, _)| at);
    // A token may be longer than any password, and has none of the signs that a URL consists of.
    let is_long = end >= near && !rest[..near].contains('@');
    let further =
        if is_long { rest[near..].bytes().take_while(|byte| is_of_token(*byte)).count() } else { 0 };
    let authority = if is_long && rest[near + further..].starts_with('@') {
        &rest[..=near + further]
    } else {
        &rest[..end.min(near)]
    };
    let Some(first) = authority.find('@') else { return Vec::new() };
    // host:8080/… with an @ further on is a port, not a password.
    let port = authority.find(['/', '?', '#']).filter(|path| *path < first);
    if port.is_some_and(|path| authority[..path].bytes().all(|byte| byte.is_ascii_digit()))
        || text[lead.clone()].contains("://[")
    {
        return Vec::new();
    }
    let path = authority.find('/').unwrap_or(authority.len()).max(first + 1);
    let at = authority[..path].rfind('@').unwrap_or(first);
    if is_masked(&authority[..at]) {
        return Vec::new();
    }
    let password = lead.end..lead.end + at;
    vec![password]
}

fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._~+%=-".contains(&byte)
}

/// The values of a Cookie or Set-Cookie header, each for itself; attributes of a cookie are none.
fn cookie_values(text: &str, lead: Range<usize>) -> Vec<Range<usize>> {
    const ATTRIBUTES: &[&str] =
        &["path", "domain", "expires", "max-age", "samesite", "version", "priority", "comment", "port"];
    let mut values = Vec::new();
    let mut at = lead.end;
    loop {
        let pair = &text[at..];
        let Some(equals) = pair.find(|letter: char| letter == '=' || !is_cookie_name(letter)) else { break };
        let name = pair[..equals].trim();
        if name.is_empty() || !pair[equals..].starts_with('=') {
            break;
        }
        let value = pair[equals + 1..].trim_start_matches('"');
        let length = value
            .find(|letter: char| letter.is_control() || "; \"'\\,<".contains(letter))
            .unwrap_or(value.len());
        let begin = at + pair.len() - pair[equals + 1..].len() + (pair[equals + 1..].len() - value.len());
        if !ATTRIBUTES.contains(&name.to_ascii_lowercase().as_str()) && !is_masked(&value[..length]) {
            values.push(begin..begin + length);
        }
        // Dates of expiry hold blanks; attributes such as Secure hold nothing.
        let rest = &text[begin + length..];
        let skipped = rest
            .find(|letter: char| !(letter.is_ascii_alphanumeric() || " ,:-\"".contains(letter)))
            .unwrap_or(rest.len());
        let Some(next) = rest[skipped..].strip_prefix(';') else { break };
        at = text.len() - next.len();
        while let Some((flag, further)) =
            text[at..].split_once(';').filter(|(flag, _)| flag.len() < 24 && !flag.contains(['=', '\n']))
        {
            at += flag.len() + 1;
            if further.is_empty() {
                break;
            }
        }
    }
    values
}

fn is_cookie_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || " !#$%&*+-.^_|~:[]".contains(letter)
}

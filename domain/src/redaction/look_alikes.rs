//! What looks like a secret and is none: identifiers, addresses, versions, masked values, references to a value kept elsewhere.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use super::folding::SEALED;

/// A value that hides what it stands for, points to it, or was redacted before.
pub(super) fn is_masked(value: &str) -> bool {
    let bare = value.trim();
    if bare.is_empty() || bare.starts_with(SEALED) {
        return true;
    }
    let covers = |character: char| "*•●·∙○◦▪■█░▒▓#?_-.…~=+".contains(character);
    bare.chars().all(covers)
        || (bare.chars().count() >= 3 && bare.chars().all(|character| matches!(character, 'x' | 'X')))
        || MASKED.is_match(bare)
        || bare.len() <= 120 && is_variable(bare)
}

/// A value that a password would never be, whatever word stands before it.
pub(super) fn is_identifier(value: &str) -> bool {
    value.len() <= 300 && IDENTIFIERS.is_match(value)
}

/// A globally unique identifier, in braces or not.
pub(super) fn is_guid(value: &str) -> bool {
    value.len() <= 40 && GUID.is_match(value)
}

/// A call or an expression that fetches the value from somewhere.
pub(super) fn is_expression(value: &str, after: &str) -> bool {
    value.len() <= 300
        && (EXPRESSION.is_match(value)
            || CAST.is_match(value) && after.trim_start().starts_with(['$', '(', 'R', 'G', 'C']))
}

/// `$password`, `${password}`: a name after the sign. `$ummer2024` is none: it has digits and speaks of no secret.
fn is_variable(value: &str) -> bool {
    let Some(found) = VARIABLE.captures(value) else { return false };
    let name = found[1].to_lowercase();
    let speaks = ["pass", "pw", "cred", "secret", "key", "token", "env", "pin", "kennwort", "user"];
    name.len() == 1
        || !name.contains(|character: char| character.is_ascii_digit())
        || speaks.iter().any(|word| name.contains(word))
}

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("invariant: the look-alike patterns compile")
}

static VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\$\{?((?:[A-Za-z]+:)?[A-Za-z_][A-Za-z0-9_]*|[0-9?])\}?(?:(?:\.|->|\[|::)[\w.\[\]()'>-]*)?[);,]*$",
    )
});

static GUID: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?$"));

static MASKED: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new([
        // <password>, [hidden], (not set), {{ password }}, ${PASSWORD}, #{x}, @{x}, $(x), %PASSWORD%
        r"^<[\p{L} _.:/-]{0,60}>?$",
        r"(?i)^[\[(]\s*(?:[a-z]+[ _-])?(?:hidden|redacted|masked|removed|filtered|secret|omitted|protected|censored|not set|not shown|none|null|empty|blank|password|passwort|kennwort|pw|your\b.*|geschwärzt|entfernt|ausgeblendet|verborgen|geheim)\b[^\])]{0,30}[\])]?$",
        r"^[$#@]?\{\{?[\w .:$()-]{0,80}\}{0,2}$",
        r"^\$\(.{0,80}$",
        r"^%%?[A-Za-z_][A-Za-z0-9_()]*%%?$|^%~?\d$",
        r"^!(?:[A-Z0-9_]*(?:PASS|PW|SECRET|KEY)[A-Z0-9_]*)!$",
        r"^__[A-Za-z0-9_]+__$",
        r"(?i)^(?:<?redacted>?|hidden|masked|removed|filtered|\*+\w{1,2}|\w{0,2}\*{3,}\w{0,2}|system\.security\.securestring|securestring|system\.\w+[\w.]*)$",
        r"(?i)^(?:your|my|the|new|dein|ihr)[-_]?(?:new[-_]?)?(?:password|passwort|kennwort|token|api[-_]?key|secret|key)(?:[-_]here)?$",
        r"^(?:env|file|fd|stdin|prompt):\S*$",
        r"^(?:%s|%d|%v|%[0-9]|\?|:[a-z_]+|@[a-zA-Z_]*[pP]ass\w*)$",
    ])
    .expect("invariant: the mask patterns compile")
});

static IDENTIFIERS: LazyLock<RegexSet> = LazyLock::new(|| {
    RegexSet::new([
        // GUIDs, SIDs, error codes, hashes, addresses.
        r"(?i)^\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?$",
        r"(?i)^s-1-\d+(?:-\d+)+$",
        r"(?i)^[(\[]?0x[0-9a-f]+[)\]]?$",
        r"(?i)^(?:md5|sha-?\d+)?[:=]?(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$",
        // The token of a .NET assembly's public key; computer accounts; RDP's typed values.
        r"(?i)^[0-9a-f]{16}$",
        r"^[A-Z][A-Z0-9-]*\$$",
        r"^51:b:",
        r"(?i)^(?:[0-9a-f]{2}[:-]){5,}[0-9a-f]{2}$",
        r"(?i)^(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}$",
        r"^\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\d+)?$",
        r"(?i)^\[?(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:%\w+)?\]?(?:/\d+)?$",
        // Tickets, knowledge base articles, events, dates, times, versions, sizes, ordinals.
        r"(?i)^(?:#|kb|inc|req|sr|chg|prb|ritm|task|cs|tkt|case|ticket|event|cve|vlan|id|po|rma|sn|bug|fix|nr|no)[-_#.:]?\d[\d.-]*$",
        r"^[A-Z]{1,6}-\d+$",
        r"^[A-Z]{1,3}\d{8}\.\d+$",
        r"^\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:[T,].*)?$",
        r"(?i)^\d{1,2}[:.h]\d{2}(?::\d{2})?(?:\.\d+)?(?:am|pm|h|uhr)?$",
        r"(?i)^[vr]?\d+(?:\.\d+)+[a-z]?\d*$",
        r"(?i)^\d+(?:st|nd|rd|th|x|%|ms|s|m|h|d|min|kb|mb|gb|tb|k|hz|mhz|ghz|bit|mbit|gbit|-?day|-?days|-?bit|-?tage?|er)s?$",
        r"(?i)^\d+x\d+$",
        r"(?i)^(?:windows|win|office|exchange|outlook|server|sql|microsoft|sharepoint|vista|mac|macos|ios|android|ubuntu|debian|sage|datev|teams|adobe|acrobat|java|citrix|vmware|esxi?|o|m|e|f|a)[-_]?\d{1,4}(?:r2|h[12]|sp\d)?$",
        r"(?i)^(?:tls|ssl|smb|snmp|ipv|ntlm|ntlmv|wpa|wpa-?|aes|aes-?|sha|sha-?|md|rsa|rsa-?|base|utf-?|oauth|ike|ikev|rc|des|3des|http|http/|krb|x|p|mp|h|g|usb|pbkdf|bcrypt|scrypt|argon|hs|rs|es)v?\d+(?:\.\d+)*$",
        r"(?i)^(?:2fa|mfa|w-?lan|802\.1x|802\.11\w*|b2b|s3|ec2|k8s|i18n|ps[15]|f\d{1,2}|l2tp|ms-?chapv2|peap.*|3rd-?party|lt2p|y2k)$",
        r"(?i)^(?:gi|gig|fa|te|eth|ge|xe|ae|po|lo|hu|vl|tu|port|ether|vlan|wlan|ethernet|fastethernet|gigabitethernet|tengigabitethernet|port-channel|loopback|tunnel)[-_]?\d+(?:[/.:]\d+)*$",
        // Names: hosts in capitals, accounts, mail addresses, domains, paths, addresses of pages, files.
        r"^[A-Z]{2,}[A-Z0-9]*(?:-[A-Z0-9]+)*-?\d+$",
        r"^[A-Z][A-Z0-9.-]*\\\\?[\w.$-]+$",
        r"(?i)^[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}$",
        r"(?i)^(?:[a-z0-9-]+\.)+(?:com|net|org|de|at|ch|eu|local|lan|internal|io|uk|corp|intern|home|test)(?::\d+)?(?:/\S*)?$",
        r"(?i)^[a-z]:[\\/].*$",
        r"^\\\\[^\\]+\\.*$",
        r"(?i)^[a-z][a-z0-9+.-]*://.*$",
        r"(?i)^[\w-]+\.(?:exe|dll|msi|log|txt|ps1|xlsx?|docx?|pdf|xml|json|ya?ml|ini|conf|cfg|reg|lnk|zip|evtx|csv|kdbx|pfx|cer|crt|pem|ost|pst|sys|cpp|rs|py|js|cs|java|sh|bat|cmd|html?|php)(?::\d+)?$",
        r"(?i)^(?:ctrl|strg|alt|win|shift|cmd)\+.*$",
        r"^#\w{1,6}$",
        r"(?i)^(?:step|item|line|user|port|disk|server|pc|site|option|drive|slot|c|f)#\d+$",
    ])
    .expect("invariant: the identifier patterns compile")
});

static EXPRESSION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^(?:[A-Za-z_][\w.:]*\(\)[\w.();]*",
        r"|(?i:[\w.:]*(?:get|read|input|env|prompt|decrypt|convert|fetch|load|lookup|secret|vault|param|ask)\w*\(.*)",
        r"|(?i:\(?\s*(?:get|read|convertto|convertfrom|import|new|select|invoke)-[a-z]+\)?)",
        r"|(?i:\(?(?:os\.environ|process\.env|env|config|configuration|settings|options|opts|args|argv|params|self|this|request|req|form|var|local|module|data|secrets|vault|user|account|cred|creds|credential|credentials|inputs?|github|model|props|state|values)(?:\.[a-z_][\w]*|\[.*)+[;,)]*)",
        r"|vault:[\w/#.-]+|@\{?(?:Model|parameters|variables).*",
        r"|\((?:Read-Host|Get-|ConvertTo-|New-|Import-).*)$"
    ))
});

static CAST: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\[[\w.]+\]$"));

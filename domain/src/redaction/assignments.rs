//! Rules for values behind a label: `password=…`, `Kennwort: …`, JSON members, XML elements, name and value pairs.

use super::judgement::Proof::{Assigned, Form, Hinted, Labelled, Opaque, Phrase};
use super::kind::SecretKind::{
    ApiKey, BearerToken, CardNumber, CloudKey, ConnectionString, Cookie, Password, PrivateKey, RecoveryKey,
    SharedSecret,
};
use super::rule::Reading::{Field, Group, Line, NextLine, Value};
use super::rule::{Fragments, Rule};

/// What leads may mention by name. Longer names stand before the ones they are made of.
pub(super) const FRAGMENTS: Fragments = &[
    // A label with all that may stand around it, up to where `=` or `:` is expected.
    ("<PASSWORD>", r"(?:<PW>|<SHORT>)<SUFFIX>"),
    // The words for a password, misspelt ones included; anything may be joined on before ("DB_PASSWORD").
    (
        "<PW>",
        r"(?:pass[ _-]?(?:w(?:or|ro|r|o)?[dt]e?|phrase|code|word)|pas+w(?:or|ro)[dt]|passo?wrd|passowr[dt]|pa[s5$]{2}w[o0]rd|p[a4]ssw[o0]rd|kenn?wor[dt]|pwd|pswd|contrase(?:ñ|n)a|mot de passe|wachtwoord|senha|losungswort|zugangscode|geheimzahl|passwörter|kennwörter)",
    ),
    // Short words need a border, or a capital behind a small letter ("userPw").
    ("<SHORT>", r"(?:(?:\b|_|\d)(?:pw|pass|psw|pin(?:[ -]?code)?)|(?-i:[a-z](?:Pw|Pass|PW|Pin|PIN)))"),
    (
        "<SUFFIX>",
        r"(?:s|es|er|en)?[ _-]?\d{0,2}(?:[ _.-]?(?:new|old|current|confirm(?:ation)?|repeat|again|value|text|plain(?:text)?|clear(?:text)?|enc(?:rypted)?|string|neu|alt|base64|b64|field|input|hash))?",
    ),
    // Names of keys that people or machines share.
    (
        "<SHARED>",
        r"(?:(?:pre[ _-]?)?shared[ _-]?(?:secret|key)|pre[ _-]?shared[ _-]?key|\bpsk|_psk|\bl2tppsk|ipsec[ _-]?(?:secret|key|psk)|radius[ _-]?(?:secret|key)|tacacs\+?[ _-]?(?:secret|key)|(?:wpa|wep|wifi|wi-fi|wlan)[23]?[ _-]?(?:psk|key|schlüssel|secret)\d?|(?:network|netzwerk)[ -]?(?:security[ -]?)?(?:key|schlüssel|sicherheitsschlüssel)|netzwerksicherheitsschlüssel|key ?material|key[ -]?content|schlüsselinhalt|community[ _-]?string|rocommunity|rwcommunity|gemeinsame[rs]? (?:geheimnis|schlüssel)|geheimer schlüssel|vorinstallierter schlüssel|sae[ _-]?password|secret[ _-]?string)",
    ),
    // Names of keys and tokens for interfaces.
    (
        "<KEY>",
        r"(?:(?:api|access|auth(?:entication)?|account|storage|subscription|secret|signing|encryption|master|function|functions|host|app|application|consumer|client|service|deploy|admin|license[ _-]?server|sas)[ _-]?(?:key|secret)(?:[ _-]?(?:value|id))??\d?|client[ _-]?secret(?:[ _-]?value)?|(?:access|auth|api|bearer|refresh|id|session|security|secret|personal[ _-]?access|oauth2?|csrf|xsrf|bot|device|push|registration|login|user|private|gitlab|github|npm|vault|deploy)[ _-]?token|_authtoken|session[ _-]?key|instrumentation[ _-]?key|webhook[ _-]?secret|totp[ _-]?(?:secret|seed)|otp[ _-]?secret|geheimer clientschlüssel|zugriffstoken|zugriffsschlüssel|api[ -]?schlüssel|token[ _-]?(?:secret|value))",
    ),
    // A quote, however often it was escaped.
    ("<Q>", r#"(?:\\{0,7}["']|&(?:quot|apos|#3[49]|#x2[27]);|%2[27]|\\u002[27]|`)"#),
    // What follows the label of a note: "(new)", "for user bob".
    ("<NOTE>", r"(?:[ \t]*[(\[][^()\[\]\n]{0,40}[)\]])?"),
    (
        "<FOR>",
        r"(?:[ \t]+(?:for|of|on|to|at|in|für|fuer|von|vom|zu|zum|zur|im|am|auf|der|des)[ \t]+[^\n:=?!]{1,60}?)??",
    ),
    ("<MARK>", r"[*_]{0,2}"),
    ("<ARROW>", r"(?:::?|->|=>|:=|[ \t]-[ \t])"),
    ("<EQ>", r"(?:={1,3}|:=|\+=|=>|%3d|&#61;|\\u003d)"),
];

/// The rules of this table.
#[expect(clippy::too_many_lines, reason = "a table: one row a way of writing")]
pub(super) fn rules() -> Vec<Rule> {
    const PW: &[&str] = PASSWORD_TRIGGERS;
    let mut rules = vec![
        Rule {
            kind: Password,
            triggers: PW,
            lead: r"<PASSWORD><Q>?\]?\)?[ \t]*<EQ>[ \t]*(?:\[[\w.]+\][ \t]*)?",
            reading: Value,
            proof: Assigned,
        },
        Rule {
            kind: Password,
            triggers: PW,
            lead: r"<PASSWORD><Q>[ \t]*(?::|=>)\s*",
            reading: Value,
            proof: Labelled,
        },
        Rule {
            kind: Password,
            triggers: PW,
            lead: r"<PASSWORD><MARK><NOTE><FOR><NOTE><MARK>[ \t]*<ARROW>[ \t]*<MARK>[ \t]*(?:\([^()\n]{0,40}\)[ \t]*)?",
            reading: Value,
            proof: Labelled,
        },
        Rule {
            kind: Password,
            triggers: PW,
            lead: r"<PASSWORD><NOTE><FOR><MARK>[ \t]*(?::|=|->|is|ist|lautet|wie folgt|folgendes)?:?<MARK>[ \t]*\r?\n\s*(?:[-*>][ \t]+)?<MARK>",
            reading: NextLine,
            proof: Hinted,
        },
        Rule {
            kind: Password,
            triggers: PW,
            lead: r"<PASSWORD><Q>[ \t]*,[ \t]*",
            reading: Value,
            proof: Hinted,
        },
        Rule {
            kind: Password,
            triggers: &["phrase"],
            lead: r"pass[ _-]?phrase<MARK><NOTE><FOR>[ \t]*(?:<ARROW>|is|ist|lautet)<MARK>[ \t]*",
            reading: Line,
            proof: Phrase,
        },
        // Tables and registry dumps.
        Rule {
            kind: Password,
            triggers: PW,
            lead: r"<PASSWORD><MARK>[ \t]*(?:\|[ \t]*|\t+[ \t]*|[ \t]{2,}(?:REG_(?:EXPAND_)?SZ[ \t]+)?)",
            reading: Value,
            proof: Hinted,
        },
        Rule {
            kind: Password,
            triggers: &["reg_sz"],
            lead: r"<PASSWORD>[ \t]+REG_(?:EXPAND_)?SZ[ \t]+",
            reading: Line,
            proof: Assigned,
        },
        // A password as one field of a connection string may hold blanks.
        Rule {
            kind: Password,
            triggers: PW,
            lead: r"(?:;[ \t]*|[\x22'=][^;\n\x22'=]{0,200};[ \t]*|^[^;\n]{1,200};[ \t]*)(?:password|pwd|passwort)[ \t]*=[ \t]*",
            reading: Field,
            proof: Assigned,
        },
        // XML: the element, the element inside it, the property named after it.
        Rule {
            kind: Password,
            triggers: PW,
            lead: r"(?:<|&lt;)(?:[\w.-]+:)?[\w.-]*(?:<PW>|<SHORT>)<SUFFIX>[\w.-]{0,20}(?:\s[^<>]{0,200})?(?:>|&gt;)\s*(?:<!\[CDATA\[)?(?:(?:<|&lt;)value(?:\s[^<>]{0,80})?(?:>|&gt;)\s*)?(?P<v>(?:[^<>&\n]|&amp;|&#\d+;|&quot;|&apos;){1,400}?|[^<>&\s]+)(?:\]\]>|<|&lt;/|\n|$)",
            reading: Group,
            proof: Assigned,
        },
        Rule {
            kind: Password,
            triggers: PW,
            lead: r"(?:name|key|id|property)<Q>?\s*[=:]\s*<Q>[\w.:\- ]{0,60}(?:<PW>|<SHORT>)<SUFFIX><Q>[^<>\n{}]{0,120}?\b(?:value|content|defaultvalue)<Q>?\s*[=:]\s*",
            reading: Value,
            proof: Assigned,
        },
        Rule {
            kind: Password,
            triggers: PW,
            lead: r"(?:name|key|id)<Q>?\s*[=:]\s*<Q>[\w.:\- ]{0,60}(?:<PW>|<SHORT>)<SUFFIX><Q>\s*,\s*<Q>?(?:value|content)<Q>?\s*:\s*",
            reading: Value,
            proof: Assigned,
        },
        Rule {
            kind: Password,
            triggers: PW,
            lead: r"(?:name|key)[ \t]*:[ \t]*<Q>?[\w.-]{0,60}(?:<PW>|<SHORT>)<SUFFIX><Q>?[ \t]*\r?\n[ \t]*value[ \t]*:[ \t]*",
            reading: Value,
            proof: Assigned,
        },
        Rule {
            kind: Password,
            triggers: PW,
            lead: r"\bvalue<Q>?\s*[=:]\s*(?:\\*[\x22'])(?P<v>[^\x22'\\\n]{1,200})\\*[\x22'],?\s*\\*[\x22']?(?:name|key)\\*[\x22']?\s*[=:]\s*\\*[\x22'][\w.:-]{0,60}(?:<PW>|<SHORT>)<SUFFIX>\\*[\x22']",
            reading: Group,
            proof: Assigned,
        },
        Rule {
            kind: Password,
            triggers: PW,
            lead: r"(?:name|key)=[\x22'][\w.-]{0,60}(?:<PW>|<SHORT>)<SUFFIX>[\x22'][^<>\n]{0,120}>\s*(?:<value>\s*)?(?P<v>[^<>\n]{1,400}?)\s*</",
            reading: Group,
            proof: Assigned,
        },
        // Cells and definition lists of HTML, and Apple property lists.
        Rule {
            kind: Password,
            triggers: PW,
            lead: r"<PASSWORD>[ \t]*:?\s*</(?:td|th|dt|b|i|strong|em|label|span|key|name|p|div|font|h\d)>\s*:?\s*(?:<[a-z][^<>]{0,80}>\s*){0,4}(?P<v>[^<>\n]{1,200}?)\s*(?:<|$)",
            reading: Group,
            proof: Labelled,
        },
        // Pairs: "user/pass: bob/Secret".
        Rule {
            kind: Password,
            triggers: PW,
            lead: r"(?:user(?:[ _-]?name)?|login|benutzer(?:name)?|konto|account)[ \t]*(?:/|\||\+|&|and|und|,|-)[ \t]*<PASSWORD><NOTE>[ \t]*(?:=|:|is|ist|are|sind|lautet|lauten)[ \t]*[\w.@\\$-]{1,80}[ \t]*(?:/|\||:|,|and|und|&|\+|[ \t])[ \t]*",
            reading: Value,
            proof: Labelled,
        },
        // Shared secrets.
        Rule {
            kind: SharedSecret,
            triggers: SHARED_TRIGGERS,
            lead: r"<SHARED><Q>?\]?[ \t]*<EQ>[ \t]*",
            reading: Value,
            proof: Assigned,
        },
        Rule {
            kind: SharedSecret,
            triggers: SHARED_TRIGGERS,
            lead: r"<SHARED><Q>[ \t]*:\s*",
            reading: Value,
            proof: Assigned,
        },
        Rule {
            kind: SharedSecret,
            triggers: SHARED_TRIGGERS,
            lead: r"<SHARED><MARK><NOTE><FOR>[ \t]*<ARROW>[ \t]*<MARK>[ \t]*",
            reading: Value,
            proof: Labelled,
        },
        Rule {
            kind: SharedSecret,
            triggers: SHARED_TRIGGERS,
            lead: r"(?:key[ -]?content|schlüsselinhalt|netzwerksicherheitsschlüssel)[ \t]*:[ \t]*",
            reading: Line,
            proof: Assigned,
        },
        Rule {
            kind: SharedSecret,
            triggers: SHARED_TRIGGERS,
            lead: r"<SHARED><FOR>[ \t]*:?[ \t]*\r?\n\s*",
            reading: NextLine,
            proof: Hinted,
        },
        Rule {
            kind: SharedSecret,
            triggers: SHARED_TRIGGERS,
            lead: r"(?:<|&lt;)[\w.:-]*<SHARED>[\w.-]{0,10}(?:\s[^<>]{0,200})?(?:>|&gt;)\s*(?P<v>[^<>&\n]{1,400}?|[^<>&\s]+)\s*(?:<|&lt;/|$)",
            reading: Group,
            proof: Assigned,
        },
        Rule {
            kind: SharedSecret,
            triggers: SHARED_TRIGGERS,
            lead: r"<SHARED>\s+(?:is|was|are|ist|war|lautet|heißt|set to)\s+(?:now\s+|jetzt\s+|nun\s+)?:?\s*",
            reading: Value,
            proof: super::judgement::Proof::Told,
        },
        Rule {
            kind: SharedSecret,
            triggers: SHARED_TRIGGERS,
            lead: r"<SHARED>[ \t]+",
            reading: Value,
            proof: Hinted,
        },
        // Secrets by their plain name.
        Rule {
            kind: SharedSecret,
            triggers: &["secret", "geheimnis"],
            lead: r"(?:\b|[_.]|(?-i:[a-z]))(?:secret|geheimnis)\d?<Q>?\]?[ \t]*<EQ>[ \t]*",
            reading: Value,
            proof: Assigned,
        },
        Rule {
            kind: SharedSecret,
            triggers: &["secret", "geheimnis"],
            lead: r"(?:\b|[_.-]|(?-i:[a-z]))(?:secret|geheimnis)\d?<Q>[ \t]*:\s*",
            reading: Value,
            proof: Assigned,
        },
        Rule {
            kind: SharedSecret,
            triggers: &["secret", "geheimnis"],
            lead: r"(?:\b|[_.-])(?:secret|geheimnis)\d?<NOTE>[ \t]*:[ \t]*",
            reading: Value,
            proof: Hinted,
        },
        Rule {
            kind: SharedSecret,
            triggers: &["secret"],
            lead: r"<[\w.:-]*secret>\s*(?P<v>[^<>\n]{1,400}?|[^<>\s]+)\s*<",
            reading: Group,
            proof: Assigned,
        },
        // Keys and tokens.
        Rule {
            kind: ApiKey,
            triggers: KEY_TRIGGERS,
            lead: r"<KEY><Q>?\]?[ \t]*<EQ>[ \t]*",
            reading: Value,
            proof: Opaque,
        },
        Rule {
            kind: ApiKey,
            triggers: KEY_TRIGGERS,
            lead: r"<KEY><Q>[ \t]*:\s*",
            reading: Value,
            proof: Opaque,
        },
        Rule {
            kind: ApiKey,
            triggers: KEY_TRIGGERS,
            lead: r"<KEY><MARK><NOTE><FOR>(?:[ \t]*<ARROW>|[ \t]+(?:is|ist|lautet|was|war))[ \t]*<MARK>\s*",
            reading: Value,
            proof: Opaque,
        },
        Rule {
            kind: ApiKey,
            triggers: KEY_TRIGGERS,
            lead: r"<[\w.:-]*<KEY>(?:\s[^<>]{0,200})?>\s*(?P<v>[^<>\s]{8,})\s*<",
            reading: Group,
            proof: Opaque,
        },
        Rule {
            kind: ApiKey,
            triggers: KEY_TRIGGERS,
            lead: r"(?:name|key)<Q>?\s*[=:]\s*<Q>[\w.:-]{0,60}(?:<KEY>|secret|token)<Q>\s*,?\s*<Q>?value<Q>?\s*[=:]\s*",
            reading: Value,
            proof: Assigned,
        },
        Rule { kind: ApiKey, triggers: KEY_TRIGGERS, lead: r"<KEY>[ \t]+", reading: Value, proof: Opaque },
        Rule {
            kind: ApiKey,
            triggers: &["secret", "apikey", "api_key", "api-key", "api key"],
            lead: r"(?:client[ _-]?secret|app(?:lication)?[ _-]?secret|consumer[ _-]?secret|api[ _-]?(?:key|secret)|secret[ _-]?key)<Q>?\]?[ \t]*(?:=|:)[ \t]*",
            reading: Value,
            proof: Assigned,
        },
        Rule {
            kind: BearerToken,
            triggers: &["token", "samlresponse", "assertion"],
            lead: r"(?:\b|_|(?-i:[a-xz]))(?:token|samlresponse|samlrequest|client_assertion|wresult)<Q>?\]?[ \t]*(?:=|:)[ \t]*",
            reading: Value,
            proof: Opaque,
        },
        Rule {
            kind: CloudKey,
            triggers: &["aws", "secretaccesskey", "secret access key", "secret_access_key"],
            lead: r"(?:aws)?[_. -]?(?:secret[_. -]?access[_. -]?key|secret[_. -]?key|session[_. -]?token)<Q>?[ \t]*(?:=|:|,|\|)[ \t]*",
            reading: Value,
            proof: Opaque,
        },
        Rule {
            kind: CloudKey,
            triggers: &["accountkey", "account key"],
            lead: r"account[ _]?key<Q>?[ \t]*[=:][ \t]*(?P<v>[A-Za-z0-9+/%]{20,}={0,2})",
            reading: Group,
            proof: Form,
        },
        Rule {
            kind: ConnectionString,
            triggers: &["sharedaccesskey", "sharedsecretvalue", "sharedaccesssignature"],
            lead: r"(?:sharedaccesskey|sharedsecretvalue|sharedaccesssignature)<Q>?[ \t]*[=:][ \t]*(?P<v>[^;\s\x22'<>]{8,})",
            reading: Group,
            proof: Form,
        },
        Rule {
            kind: PrivateKey,
            triggers: &["private"],
            lead: r"private[ _-]?key<Q>?[ \t]*[=:][ \t]*(?P<v>[A-Za-z0-9+/]{40,}={0,2})",
            reading: Group,
            proof: Opaque,
        },
        Rule {
            kind: Cookie,
            triggers: COOKIE_NAMES,
            lead: r"(?:jsessionid|phpsessid|asp\.net_sessionid|aspsessionid\w*|\.aspxauth|\.aspnetcore\.[\w.]+|fedauth|rtfa|estsauth\w*|connect\.sid|sessionid|session_id|sid|xsrf-token|csrftoken|laravel_session|wordpress_logged_in_\w+|mrhsession|dsid|svpncookie|webvpn|nsc_aaac)<Q>?[ \t]*=[ \t]*(?P<v>[^;\s\x22'&<>,]{8,})",
            reading: Group,
            proof: Opaque,
        },
        Rule {
            kind: CardNumber,
            triggers: &["cvv", "cvc", "prüfnummer"],
            lead: r"\b(?:cvv2?|cvc2?|kartenprüfnummer|prüfnummer)[ \t]*(?:code)?[ \t]*(?:is|ist|lautet)?[ \t]*[:=]?[ \t]*(?P<v>\d{3,4})\b",
            reading: Group,
            proof: Form,
        },
        Rule {
            kind: RecoveryKey,
            triggers: &["recovery", "wiederherstellung"],
            lead: r"(?:recovery[ _-]?(?:key|password)|wiederherstellungs(?:schlüssel|kennwort))[^\d\n]{0,40}\r?\n?\s*(?P<v>\d{6}(?:[ \t]*[-\s][ \t]*\d{6}){3,7})",
            reading: Group,
            proof: Form,
        },
    ];
    rules.shrink_to_fit();
    rules
}

/// What stands near a password.
pub(super) const PASSWORD_TRIGGERS: &[&str] = &[
    "pass",
    "pasw",
    "passowr",
    "pa$$",
    "pa55",
    "p4ss",
    "kennw",
    "kenwor",
    "pwd",
    "pswd",
    "pw",
    "psw",
    "pin",
    "contrase",
    "mot de passe",
    "wachtwoord",
    "senha",
    "losungswort",
    "zugangscode",
    "geheimzahl",
];

const SHARED_TRIGGERS: &[&str] = &[
    "shared",
    "psk",
    "ipsec",
    "radius",
    "tacacs",
    "wpa",
    "wep",
    "wifi",
    "wi-fi",
    "wlan",
    "network key",
    "network security",
    "netzwerk",
    "keymaterial",
    "key material",
    "key content",
    "keycontent",
    "inhalt",
    "community",
    "gemeinsam",
    "geheimer",
    "vorinstalliert",
    "sae",
];

const KEY_TRIGGERS: &[&str] = &["key", "token", "secret", "session", "schlüssel", "seed"];

const COOKIE_NAMES: &[&str] = &[
    "sessionid",
    "session_id",
    "phpsessid",
    "aspxauth",
    "aspnetcore",
    "fedauth",
    "rtfa",
    "estsauth",
    "connect.sid",
    "sid=",
    "xsrf",
    "csrf",
    "laravel",
    "wordpress",
    "mrhsession",
    "dsid",
    "svpn",
    "webvpn",
    "nsc_aaac",
];

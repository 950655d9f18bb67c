//! Rules for configurations of network devices: Cisco, Fortinet, Juniper, `MikroTik`, Aruba, Huawei, Wi-Fi daemons.

use std::ops::Range;

use super::judgement::Proof::{Assigned, Configured, Form, Hinted};
use super::kind::SecretKind::{Password, SharedSecret};
use super::rule::Reading::{Block, Group, Line, Value};
use super::rule::Rule;

/// The rules of this table. A digit before the value tells how the device stores it: 0 in clear, 7 reversible, 5, 8, 9 hashed.
#[expect(clippy::too_many_lines, reason = "a table: one row a way of writing")]
pub(super) fn rules() -> Vec<Rule> {
    let password =
        |triggers, lead| Rule { kind: Password, triggers, lead, reading: Value, proof: Configured };
    let shared =
        |triggers, lead| Rule { kind: SharedSecret, triggers, lead, reading: Value, proof: Configured };
    let shared_form =
        |triggers, lead| Rule { kind: SharedSecret, triggers, lead, reading: Group, proof: Form };
    vec![
        // Cisco IOS and its relatives.
        password(
            &["enable"],
            r"(?:^|[>#])[ \t]*enable[ \t]+(?:secret|password)[ \t]+(?:level[ \t]+\d+[ \t]+)?(?:(?:[0-9]|sha512|encrypted)[ \t]+)?",
        ),
        password(
            &["username", "user "],
            r"(?:^|[>#:])[ \t]*(?:set[ \t]+|local-|mgmt-)?user(?:name)?[ \t]+\S+[ \t]+(?:(?:privilege|role|class|level|group|access|algorithm-type|\d+|[\w-]+)[ \t]+){0,4}?(?:password|secret|passwd|cipher)[ \t]+(?:(?:[0-9]|cipher|irreversible-cipher|plaintext|sha\d+|hash|encrypted|simple)[ \t]+)*",
        ),
        password(
            &["password", "passwd"],
            r"^[ \t]*(?:-?[ \t]*)?(?:ip[ \t]+ftp[ \t]+|vtp[ \t]+|line[ \t]+)?(?:password|passwd)[ \t]+(?:[0-9]|encrypted|cipher|irreversible-cipher|simple|plaintext|level[ \t]+\d+)[ \t]+",
        ),
        password(
            &["password"],
            r"\b(?:ppp[ \t]+(?:chap|pap)|vtp|ip[ \t]+ftp|ip[ \t]+http[ \t]+client|ldap-login|local-user[ \t]+\S+|set[ \t]+authentication|super|neighbor[ \t]+\S+|peer[ \t]+\S+|l2tp[ \t]+tunnel|area[ \t]+\S+)[ \t-]+password[ \t]+(?:(?:[0-9]|cipher|irreversible-cipher|simple|plaintext|encrypted)[ \t]+)*",
        ),
        password(&["sent-username"], r"\bsent-username[ \t]+\S+[ \t]+password[ \t]+(?:[0-9][ \t]+)?"),
        Rule {
            kind: Password,
            triggers: &["encrypted"],
            lead: r"^[ \t]*(?:enable[ \t]+)?(?:password|passwd)[ \t]+(?P<v>\S+)[ \t]+(?:encrypted|pbkdf2)\b",
            reading: Group,
            proof: Form,
        },
        Rule {
            kind: Password,
            triggers: &["encrypted"],
            lead: r"\busername[ \t]+\S+[ \t]+password[ \t]+(?P<v>\S+)[ \t]+(?:encrypted|nt-encrypted|pbkdf2)\b",
            reading: Group,
            proof: Form,
        },
        shared_form(
            &["snmp"],
            r"\bsnmp(?:-server|-agent)?[ \t]+(?:\w+[ \t]+)?community[ \t]+(?:(?:read|write|ro|rw|cipher|simple|name|[078])[ \t]+)*\x22?(?P<v>[^\s\x22;{]{1,80})",
        ),
        shared_form(
            &["snmp"],
            r"\bsnmp(?:-server|-agent)?[ \t]+host[ \t]+(?:\w+[ \t]+)??\d+\.\d+\.\d+\.\d+[ \t]+(?:(?:traps?|informs?|community|version|vrf[ \t]+\S+|1|2c|0|7|poll)[ \t]+)*(?P<v>[^\s\x22]{3,80})",
        ),
        shared_form(
            &["snmp"],
            r"\bsnmp(?:-server|-agent)?[^\n]{0,120}?\bauth(?:entication)?(?:-mode)?[ \t]+(?:md5|sha[-\d]*)[ \t]+(?:(?:[078]|cipher|simple|plaintext)[ \t]+)*\x22?(?P<v>[^\s\x22]{3,120})",
        ),
        shared_form(
            &["snmp"],
            r"\bsnmp(?:-server|-agent)?[^\n]{0,240}?\bpriv(?:acy)?(?:-mode)?[ \t]+(?:des\d*|3des|aes)(?:[ \t-]*\d{2,3})?[ \t]+(?:(?:[078]|cipher|simple)[ \t]+)*\x22?(?P<v>[^\s\x22]{3,120})",
        ),
        shared_form(
            &["isakmp", "ikev2"],
            r"\bcrypto[ \t]+(?:isakmp|ikev[12])[ \t]+key[ \t]+(?:[0-9][ \t]+)?(?P<v>\S{1,120})[ \t]+(?:address|hostname)",
        ),
        shared(
            &["pre-shared", "preshared", "psk"],
            r"\b(?:pre-?shared-?(?:key|secret)|psk)[ \t]+(?:(?:local|remote|ascii-text|hexadecimal|ascii|cipher|simple|plain|[0-9]|encrypted)[ \t]+)*",
        ),
        shared(&["key-string", "key-chain"], r"\bkey-string[ \t]+(?:[0-9][ \t]+)?"),
        shared(
            &["radius", "tacacs", "aaa-server"],
            r"\b(?:radius|tacacs|aaa)(?:-server)?\b[^\n]{0,160}?\bkey[ \t]+(?:(?:[0-9]|cipher|simple|encrypted|plaintext)[ \t]+)*",
        ),
        shared_form(
            &["key "],
            r"^[ \t]+(?:server-)?key[ \t]+(?:(?:[0-9]|cipher|simple|encrypted)[ \t]+)?\x22?(?P<v>[^\s\x22]{4,120})\x22?[ \t]*\r?$",
        ),
        shared(
            &["shared-secret", "shared-key"],
            r"(?:^|[ \t])shared-(?:secret|key)[ \t]+(?:(?:cipher|simple|[0-9])[ \t]+)*",
        ),
        shared_form(
            &["radius", "tacplus", "tacacs"],
            r"\b(?:radius|tacplus|tacacs)[\w-]*[ \t][^\n]{0,120}?\bsecret[ \t]+(?:[0-9][ \t]+)?\x22?(?P<v>[^\s\x22;]{3,120})",
        ),
        shared(
            &["authentication", "failover key", "message-digest"],
            r"\b(?:authentication-key|message-digest-key[ \t]+\d+[ \t]+md5|ntp[ \t]+authentication-key[ \t]+\d+[ \t]+(?:md5|sha\d*)|failover[ \t]+key|authentication[ \t]+(?:md5[ \t]+)?key-string)[ \t]+(?:(?:\d+[ \t]+)?(?:md5|hmac-sha-?\d+)[ \t]+)?(?:(?:[0-9]|hex|encrypted)[ \t]+)?",
        ),
        shared_form(
            &["authentication text", "authentication md5", "vrrp", "standby"],
            r"\b(?:standby|vrrp|glbp)[ \t]+\d+[ \t]+authentication[ \t]+(?:text[ \t]+)?(?P<v>[^\s]{3,80})[ \t]*\r?$",
        ),
        shared(
            &["wpa", "wep", "passphrase"],
            r"\b(?:wpa-?psk|wpa2?-?passphrase|wpa-psk[ \t]+set-key|wep-?key\d?|passphrase)[ \t]+(?:(?:ascii|hex|pass-phrase|[0-9]|cipher|simple)[ \t]+)+",
        ),
        shared(
            &["wpa", "psk", "wep_key", "sae_password"],
            r"\b(?:wpa_passphrase|wpa_psk|psk|wep_key\d|sae_password)[ \t]*=[ \t]*",
        ),
        shared(
            &["set-key", "security wpa", "wpa akm"],
            r"\b(?:security[ \t]+wpa[ \t]+akm[ \t]+psk[ \t]+set-key|set-key)[ \t]+(?:(?:ascii|hex)[ \t]+)?(?:[0-9][ \t]+)?",
        ),
        // Fortinet and others that say "set".
        Rule {
            kind: SharedSecret,
            triggers: &["psksecret", "set secret", "set key", "secondary-secret", "sae-password"],
            lead: r"\bset[ \t]+(?:psksecret(?:-remote)?|(?:secondary-|tertiary-)?secret|(?:secondary-|tertiary-)?key|sae-password|auth-keychain|keychain)[ \t]+(?:ENC[ \t]+)?",
            reading: Value,
            proof: Configured,
        },
        Rule {
            kind: Password,
            triggers: &["set passw", "set passphrase", "pwd", "-password", "set pass"],
            lead: r"\bset[ \t]+(?:[\w-]{0,30}-)?(?:passwd\d?|password\d?|passphrase|pwd|pass)[ \t]+(?:ENC[ \t]+)?",
            reading: Value,
            proof: Configured,
        },
        Rule {
            kind: Password,
            triggers: &["enc "],
            lead: r"\b(?-i:ENC)[ \t]+(?P<v>[A-Za-z0-9+/]{12,}={0,2})",
            reading: Group,
            proof: Form,
        },
        // Juniper, VyOS, EdgeOS.
        password(
            &["encrypted-password", "plaintext-password", "plain-text-password"],
            r"\b(?:encrypted|plaintext|plain-text)-password(?:-value)?[ \t]+",
        ),
        Rule {
            kind: Password,
            triggers: &["secret", "-key"],
            lead: r#"\b(?:secret|[\w-]+-key|ascii-text|simple-password|password)[ \t]+"(?P<v>\$[0-9]\$[^"\n]+|[^"\n]{3,120})"[ \t]*;"#,
            reading: Group,
            proof: Assigned,
        },
        Rule {
            kind: SharedSecret,
            triggers: &["pre-shared-secret"],
            lead: r"\bpre-shared-secret[ \t]+",
            reading: Value,
            proof: Configured,
        },
        // Aruba and HP.
        password(
            &["plaintext", "sha1", "password manager", "password operator"],
            r"\bpassword[ \t]+(?:manager|operator|minimum)[ \t]+(?:user-name[ \t]+\S+[ \t]+)?(?:plaintext|sha1|sha256)[ \t]+",
        ),
        // Hashes that devices and systems keep, wherever they stand.
        Rule {
            kind: Password,
            triggers: &[
                "$1$", "$5$", "$6$", "$8$", "$9$", "$y$", "$2a$", "$2b$", "$2y$", "$apr1$", "$argon2",
                "$sha1$", "$14$", "$gy$",
            ],
            lead: r"(?P<v>\$(?:1|5|6|8|9|14|y|gy|2[aby]|apr1|sha1|argon2(?:id|i|d))\$[A-Za-z0-9./+=,$@_-]{8,}=*)",
            reading: Group,
            proof: Form,
        },
        Rule {
            kind: Password,
            triggers: &[":::"],
            lead: r"\b\d+:(?P<v>[0-9a-f]{32}:[0-9a-f]{32}):::",
            reading: Group,
            proof: Form,
        },
        Rule {
            kind: Password,
            triggers: &["01000000d08c9ddf"],
            lead: r"\b01000000d08c9ddf[0-9a-f]{32,}",
            reading: Group,
            proof: Form,
        },
        Rule {
            kind: Password,
            triggers: &["password 51:b"],
            lead: r"\bpassword 51:b:",
            reading: Line,
            proof: Form,
        },
        Rule {
            kind: Password,
            triggers: &["ansible_vault"],
            lead: r"\$ANSIBLE_VAULT;[^\n]{0,60}\n[ \t]*",
            reading: Block(hexadecimal_lines),
            proof: Form,
        },
        // The text inside a Wi-Fi QR code.
        Rule {
            kind: SharedSecret,
            triggers: &["wifi:"],
            lead: r"\bWIFI:[^\n]{0,200}?;?P:(?P<v>(?:[^;\\\n]|\\.){1,120});",
            reading: Group,
            proof: Form,
        },
        // "WiFi code X", "hotspot X".
        Rule {
            kind: SharedSecret,
            triggers: &["wifi", "wi-fi", "wlan"],
            lead: r"\b(?:wifi|wi-fi|w-?lan)[ -]?(?:code|key|schlüssel|pw)[ \t]+(?:is|ist|lautet)?[ \t]*:?[ \t]*",
            reading: Value,
            proof: Hinted,
        },
    ]
}

/// The lines of hexadecimal digits from the lead on. The last one is shorter, or something stands behind it.
fn hexadecimal_lines(text: &str, lead: Range<usize>) -> Vec<Range<usize>> {
    let (mut at, mut end, mut width) = (lead.end, lead.end, 0);
    for line in text[lead.end..].split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        let digits = line[indent..].bytes().take_while(u8::is_ascii_hexdigit).count();
        let is_whole = line[indent + digits..].trim().is_empty();
        if digits == 0 || !is_whole && digits < 20 {
            break;
        }
        end = at + indent + digits;
        at += line.len();
        width = width.max(digits);
        if !is_whole || digits < width {
            break;
        }
    }
    let found = lead.end..end;
    if found.len() >= 20 { vec![found] } else { Vec::new() }
}

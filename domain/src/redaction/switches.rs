//! Rules for secrets given to programs: command-line switches, their positional relatives, and PowerShell's secure strings.

use super::judgement::Proof::{Assigned, Form, Opaque};
use super::kind::SecretKind::{ApiKey, Password, SharedSecret};
use super::rule::Reading::{Argument, Group, Value};
use super::rule::Rule;

/// The rules of this table.
#[expect(clippy::too_many_lines, reason = "a table: one row a way of writing")]
pub(super) fn rules() -> Vec<Rule> {
    let row = |triggers, lead, reading, proof| Rule { kind: Password, triggers, lead, reading, proof };
    let mut rules = vec![
        // Named switches: --password x, -Password x, /p:x, /pass:x, -storepass x, /rp x.
        row(
            &["pass", "pw", "kennwort", "-cred"],
            r"(?:^|[\s\x22'(;|])(?:--?|/)[\w-]{0,40}?(?:passw(?:or[dt]|d)|passphrase|passcode|pass|pwd|pw|kennwort)[\w-]{0,12}?(?:[ \t]+|[ \t]*[:=][ \t]*)(?:pass:)?",
            Argument,
            Assigned,
        ),
        row(
            &["/p:", "-p:", "/pd:", "/po:", "/rp", "/w:", "/ps:"],
            r"(?:^|[\s\x22'])[-/](?:p|pd|po|rp|ps|w):[ \t]*",
            Argument,
            Assigned,
        ),
        row(&["schtasks"], r"\bschtasks\b[^\n]{0,300}?\s/rp[ \t]+", Argument, Assigned),
        // -p x: only behind programs that take a password there.
        row(
            &[
                "psexec",
                "paexec",
                "sshpass",
                "mongo",
                "docker",
                "podman",
                "helm",
                "az ",
                "plink",
                "pscp",
                "certutil",
                "signtool",
                "rdesktop",
                "xfreerdp",
                "wmic",
                "winrs",
                "psloglist",
                "pskill",
                "pslist",
                "psservice",
                "htpasswd",
                "evil-winrm",
                "crackmapexec",
                "netexec",
                "nxc",
                "vncviewer",
                "oc login",
                "mosquitto",
                "arangosh",
                "influx",
                "ncrack",
                "cewl",
                "unrar",
                "rcon",
                "expect",
                "mstsc",
                "dsadd",
                "dsmod",
                "runas",
                "adfind",
                "vssadmin",
                "cqlsh",
                "wbadmin",
                "nordvpn",
                "mariadb",
                "mysql",
            ],
            r"\b(?:psexec(?:64)?|paexec|sshpass|mongo(?:sh|dump|restore|import|export)?|docker|podman|helm|az|plink|pscp|certutil|signtool|rdesktop|winrs|pskill|pslist|psloglist|psservice|evil-winrm|crackmapexec|netexec|nxc|mosquitto_\w+|influx|cqlsh|rcon)(?:\.exe)?\b[^\n|;&]{0,300}?\s-p[ \t]+",
            Argument,
            Assigned,
        ),
        row(&["sshpass"], r"\bsshpass[ \t]+-p", Argument, Assigned),
        row(
            &["mysql", "mariadb"],
            r"\b(?:mysql|mariadb)\w*(?:\.exe)?\b[^\n|;&]{0,300}?\s-p(?P<v>[^\s\x22'|;&-][^\s|;&]*)",
            Group,
            Assigned,
        ),
        row(
            &["mysql", "mariadb"],
            r#"\b(?:mysql|mariadb)\w*(?:\.exe)?\b[^\n|;&]{0,300}?\s-p(?:["'])(?P<v>[^"'\n]+)"#,
            Group,
            Assigned,
        ),
        row(
            &["7z", "rar", "zip"],
            r"\b(?:7za?|unrar|rar|winrar)(?:\.exe)?\b[^\n|;&]{0,300}?\s-h?p(?P<v>[^\s\x22'|;&][^\s|;&]*)",
            Group,
            Assigned,
        ),
        row(
            &[
                "sqlcmd",
                "osql",
                "isql",
                "bcp",
                "zip",
                "ipmitool",
                "isqlw",
                "dtexec",
                "fcrackzip",
                "snmp",
                "hydra",
            ],
            r"\b(?:sqlcmd|osql|isql|isqlw|bcp|unzip|zip|ipmitool)(?:\.exe)?\b[^\n|;&]{0,300}?\s(?-i:-P)[ \t]*",
            Argument,
            Assigned,
        ),
        row(
            &["ldap"],
            r"\bldap(?:search|modify|add|delete|passwd|whoami|compare)(?:\.exe)?\b[^\n|;&]{0,300}?\s(?-i:-w|-s|-a)[ \t]+",
            Argument,
            Assigned,
        ),
        row(&["redis-cli"], r"\bredis-cli\b[^\n|;&]{0,300}?\s-a[ \t]+", Argument, Assigned),
        // user:password and user%password.
        row(
            &["curl", "--user", "-u ", "wget", "http"],
            r"(?:\bcurl\b[^\n]{0,400}?\s(?:-u|--user|-U|--proxy-user)|\s--(?:proxy-)?user|\bhttp\b[^\n]{0,200}?\s-a)(?:[ \t]+|=)[\x22']?[^\s:\x22']{1,80}:(?P<v>[^\s\x22']+)",
            Group,
            Assigned,
        ),
        row(
            &["smbclient", "rpcclient", "smbmap", "net ", "winexe", "pth-", "mount"],
            r"\s(?:-U|--user=?)[ \t]*[\x22']?[^\s%\x22']{1,80}%(?P<v>[^\s\x22']+)",
            Group,
            Assigned,
        ),
        row(
            &["chpasswd", "htpasswd", "echo ", "printf "],
            r"(?:echo|printf)[ \t]+-?\w?[ \t]*[\x22']?[\w.@-]{1,60}:(?P<v>[^\s\x22'|]+)[\x22']?[ \t]*\|[ \t]*(?:sudo[ \t]+)?chpasswd",
            Group,
            Form,
        ),
        row(
            &["--stdin", "password-stdin", "sudo -s", "echo ", "printf "],
            r"(?:echo|printf)[ \t]+[\x22']?(?P<v>[^\s\x22'|]+)[\x22']?[ \t]*\|[^\n|]{0,120}?(?:--stdin|--password-stdin|sudo -S)",
            Group,
            Assigned,
        ),
        row(&["htpasswd"], r"\bhtpasswd[ \t]+-\w*b\w*[ \t]+\S+[ \t]+\S+[ \t]+", Argument, Assigned),
        // Windows' net, with the password as a word of its own.
        row(
            &["net"],
            r"\bnet1?(?:\.exe)?[ \t]+user[ \t]+(?:\x22[^\x22\n]{1,80}\x22|[^\s/\x22]{1,80})[ \t]+(?P<v>\x22[^\x22\n]{1,120}\x22|[^\s/*][^\s]{0,120})",
            Group,
            Assigned,
        ),
        row(
            &["net"],
            r"\bnet1?(?:\.exe)?[ \t]+use\b[^\n]{0,200}?[ \t]/u(?:ser)?:(?:\x22[^\x22\n]{1,80}\x22|[^\s\x22]{1,80})[ \t]+(?P<v>\x22[^\x22\n]{1,120}\x22|[^\s/*][^\s]{0,120})",
            Group,
            Assigned,
        ),
        row(
            &["net"],
            r"\bnet1?(?:\.exe)?[ \t]+use[ \t]+(?:[*\w]:?[ \t]+)?\\\\[^\s]+[ \t]+(?P<v>\x22[^\x22\n]{1,120}\x22|[^\s/*][^\s]{0,120})",
            Group,
            Assigned,
        ),
        row(
            &["rasdial"],
            r"\brasdial(?:\.exe)?[ \t]+(?:\x22[^\x22\n]{1,80}\x22|\S+)[ \t]+[^\s/]+[ \t]+(?P<v>[^\s/][^\s]{0,120})",
            Group,
            Assigned,
        ),
        row(
            &["setx", "set "],
            r"\bsetx[ \t]+[\w-]{0,40}(?:password|passwd|pwd|_pw|pass|secret|token|api_?key)\w{0,10}[ \t]+(?P<v>\x22[^\x22\n]{1,200}\x22|[^\s=/]\S*)",
            Group,
            Assigned,
        ),
        row(
            &["netsh"],
            r"\bnetsh[ \t][^\n]{0,200}?\bkey(?:material)?[ \t]*=[ \t]*(?P<v>\x22[^\x22\n]{1,120}\x22|\S{8,120})",
            Group,
            super::judgement::Proof::Hinted,
        ),
        // PowerShell.
        row(
            &["securestring"],
            r"ConvertTo-SecureString(?:[ \t]+-(?:AsPlainText|Force))*(?:[ \t]+-String)?[ \t(]+",
            Value,
            Assigned,
        ),
        row(
            &["securestring"],
            r#"(?P<v>[^"'\n]{1,200})["'][ \t)]*\|[ \t]*ConvertTo-SecureString"#,
            Group,
            Assigned,
        ),
        row(
            &["credential"],
            r#"(?:PSCredential|NetworkCredential)\]?(?:::new)?[ \t]*\(?(?:-ArgumentList[ \t]+)?[ \t]*\(?[ \t]*(?:"[^"\n]{0,120}"|'[^'\n]{0,120}'|\$[\w.]+|[\w\\@.]+)[ \t]*,[ \t]*"#,
            Value,
            Assigned,
        ),
        row(&["passin", "passout"], r"-pass(?:in|out)?[ \t]+[\x22']?pass:", Argument, Form),
        row(
            &["send"],
            r#"expect[^\n]{0,60}pass[^\n]{0,60}\n?[^\n]{0,20}\bsend[ \t]+"(?P<v>[^"\\\n]{1,120})"#,
            Group,
            Form,
        ),
        row(
            &["identified by", "with password", "password '"],
            r#"\b(?:identified (?:with \w+ )?by|with (?:encrypted )?password|login[^\n;]{0,80}with password|set password[^\n;']{0,80}=)[ \t=]+(?:password[ \t]*\()?N?["'](?P<v>[^"'\n]{1,200})["']"#,
            Group,
            Form,
        ),
        // Mail and file transfer protocols as they stand in traces.
        row(&["pass "], r"(?:^|[>\]:]|C:)[ \t]*(?-i:PASS)[ \t]+(?P<v>\S{1,120})[ \t]*\r?$", Group, Assigned),
        row(
            &["auth", "login"],
            r"(?:^|[>\]:])[ \t]*\w{0,6}[ \t]*(?-i:AUTH(?:ENTICATE)? (?:PLAIN|LOGIN))[ \t]+(?P<v>[A-Za-z0-9+/]{8,}={0,2})",
            Group,
            Form,
        ),
        row(
            &["login"],
            r"\b(?-i:[A-Za-z]\w{0,5} LOGIN)[ \t]+\S+[ \t]+",
            Argument,
            super::judgement::Proof::Hinted,
        ),
        row(&["machine", "login"], r"\blogin[ \t]+\S+[ \t]+password[ \t]+", Argument, Assigned),
    ];
    let key = |kind, triggers, lead, proof| Rule { kind, triggers, lead, reading: Argument, proof };
    rules.extend([
        key(
            ApiKey,
            &["token", "secret", "key"],
            r"(?:^|[\s\x22'(;|])(?:--?|/)[\w-]{0,30}?(?:token|api-?key|access-?key|secret-?key|client-?secret|secret|account-?key|sas-?token)[\w-]{0,8}?(?:[ \t]+|[ \t]*[:=][ \t]*)",
            Opaque,
        ),
        key(ApiKey, &["secret"], r"(?:^|[\s\x22'(;|])(?:--?|/)[\w-]{0,30}?client-?secret(?:[ \t]+|[ \t]*[:=][ \t]*)", Assigned),
        key(SharedSecret, &["secret", "psk", "-key"], r"(?:^|[\s\x22'(;|])--?(?:shared-?secret|l2tp-?psk|psk|pre-?shared-?key|radius-?secret|secret)(?:[ \t]+|[ \t]*[:=][ \t]*)", Assigned),
        key(SharedSecret, &["snmp"], r"\bsnmp(?:walk|get|getnext|bulkwalk|bulkget|set|table|status|trap)\b[^\n|;&]{0,200}?\s(?-i:-c|-A|-X)[ \t]+", Assigned),
    ]);
    rules
}

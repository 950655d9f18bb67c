//! Rules for tokens that name themselves by a prefix or a shape of their own.

use super::judgement::Proof::Form;
use super::kind::SecretKind::{self, ApiKey, BearerToken, ChatToken, CloudKey, CodeHostingToken, Jwt};
use super::rule::Reading::{Exact, Group};
use super::rule::Rule;

/// The rules of this table.
pub(super) fn rules() -> Vec<Rule> {
    let token = |(kind, triggers, lead): (SecretKind, &'static [&'static str], &'static str)| Rule {
        kind,
        triggers,
        lead,
        reading: Exact,
        proof: Form,
    };
    let mut rules: Vec<Rule> =
        [CODE_HOSTING, CHAT, CLOUD, INTERFACES].concat().into_iter().map(token).collect();
    rules.extend([
        token((Jwt, &["eyj"], r"(?P<v>\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*){0,3})")),
        // Cut off in its header or right after it.
        token((Jwt, &["eyj"], r"(?P<v>\beyJ(?:hbGci|0eXAi|raWQi|lbmMi|4NXQi|qa3Ui|jdHki)[A-Za-z0-9_.-]{16,})")),
        Rule {
            kind: CloudKey,
            triggers: &["akia", "asia"],
            lead: r"\bA[KS]IA[A-Z2-7]{12,20}[\s\x22',;:|]{1,4}(?:secret[ _]?access[ _]?key)?[\s\x22',;:|=]{0,4}(?P<v>[A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)",
            reading: Group,
            proof: Form,
        },
        Rule { kind: BearerToken, triggers: &["ey"], lead: r"\b(?-i:EwB|0\.A[A-Z]|1\.A[A-Z]|M\.[CR]\d{1,3}_)[A-Za-z0-9._!*$-]{100,}", reading: Group, proof: Form },
    ]);
    rules
}

type Row = (SecretKind, &'static [&'static str], &'static str);

const CODE_HOSTING: &[Row] = &[
    (CodeHostingToken, &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], r"(?P<v>\bgh[pousr]_[A-Za-z0-9]{20,})"),
    (CodeHostingToken, &["github_pat_"], r"(?P<v>\bgithub_pat_[A-Za-z0-9_]{20,})"),
    (
        CodeHostingToken,
        &["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "glagent-", "gloas-", "glimt-"],
        r"(?P<v>\bgl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|oas|imt)-[A-Za-z0-9_.-]{18,})",
    ),
    (CodeHostingToken, &["npm_"], r"(?P<v>\bnpm_[A-Za-z0-9]{30,})"),
    (
        CodeHostingToken,
        &["_authtoken", "_auth="],
        r"(?::|\b)_auth(?:Token)?\s*=\s*[\x22']?(?P<v>[^\s\x22'$]{8,})",
    ),
    (CodeHostingToken, &["pypi-"], r"(?P<v>\bpypi-[A-Za-z0-9_-]{40,})"),
    (CodeHostingToken, &["rubygems_"], r"(?P<v>\brubygems_[0-9a-f]{40,})"),
    (CodeHostingToken, &["dckr_pat_", "dckr_oat_"], r"(?P<v>\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,})"),
    (
        CodeHostingToken,
        &["atbb", "bbdc-", "atatt3", "atctt3"],
        r"(?P<v>\b(?:ATBB[A-Za-z0-9]{20,}|BBDC-[A-Za-z0-9+/]{30,}|AT[AC]TT3[A-Za-z0-9_=.-]{20,}))",
    ),
    (CodeHostingToken, &["azdo"], r"(?P<v>\b[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{18}AZDO[A-Za-z0-9]{4})"),
    (CodeHostingToken, &["oy2"], r"(?P<v>\boy2[a-z0-9]{43})\b"),
];

const CHAT: &[Row] = &[
    (ChatToken, &["xox", "xapp-"], r"(?P<v>\b(?:xox[a-z]-|xoxe\.xox[bp]-|xapp-)[A-Za-z0-9-]{10,})"),
    (
        ChatToken,
        &["hooks.slack.com"],
        r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<v>[A-Za-z0-9/_-]{16,})",
    ),
    (ChatToken, &["webhook.office.com"], r"webhook\.office\.com/webhookb2/(?P<v>[A-Za-z0-9@/_-]{20,})"),
    (
        ChatToken,
        &["outlook.office.com/webhook"],
        r"outlook\.office(?:365)?\.com/webhook/(?P<v>[A-Za-z0-9@/_-]{20,})",
    ),
    (
        ChatToken,
        &["api/webhooks/"],
        r"discord(?:app)?\.com/api/(?:v\d+/)?webhooks/(?P<v>\d{10,}/[A-Za-z0-9_-]{20,})",
    ),
    (
        ChatToken,
        &["chat.googleapis.com"],
        r"chat\.googleapis\.com/v1/spaces/[^\s?]+\?(?P<v>[^\s\x22'<>]{20,})",
    ),
    (ChatToken, &[":aa"], r"(?P<v>\b\d{8,10}:AA[A-Za-z0-9_-]{32,})"),
    (
        ChatToken,
        &[".g", ".x", ".y"],
        r"(?P<v>\b[MNO][A-Za-z0-9_-]{23,27}\.[GXY][A-Za-z0-9_-]{5}\.[A-Za-z0-9_-]{27,})",
    ),
];

const CLOUD: &[Row] = &[
    (
        CloudKey,
        &["akia", "asia", "aroa", "aida", "agpa", "anpa", "anva", "abia", "acca"],
        r"(?P<v>\bA(?:KIA|SIA|ROA|IDA|GPA|NPA|NVA|BIA|CCA)[A-Z2-7]{16})\b",
    ),
    (CloudKey, &["aiza"], r"(?P<v>\bAIza[A-Za-z0-9_-]{30,})"),
    (CloudKey, &["ya29."], r"(?P<v>\bya29\.[A-Za-z0-9_-]{20,})"),
    (CloudKey, &["gocspx-"], r"(?P<v>\bGOCSPX-[A-Za-z0-9_-]{20,})"),
    (CloudKey, &["1//0"], r"(?P<v>\b1//0[A-Za-z0-9_-]{30,})"),
    // An Azure client secret carries "8Q~" behind its first letters; a storage key is 64 bytes in Base64.
    (CloudKey, &["q~"], r"(?:^|[^A-Za-z0-9_.~-])(?P<v>[A-Za-z0-9_.~-]{3}[0-9]Q~[A-Za-z0-9_.~-]{30,40})"),
    (CloudKey, &["=="], r"(?:^|[^A-Za-z0-9+/-])(?P<v>[A-Za-z0-9+/]{86}==)"),
    (CloudKey, &["ltai"], r"(?P<v>\bLTAI[A-Za-z0-9]{12,24})\b"),
    (CloudKey, &["dop_v1_", "doo_v1_", "dor_v1_"], r"(?P<v>\bdo[opr]_v1_[a-f0-9]{40,})"),
    (CloudKey, &["hvs.", "hvb.", "hvr."], r"(?P<v>\bhv[sbr]\.[A-Za-z0-9_-]{20,})"),
    (CloudKey, &[".atlasv1."], r"(?P<v>\b[A-Za-z0-9]{10,20}\.atlasv1\.[A-Za-z0-9_-]{40,})"),
    (CloudKey, &["dapi"], r"(?P<v>\bdapi[a-f0-9]{32}(?:-\d)?)\b"),
    (CloudKey, &["tskey-"], r"(?P<v>\btskey-[a-z]+-[A-Za-z0-9-]{16,})"),
    (CloudKey, &["v1.0-"], r"(?P<v>\bv1\.0-[a-f0-9]{24}-[a-f0-9]{100,})"),
];

const INTERFACES: &[Row] = &[
    (
        ApiKey,
        &["sk-", "pk-lf-"],
        r"(?P<v>\b(?:sk|pk-lf|sk-lf)-(?:ant-|proj-|svcacct-|admin-|or-v1-|None-|lf-)?[A-Za-z0-9_-]{20,})",
    ),
    (
        ApiKey,
        &["sk_", "rk_", "whsec_"],
        r"(?P<v>\b(?:(?:sk|rk)_(?:live|test|prod)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{20,}|sk_[A-Za-z0-9]{32,}))",
    ),
    (ApiKey, &["sg."], r"(?P<v>\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})"),
    (ApiKey, &["key-"], r"(?P<v>\bkey-[0-9a-f]{32})\b"),
    (ApiKey, &["-us"], r"(?P<v>\b[0-9a-f]{32}-us\d{1,2})\b"),
    (
        ApiKey,
        &[
            "sk0", "sk1", "sk2", "sk3", "sk4", "sk5", "sk6", "sk7", "sk8", "sk9", "ska", "skb", "skc", "skd",
            "ske", "skf",
        ],
        r"(?P<v>\bSK[0-9a-f]{32})\b",
    ),
    (
        ApiKey,
        &["hf_", "gsk_", "xai-", "pplx-", "r8_", "nvapi-", "fw_", "csk-"],
        r"(?P<v>\b(?:hf_[A-Za-z0-9]{30,}|gsk_[A-Za-z0-9]{40,}|xai-[A-Za-z0-9]{40,}|pplx-[A-Za-z0-9]{32,}|r8_[A-Za-z0-9]{30,}|nvapi-[A-Za-z0-9_-]{40,}|csk-[a-z0-9]{40,}))",
    ),
    (ApiKey, &["shpat_", "shpss_", "shpca_", "shppa_"], r"(?P<v>\bshp(?:at|ss|ca|pa)_[a-fA-F0-9]{32})"),
    (
        ApiKey,
        &[
            "pmak-", "nrak-", "glsa_", "glc_", "lin_api_", "ntn_", "dp.pt.", "dp.st.", "pscale_", "pat-",
            "figd_", "phc_", "phx_", "sbp_", "rnd_", "re_",
        ],
        r"(?P<v>\b(?:PMAK-[a-f0-9]{24}-[a-f0-9]{30,}|NRAK-[A-Z0-9]{27}|glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}|glc_[A-Za-z0-9+/=]{32,}|lin_api_[A-Za-z0-9]{32,}|ntn_[A-Za-z0-9]{40,}|dp\.[ps]t\.[A-Za-z0-9._]{40,}|pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{30,}|pat-(?:na|eu)\d-[a-f0-9-]{36}|figd_[A-Za-z0-9_-]{36,}|ph[cx]_[A-Za-z0-9]{40,}|sbp_[a-f0-9]{40}))",
    ),
    (
        ApiKey,
        &["sq0", "eaaa", "access_token$"],
        r"(?P<v>\b(?:sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{20,}|EAAA[A-Za-z0-9_-]{56,}|access_token\$(?:production|sandbox)\$[a-z0-9]{16}\$[a-f0-9]{32}))",
    ),
    (ApiKey, &["age-secret-key-"], r"(?P<v>\bAGE-SECRET-KEY-1[A-Z0-9]{40,})"),
];

//! What steering words look like, in English and in German. Each pattern wants enough around the telling word that an
//! ordinary ticket or log does not match: "Outlook ignores all rules" is a symptom, "ignore your rules" is not.

use std::sync::LazyLock;

use regex::Regex;

use super::InjectionKind::{
    self, Exfiltration, FakeMarker, FakeStep, FakeTurn, Instruction, TemplateSmuggling,
};
use super::MOST;

const PATTERNS: &[(InjectionKind, &str)] = &[
    // Forget your rules.
    (
        Instruction,
        r"\b(?:ignore|disregard|forget|override|bypass|neglect)\s+(?:(?:all|any|of|the|these|those|every|other|and)\s+){0,4}(?:previous|prior|above|earlier|preceding|your|initial|original|system|developer|hidden|safety)\s+(?:\w+\s+){0,2}(?:instructions?|prompts?|rules?|guidelines?|directives?|commands?|restrictions?|constraints?)\b",
    ),
    (
        Instruction,
        r"\b(?:ignore|disregard|forget)\s+(?:all|any)\s+(?:of\s+)?(?:the\s+)?(?:instructions?|prompts?|guidelines?|directives?)\b",
    ),
    (
        Instruction,
        r"\b(?:ignore|disregard|forget)\s+(?:everything|all|anything)\s+(?:you\b|(?:that\s+)?(?:was\s+)?(?:said\s+|written\s+|told\s+)?(?:above|before)\b.{0,20}\b(?:and|instead)\b)",
    ),
    (
        Instruction,
        r"\bdo\s+not\s+(?:follow|obey|listen\s+to)\s+(?:\w+\s+){0,3}(?:system|previous|prior|developer|your)\s+(?:prompt|instructions?|rules?)\b",
    ),
    (Instruction, r"\bsystem\s+override\b|\boverride\s+(?:code|authori[sz]ed|protocol)\b"),
    (
        Instruction,
        r"\b(?:ignorier|ignoriere|ignorieren\s+sie|vergiss|vergesst|vergessen\s+sie|missachte|missachten\s+sie|übergehe|umgehe)\s+(?:(?:bitte|ab|jetzt|sofort|alle|alles|jegliche|sämtliche|aller|die|von)\s+){0,4}(?:deine[rn]?|ihre[rn]?|bisherigen?|vorherigen?|vorigen?|obigen?|früheren?|vorangegangenen?|internen?)\s+(?:\w+\s+){0,2}(?:anweisung\w*|instruktion\w*|vorgaben?|regeln|befehle?|richtlinien|prompts?|systemanweisung\w*)",
    ),
    (
        Instruction,
        r"\b(?:ignorier|ignoriere|ignorieren\s+sie|vergiss|missachte)\s+(?:bitte\s+)?(?:alle|sämtliche|jegliche)\s+(?:anweisung\w*|instruktion\w*|systemanweisung\w*|prompts?)\b",
    ),
    // Be somebody else.
    (
        Instruction,
        r"\byou\s+are\s+now\s+(?:an?\s+|the\s+|my\s+)?(?:\w+\s+){0,3}(?:assistant|ai|language\s+model|bot|dan|jailbroken|unrestricted|unfiltered)\b|\byou\s+are\s+no\s+longer\s+(?:bound|restricted|limited|an?\s+\w+\s+assistant)\b",
    ),
    (
        Instruction,
        r"\b(?:pretend\s+(?:to\s+be|you\s+are)|act\s+as\s+if\s+you\s+(?:are|were)|act\s+as\s+(?:an?\s+)?(?:unrestricted|unfiltered|different|jailbroken|root))\b",
    ),
    (
        Instruction,
        r"\b(?:from\s+now\s+on|henceforth),?\s+(?:you\s+(?:must|shall|will\s+only|act|answer|respond|only)|always\s+(?:answer|respond|reply|recommend|suggest)|answer|respond|reply|act\s+as)\b",
    ),
    (
        Instruction,
        r"\bdu\s+bist\s+(?:jetzt|nun|ab\s+sofort|ab\s+jetzt|nicht\s+(?:mehr|länger))\s+(?:\w+\s+){0,3}(?:assistent\w*|ki|sprachmodell|bot|gebunden|eingeschränkt|administrator)\b",
    ),
    (
        Instruction,
        r"\bab\s+(?:jetzt|sofort|nun)\s+(?:antworte\w*|gib|gibst\s+du|bist\s+du|sollst\s+du|musst\s+du|verhältst\s+du|schlage|schlägst\s+du)\b",
    ),
    // Orders that address the assistant.
    (
        Instruction,
        r"\b(?:ai\s+(?:assistant|model|system|agent|tool)s?|llms?|(?:large\s+)?language\s+models?|(?:the|an|any|every|this|to)\s+ai|flowpilot|diagnos\w+\s+assistant)\b[^.\n]{0,60}?\b(?:must|should|shall|has\s+to|have\s+to|needs?\s+to|is\s+(?:required|instructed|ordered)\s+to|are\s+(?:required|instructed|ordered)\s+to)\b[^.\n]{0,60}?\b(?:respond|reply|answer|output|recommend|suggest|resolve|mark|close|include|return|say|set|report|ignore|skip|call)\b",
    ),
    (
        Instruction,
        r"\b(?:note|message|instructions?|attention|important|reminder|hint)\s+(?:to|for)\s+(?:the\s+|any\s+|all\s+)?(?:ai|llms?|assistant|(?:language\s+)?models?|bots?|flowpilot)\b",
    ),
    (
        Instruction,
        r"\b(?:new|updated|real|actual)\s+(?:system\s+instructions?|instructions?\s+for\s+(?:you|the\s+(?:assistant|ai|model)))\b",
    ),
    (
        Instruction,
        r"\b(?:die|der|eine|jede|an\s+die|an\s+den|hinweis\s+an\s+(?:die|den))\s+(?:ki|sprachmodell|ki-?assistent\w*|assistent(?:en)?)\b[^.\n]{0,40}\b(?:muss|soll|sollst|musst|hat|darf)\b[^.\n]{0,60}\b(?:antworten|vorschlagen|empfehlen|schließen|setzen|ignorieren|melden|ausgeben|nennen)\b",
    ),
    (
        Instruction,
        r"\b(?:hinweis|nachricht|anweisung(?:en)?|wichtig)\s+(?:an|für)\s+(?:die|den|das|alle)?\s*(?:ki|ki-?assistent\w*|sprachmodelle?|assistenten|flowpilot)\b",
    ),
    (
        Instruction,
        r"\b(?:set|report|give|return|output|state)\s+(?:the\s+|a\s+|your\s+)?confidence\s+(?:score\s+)?(?:to|of|as|=|:)\s*(?:1\b|0?\.\d+|100)|\b(?:setze?|melde|gib)\s+(?:die\s+|deine\s+|eine\s+)?(?:konfidenz|confidence|zuversicht)\s+(?:auf|von|mit)\b",
    ),
    (
        Instruction,
        r"\b(?:resolv\w+|resolution|solved|close\s+(?:this|the)\s+\w+)\b[^.\n]{0,60}\bwithout\s+(?:asking\s+|doing\s+)?(?:any\s+|further\s+|more\s+){0,2}(?:questions?|steps?|diagnos\w+|checks?|verification)\b",
    ),
    (
        Instruction,
        r"\b(?:gelöst|lösung|resolution|schließe)\b[^.\n]{0,60}\bohne\s+(?:weitere\s+|jede\s+|eine\s+)?(?:rückfragen?|fragen|diagnose|prüfung|schritte)\b",
    ),
    (
        Instruction,
        r"\b(?:reveal|show|print|repeat|output|leak|quote|display|dump|disclose)\b[^.\n]{0,40}\b(?:system\s+prompt|initial\s+prompt|hidden\s+(?:prompt|instructions)|your\s+(?:\w+\s+)?(?:instructions|prompt|rules)|(?:text|words|instructions)\s+above)\b",
    ),
    (
        Instruction,
        r"\b(?:zeige?|gib|nenne?|verrate?|wiederhole|drucke)\b[^.\n]{0,40}\b(?:system-?\s?prompt\w*|deine\s+(?:\w+\s+)?(?:anweisungen|regeln|vorgaben)|internen?\s+anweisungen)\b",
    ),
    // Turns that nobody took.
    (
        FakeTurn,
        r"<\|(?:im_start|im_end|system|assistant|user|end|eot_id|start_header_id|end_header_id|begin_of_text|endoftext)\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|\[/?SYSTEM_PROMPT\]|\[TOOL_CALLS\]",
    ),
    (
        FakeTurn,
        r"(?m)^[\s#>*\-]*\[?(?:system|developer|admin|flowpilot)(?:\s+(?:prompt|message|note|instructions?))?\]?\s*[:\-]\**\s*\n?\s*(?:you\s+(?:are\s+(?:now\s+|no\s+longer\s+)?(?:an?|the|bound)|must|shall|should\s+now|will\s+now)\b|your\s+(?:new\s+)?(?:task|role|rules|instructions?)\b|ignore\b|disregard\b|from\s+now\b|respond\s+(?:with|only)|resolve\s+(?:this|the)\b|new\s+(?:rules|instructions?|task)\b|override\b|the\s+(?:rules|instructions)\s+above\b|du\s+(?:bist|musst|sollst)\b|deine\s+(?:neue\s+)?(?:aufgabe|rolle|anweisung\w*)\b|ignoriere\b|antworte\b|neue\s+(?:anweisung\w*|regeln)\b)",
    ),
    (
        FakeTurn,
        r"(?m)^\s*(?:assistant|ai|model|claude|chatgpt)\s*:\s*(?:understood|sure|certainly|okay|ok|i\s+will|i'll|of\s+course|yes|verstanden|natürlich|ja)\b[^\n]{0,100}\b(?:ignor\w+|instructions?|resolv\w+|resolution|rules?|disregard|confidence|comply|anweisung\w*|gelöst|lösung)\b",
    ),
    (
        FakeTurn,
        r"(?m)^\s*#{2,}\s*(?:instructions?|response|new\s+(?:task|instructions?)|system\s+(?:prompt|message)|assistant)\s*:",
    ),
    // The end of the data, told in words.
    (
        FakeMarker,
        r"(?m)^[\s=\-*#_~]*(?:end\s+of|end|ende\s+der)\s+(?:the\s+)?(?:ticket|customer|user|untrusted|case|kunden|ticket)[\s-]*(?:data|input|content|file|block|daten|eingaben?)\b[\s=\-*#_~.:]*$",
    ),
    (
        FakeMarker,
        r"(?m)^[\s=\-*#_~]*(?:begin|start(?:\s+of)?|beginn\s+(?:der|des))\s+(?:the\s+)?(?:new\s+)?(?:system|developer|trusted|admin)[\s-]*(?:prompt|instructions?|section|anweisung\w*)\b[\s=\-*#_~.:]*$",
    ),
    (FakeMarker, r"(?:<|&lt;)\s*data\s+kind\s*=|&lt;/\s*data\s*(?:>|&gt;)"),
    // Steps that nobody made.
    (FakeStep, r#"\bRESOLUTION_SUGGESTION\b|"analysis"\s*:\s*"[^"]*"\s*,\s*"step"\s*:\s*\{"#),
    // Templates.
    (TemplateSmuggling, r"\bSCRIPT_GENERATION\b"),
    (TemplateSmuggling, r#""template"\s*:\s*\{\s*"id"\s*:"#),
    (
        TemplateSmuggling,
        r"\b(?:script[\s-]*template|skript-?vorlage|script-?vorlage)\b[^\n]{0,40}?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}",
    ),
    (
        TemplateSmuggling,
        r"\b(?:use|run|execute|choose|name|call|nimm|verwende|nutze|wähle|rufe)\b[^\n]{0,60}\b(?:template|vorlage)\b[^\n]{0,40}?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}",
    ),
    // What is meant to carry something out.
    (
        Exfiltration,
        r"!?\[[^\]\n]{0,200}\]\(\s*(?:https?:)?//[^)\s]*(?:\{|\$\{|%7b|\[[a-z_ ]+\]|<[a-z_ ]+>|[?&](?:data|secret|leak|exfil|history|conversation|prompt|summary|context|answers?|d|q)=(?:\)|\{|\[|<|$))",
    ),
    (
        Exfiltration,
        r#"<img\b[^>]{0,200}src\s*=\s*["']?(?:https?:)?//[^"'>\s]*(?:\{|\$\{|%7b|\[[a-z_ ]+\]|[?&](?:data|secret|leak|exfil|history|conversation|prompt|summary|context|answers?|d|q)=["'>\s])"#,
    ),
    (
        Exfiltration,
        r"\b(?:include|embed|add|insert|render|display|append|put|show)\b[^.\n]{0,60}\b(?:images?|links?|urls?|markdown|address)\b[^\n]{0,100}\b(?:your|every|each|the\s+next|all)\s+(?:\w+\s+)?(?:answers?|steps?|responses?|repl(?:y|ies)|messages?|outputs?)\b|\b(?:in|to|at\s+the\s+end\s+of)\s+(?:your|every|each)\s+(?:\w+\s+)?(?:answer|step|response|reply|output)\b[^.\n]{0,60}\b(?:link|image|url|https?://)",
    ),
    (
        Exfiltration,
        r"\b(?:füge?|binde|zeige|hänge|setze)\b[^.\n]{0,80}\b(?:bild|link|url|adresse|verweis)\b[^\n]{0,100}\b(?:deine\w*|jede\w*|nächste\w*)\s+(?:antwort|schritt|ausgabe)\w*|\b(?:in|an)\s+(?:deine|jede|jeden|die\s+nächste)\w*\s+(?:antwort|schritt|ausgabe)\w*[^.\n]{0,60}\b(?:bild|link|url|https?://)",
    ),
    (
        Exfiltration,
        r"\b(?:send|post|upload|submit|transmit|exfiltrate|encode|sende?|schicke?|übertrage)\b[^.\n]{0,60}\b(?:conversation|system\s+prompt|prompt|chat\s+history|case\s+(?:file|history)|(?:your|the\s+engineer's)\s+(?:answers?|output|response)|summary\s+of\s+(?:this|the)\s+(?:case|session)|(?:fall|sitzungs|gesprächs)verlauf|systemprompt|fallakte)\b[^\n]{0,80}(?:https?://|\burl\b|\blink\b|@)",
    ),
    (
        Exfiltration,
        r"\b(?:tell|instruct|ask|have|make)\s+(?:the\s+)?(?:engineer|technician)\b[^.\n]{0,80}\b(?:run|open|visit|download|execute|paste|install)\b[^\n]{0,100}(?:https?://|\biex\b|\binvoke-expression\b|\|\s*(?:ba)?sh\b)|\b(?:sage?|lass|bitte|weise)\s+(?:dem|den|die)\s+(?:techniker\w*|ingenieur\w*)\b[^\n]{0,120}(?:https?://|\biex\b)",
    ),
];

/// A step's type in JSON; much other JSON has such a type, too.
static STEP_TYPE: LazyLock<Regex> =
    LazyLock::new(|| compiled(r#""type"\s*:\s*"(?:question|action|resolution)""#));

/// Fields that only a step has.
static STEP_FIELD: LazyLock<Regex> = LazyLock::new(|| {
    compiled(r#""(?:confidence|flowNode|contextMessage|allowFreeText|allowSkip|followUps|leadsTo)"\s*:"#)
});

static COMPILED: LazyLock<Vec<(InjectionKind, Regex)>> =
    LazyLock::new(|| PATTERNS.iter().map(|(kind, pattern)| (*kind, compiled(pattern))).collect());

/// What of which kind is in the text, which hides nothing any more.
pub(super) fn find(text: &str) -> Vec<(InjectionKind, usize)> {
    let count = |regex: &Regex| regex.find_iter(text).take(MOST).count();
    let mut found: Vec<_> = COMPILED.iter().map(|(kind, regex)| (*kind, count(regex))).collect();
    if STEP_FIELD.is_match(text) {
        found.push((FakeStep, count(&STEP_TYPE)));
    }
    found
}

/// Compiles the patterns now instead of at the first text.
pub(super) fn prepare() {
    LazyLock::force(&COMPILED);
    LazyLock::force(&STEP_TYPE);
    LazyLock::force(&STEP_FIELD);
}

fn compiled(pattern: &str) -> Regex {
    Regex::new(&format!("(?i){pattern}")).expect("invariant: the patterns are constants that tests compile")
}

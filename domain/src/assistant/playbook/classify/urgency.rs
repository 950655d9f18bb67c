//! How urgent it is, by what people write of its impact and by how many they say are affected.

use std::sync::LazyLock;

use super::affected;
use super::phrases::Phrases;
use super::reading::sentences;
use super::telling::{self, FAULT};
use crate::problem::Urgency;

/// What a phrase says of the impact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Impact {
    Critical,
    High,
    /// High if something fails at all: "all invoices bounce", but not "all invoices as PDF, please".
    HighIfFaulty,
    /// Somebody said that it can wait.
    NoRush,
    /// A wish or a question; low unless something fails.
    Wish,
}

static IMPACT: LazyLock<Phrases<Impact>> = LazyLock::new(|| {
    Phrases::new(&[
        (
            Impact::Critical,
            "ransom*|files are encrypted|files encrypted|all files|alle dateien|verschlusselt*| \
             data breach|datenpanne|losegeld|erpress*|decryptor",
        ),
        (
            Impact::Critical,
            "whole company|entire company|half the company|company wide|everyone is affected| \
             nobody can work|no one can work|nobody can log|no one can log|nobody can sign in|all users|everyone is down| \
             everything is down|all sites|all servers|ganze firma|komplette firma|niemand kann| \
             keiner kann|alle betroffen|alle benutzer|alle mitarbeiter|nichts geht mehr",
        ),
        (
            Impact::Critical,
            "production is down|production down|production has stopped|production line|line is standing|standstill| \
             produktion steht|stillstand|server is down|servers are down|server is dead|servers are dead| \
             server ist ausgefallen|site is down|complete outage|total outage|major outage|totalausfall|data loss| \
             datenverlust|life safety|hospital|emergency room|p1|priority 1|prio 1|priority critical|sev 1|severity 1",
        ),
        (
            Impact::Critical,
            "still spreading|is spreading|encrypting right now|somebody is signed in| \
             money was transferred|wire transfer",
        ),
        (
            Impact::High,
            "urgent*|asap|as soon as possible|immediately please|right away|dringend*|sofort|eilt|bitte schnell| \
             schnellstmoglich*|so schnell wie|please quick*|quick please|please hurry|please help quickly|quickly please| \
             deadline|heute noch|before noon|by noon|by end of day|payroll|lohnabrechnung|month end| \
             monatsabschluss|quarter end|vip|ceo|cfo|managing director|geschaftsfuhr*|chef| \
             priority high|priority 2|prio 2|p2|high priority",
        ),
        (
            Impact::High,
            "cannot work|cant work|unable to work|kann nicht arbeiten|konnen nicht arbeiten|nicht mehr arbeiten| \
             nobody can|no one can|none of us can|none of them can| \
             several users|many users|multiple users|a lot of users|mehrere benutzer| \
             mehrere mitarbeiter|viele benutzer|viele mitarbeiter|whole team|whole office|whole site|whole department| \
             whole floor|entire office|entire team|entire floor|ganze abteilung|ganze buro|ganze stockwerk| \
             the office is|branch is offline|branch office| \
             everyone in|standort ist|filiale ist|customers cannot|customers cant|kunden konnen|compromised|gehackt|hacked| \
             phishing|changed bank details|spray*|down since|outage|ausgefallen|ausfall|is down| \
             are down|are dead|last good backup|last good restore point|no backup|kein backup|paused",
        ),
        (
            Impact::HighIfFaulty,
            "all invoices|all mails|all emails|all orders|all calls|all phones|all printers|all jobs|all laptops| \
             alle rechnungen|alle mails|alle auftrage|alle anrufe|alle telefone|alle drucker|alle rechner|alle kollegen| \
             all of us|all of them|everyone is|everyone has|everyone gets|everybody is|everybody gets|branch in|branch loses|filiale in|standort in|sessions die| \
             presentation at|presentation in|presentation starts|meeting starts|meeting in ten|prasentation um| \
             prasentation in|right now|customers are waiting|patients|patienten|kunden warten|trucks are waiting| \
             ships today|cannot ship|cant ship|cannot invoice|only one who can|in front of the gate|start on monday",
        ),
        (
            Impact::NoRush,
            "no rush|not urgent|nicht dringend|no hurry|when you have time|whenever you have time| \
             when you get a chance|wenn zeit ist|wenn ihr zeit habt|bei gelegenheit|eilt nicht|low priority|priority low| \
             prio 4|priority 4|p4|cosmetic|schonheitsfehler|nice to have",
        ),
        (
            Impact::Wish,
            "just a question|quick question|wants to know|nur eine frage|kurze frage|would like to|can you quote| \
             angebot|next month|feature request|how to add|bestellen|has to be ordered|to order|wunscht sich|hatte gern*| \
             please set up|please order|please add|please install|bitte einrichten",
        ),
    ])
});

/// A said "no rush" outweighs everything but what is critical; otherwise the greatest impact found. A wish is low as long
/// as nothing fails.
pub(super) fn of(told: &str) -> Urgency {
    let found = IMPACT.found(told);
    let says = |impact| found.contains(&impact);
    if says(Impact::Critical) {
        return Urgency::Critical;
    }
    if says(Impact::NoRush) {
        return Urgency::Low;
    }
    let faulty = sentences(told).iter().any(|sentence| telling::weight(sentence) >= FAULT);
    if says(Impact::High) || faulty && (says(Impact::HighIfFaulty) || affected::many(told)) {
        Urgency::High
    } else if says(Impact::Wish) && !faulty {
        Urgency::Low
    } else {
        Urgency::Medium
    }
}

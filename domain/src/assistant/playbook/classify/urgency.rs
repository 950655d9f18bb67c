//! How urgent it is, by what people write of its impact.

use std::sync::LazyLock;

use super::phrases::Phrases;
use crate::problem::Urgency;

static IMPACT: LazyLock<Phrases<Urgency>> = LazyLock::new(|| {
    Phrases::new(&[
        (
            Urgency::Critical,
            "ransom*|files are encrypted|files encrypted|all files|alle dateien|verschlusselt*| \
             data breach|datenpanne|losegeld|erpress*",
        ),
        (
            Urgency::Critical,
            "whole company|entire company|half the company|company wide|everyone is affected| \
             nobody can work|no one can work|nobody can log|all users|everyone is down| \
             everything is down|all sites|all servers|ganze firma|komplette firma|niemand kann| \
             keiner kann|alle betroffen|alle benutzer|alle mitarbeiter|nichts geht mehr",
        ),
        (
            Urgency::Critical,
            "production is down|production down|production line|line is standing|standstill| \
             produktion steht|stillstand|server is down|servers are down|site is down|complete outage| \
             total outage|major outage|totalausfall|data loss|datenverlust|life safety|hospital| \
             emergency room|p1|priority 1|prio 1|priority critical|sev 1|severity 1",
        ),
        (
            Urgency::Critical,
            "still spreading|is spreading|encrypting right now|somebody is signed in| \
             money was transferred|wire transfer",
        ),
        (
            Urgency::High,
            "urgent*|asap|as soon as possible|immediately please|right away|dringend*|sofort|eilt| \
             deadline|heute noch|before noon|by noon|by end of day|payroll|lohnabrechnung|month end| \
             monatsabschluss|quarter end|vip|ceo|cfo|managing director|geschaftsfuhr*|chef| \
             priority high|priority 2|prio 2|p2|high priority",
        ),
        (
            Urgency::High,
            "cannot work|cant work|unable to work|kann nicht arbeiten|konnen nicht arbeiten| \
             several users|many users|multiple users|a lot of users|mehrere benutzer| \
             mehrere mitarbeiter|viele benutzer|whole team|whole office|whole site|whole department| \
             entire office|entire team|ganze abteilung|the office is|branch is offline|branch office| \
             everyone in|standort ist|customers cannot|customers cant|compromised|gehackt|hacked| \
             phishing|changed bank details|spray*|down since|outage|ausgefallen|ausfall|is down| \
             are down|last good backup|no backup|kein backup|paused",
        ),
        (
            Urgency::Low,
            "no rush|not urgent|nicht dringend|no hurry|when you have time|whenever you have time| \
             when you get a chance|wenn zeit ist|bei gelegenheit|eilt nicht|low priority|priority low| \
             prio 4|priority 4|p4|cosmetic|schonheitsfehler|nice to have|just a question| \
             quick question|wants to know|nur eine frage|kurze frage|would like to|can you quote| \
             angebot|next month|feature request|how to add|bestellen|has to be ordered|to order",
        ),
    ])
});

/// A said "no rush" outweighs everything but what is critical; otherwise the greatest impact found.
pub(super) fn of(told: &str) -> Urgency {
    let found = IMPACT.found(told);
    if found.contains(&Urgency::Critical) {
        Urgency::Critical
    } else if found.contains(&Urgency::Low) {
        Urgency::Low
    } else if found.contains(&Urgency::High) {
        Urgency::High
    } else {
        Urgency::Medium
    }
}

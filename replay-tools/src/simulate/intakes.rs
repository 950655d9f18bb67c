//! What customers complain of: what fits a starter flow, and what fits none.

use super::chance::Chance;

/// Complaints that the starter flows are made for.
const KNOWN: [&str; 14] = [
    "{who} is locked out again, every twenty minutes since the password was changed. We unlock the account in AD and it \
     locks again.",
    "{who} can't print, the printer on the second floor says offline. Error 0x0000011b when connecting to the shared printer.",
    "Outlook asks {who} for the password again and again, although webmail works.",
    "The VPN of {who} drops every hour, then the tunnel has to be started again by hand.",
    "Logon takes ten minutes for {who} since the profile server was moved.",
    "Windows update fails with 0x80070643 on the computer of {who}, it tries again at every restart.",
    "The trust relationship between this workstation and the primary domain failed, says the notebook of {who}.",
    "{who} gets no IP address in the training room, the network card shows 169.254. The DHCP scope may be full.",
    "Backup failed last night, the SQL VSS writer is in a failed state. {who} noticed it in the report.",
    "The website is not found inside the office, outside it works. {who} says nslookup gives another address.",
    "One-way audio on VoIP calls: {who} hears the caller, the caller hears nothing.",
    "There is a ransom note on the file server and files end in .locked. {who} found it this morning.",
    "{who} got strange mails that look as if the boss wrote them, asking for gift cards.",
    "Virtual machines are paused because the datastore is full. {who} can't reach the ERP.",
];

/// Complaints that no starter flow is made for.
const NOVEL: [&str; 5] = [
    "The badge encoder at the reception writes wrong numbers on the cards, {who} has to do each card twice.",
    "The label scale in shipping shows kilograms in the wrong column, says {who}.",
    "The coffee machine's cash terminal does not book to the staff accounts any more. {who} has the list.",
    "The planetarium projector of the school drifts to the left, {who} thinks it is the clock.",
    "The plotter cuts the vinyl two millimetres beside the line since {who} moved it to the other room.",
];

const WHO: [&str; 12] = [
    "Anna Berger",
    "Herr Yilmaz",
    "Frau Dr. Petersen",
    "the accounting team",
    "Mr Novak",
    "Lucia Romano",
    "the warehouse",
    "Jonas",
    "the branch in Kassel",
    "Ms O'Neill",
    "the new trainee",
    "the managing director",
];

const SINCE: [&str; 5] =
    ["Since this morning.", "It began on Monday.", "It worked last week.", "Nobody changed anything.", ""];

/// A complaint.
pub(super) fn intake(chance: &mut Chance, novel: bool) -> String {
    let complaint = if novel { chance.one(&NOVEL) } else { chance.one(&KNOWN) };
    let text = complaint.replace("{who}", chance.one::<&str>(&WHO));
    format!("{text} {}", chance.one(&SINCE)).trim().to_owned()
}

/// What an engineer says in own words.
pub(super) fn own_words(chance: &mut Chance) -> &'static str {
    chance.one::<&str>(&[
        "Neither; it happens on two machines, not on the others.",
        "I can't tell, the user is on the phone with somebody else.",
        "It is different at the branch: there it works.",
        "It was like this last month as well, and went away.",
    ])
}

/// How a problem was solved, in words.
pub(super) fn resolution(chance: &mut Chance) -> &'static str {
    chance.one::<&str>(&[
        "A stored credential kept sending the former password; removed it, quiet for an hour.",
        "Replaced the driver by the vendor's current one and restarted the spooler.",
        "The scope was exhausted; shortened the lease and removed stale reservations.",
        "A scheduled task ran with an old password; gave it a managed service account.",
        "The certificate had expired; renewed it and noted the next date.",
        "Cleared the cache and signed in again; works in all applications.",
    ])
}

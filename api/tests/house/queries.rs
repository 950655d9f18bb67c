//! Whoever reads a read model says whose: every public query takes the account, save the few that find it out.

use regex::Regex;

use crate::workspace::sources;

/// The engine serves all accounts; it hands nothing of theirs to a caller.
const ENGINE: &[&str] = &["checkpoint", "comparison", "freshness", "quarantine", "runner", "work_queue"];

/// How a token's bearer is found, before the account is known.
const BEFORE_THE_ACCOUNT: &[&str] = &["member", "members_by_email"];

/// Timers go by the settings of each account, and another embedder embeds what each of them has.
const OF_ALL_ACCOUNTS: &[&str] = &["all_settings", "accounts_to_embed"];

#[test]
fn every_public_query_takes_the_account() {
    let signature = Regex::new(r"pub async fn (\w+)\s*(?:<[^>]*>)?\(([^{;]*?)\)\s*->").unwrap();
    let mut seen = 0;
    for source in sources("projections/src") {
        let module = source.path.split('/').nth(2).unwrap().trim_end_matches(".rs");
        for found in signature.captures_iter(&source.code()) {
            let [name, parameters] = found.extract().1;
            if !parameters.contains("PgPool")
                || ENGINE.contains(&module)
                || BEFORE_THE_ACCOUNT.contains(&name)
                || OF_ALL_ACCOUNTS.contains(&name)
            {
                continue;
            }
            seen += 1;
            assert!(parameters.contains("account: AccountId"), "{}: {name} takes no account", source.path);
        }
    }
    assert!(seen > 5, "only {seen} queries found: they are written otherwise than this reads them");
}

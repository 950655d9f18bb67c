//! The facts that a problem of each domain always needs: what the next person will ask first.

mod devices;
mod directory;
mod network;
mod servers;

use crate::problem::ProblemDomain;

/// One fact: with options it is a question, without it is asked for in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fact {
    /// What is asked.
    pub(super) text: &'static str,
    /// Why, and what it decides.
    pub(super) why: &'static str,
    /// Ready answers.
    pub(super) options: &'static [&'static str],
    /// Exact places to look.
    pub(super) look: &'static [&'static str],
}

/// The facts of a domain, the most telling first.
pub(super) fn of(domain: ProblemDomain) -> &'static [Fact] {
    match domain {
        ProblemDomain::ActiveDirectory => &directory::ACTIVE_DIRECTORY,
        ProblemDomain::Networking => &network::NETWORKING,
        ProblemDomain::M365 => &directory::M365,
        ProblemDomain::Hardware => &devices::HARDWARE,
        ProblemDomain::Endpoint => &devices::ENDPOINT,
        ProblemDomain::Virtualization => &servers::VIRTUALIZATION,
        ProblemDomain::Security => &directory::SECURITY,
        ProblemDomain::Backup => &servers::BACKUP,
        ProblemDomain::Email => &network::EMAIL,
        ProblemDomain::Printing => &devices::PRINTING,
        ProblemDomain::Cloud => &servers::CLOUD,
        ProblemDomain::Other => &servers::OTHER,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_domain_asks_three_to_five_different_facts_with_two_to_five_options_or_places_to_look() {
        for domain in ProblemDomain::ALL {
            let facts = of(domain);
            assert!((3..=5).contains(&facts.len()), "{domain:?}");
            let texts: HashSet<_> = facts.iter().map(|fact| fact.text).collect();
            assert_eq!(texts.len(), facts.len(), "{domain:?}");
            for fact in facts {
                assert!(!fact.why.is_empty(), "{}", fact.text);
                let ready = (2..=5).contains(&fact.options.len()) && fact.look.is_empty();
                let asked = fact.options.is_empty() && !fact.look.is_empty();
                assert!(ready || asked, "{}", fact.text);
            }
        }
    }
}

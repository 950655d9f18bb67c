//! Facts about connections: networking and e-mail.

use super::Fact;

pub(super) const NETWORKING: [Fact; 5] = [
    Fact {
        text: "What is affected?",
        why: "The edge of the fault is where the fault is: one port, one switch or access point, one site, one service.",
        options: &[
            "One device",
            "Several devices at one place or on one Wi-Fi",
            "A whole site",
            "Several sites or the link between them",
            "One service only, everything else works",
        ],
        look: &[],
    },
    Fact {
        text: "How far does it get: own address, gateway, an internet address, a name?",
        why: "The first hop that does not answer is the place to look; names that fail while addresses answer are DNS.",
        options: &[],
        look: &[
            "ipconfig /all: address, gateway, DNS servers, lease",
            "ping <gateway>, then ping 1.1.1.1",
            "Resolve-DnsName <name>, and Resolve-DnsName <name> -Server 1.1.1.1",
            "Test-NetConnection <host> -Port <port> -InformationLevel Detailed",
            "tracert -d <host>",
        ],
    },
    Fact {
        text: "Is it there all the time, or does it come and go?",
        why: "A rhythm (every hour, at lunch, when it rains) tells lifetimes, load and the line apart.",
        options: &[
            "All the time",
            "It comes and goes at regular times",
            "It comes and goes without a pattern",
            "Only under load",
        ],
        look: &[],
    },
    Fact {
        text: "Since when, and what was changed: firewall, switch, provider, cabling, firmware?",
        why: "Nearly every sudden network fault follows a change, often the provider's.",
        options: &[],
        look: &[
            "Firewall: configuration history and system log around the first failure",
            "Switch: port status, errors and the log (show interface, show log)",
            "The provider's status page, and whether the modem was replaced",
        ],
    },
    Fact {
        text: "What do the firewall and the switch log at the moment it fails?",
        why: "The device in the middle sees what neither end can: drops with their rule, link changes, loops, a full table.",
        options: &[],
        look: &[
            "Firewall: live traffic log, filtered by the client's address, denied and dropped",
            "Switch: link up and down, MAC flapping, spanning tree changes",
            "Line: errors, signal and resynchronisations at the modem",
        ],
    },
];

pub(super) const EMAIL: [Fact; 5] = [
    Fact {
        text: "Which direction fails?",
        why: "Outgoing faults are about the sender's records and reputation, incoming ones about filters, connectors and \
              the MX record.",
        options: &[
            "Sending to one recipient or domain",
            "Sending to everyone",
            "Receiving from outside",
            "Inside the company",
            "Late, but it arrives",
        ],
        look: &[],
    },
    Fact {
        text: "What does the bounce say, word for word, with its code?",
        why: "The enhanced code (5.1.10, 5.7.1, 5.7.26, 4.4.7 …) and the server that wrote it name cause and place.",
        options: &[],
        look: &[
            "The whole bounce, with the part below \"Diagnostic information for administrators\"",
            "Which server wrote it: the customer's own, or the recipient's",
        ],
    },
    Fact {
        text: "What does the message trace say of one affected message?",
        why: "It tells whether the message left, was filtered, quarantined or delivered, and to where.",
        options: &[],
        look: &[
            "Exchange admin center, Mail flow, Message trace: sender, recipient, time",
            "Defender portal, Email & collaboration, Review, Quarantine",
            "Sender, recipient, subject, time and time zone, Message-ID of one example",
        ],
    },
    Fact {
        text: "Do SPF, DKIM and DMARC of the sending domain pass?",
        why: "Since the large providers enforce them, a missing record or a second mail service outside SPF is the usual \
              reason for junk and 5.7.26.",
        options: &[],
        look: &[
            "Resolve-DnsName <domain> -Type TXT",
            "Resolve-DnsName _dmarc.<domain> -Type TXT",
            "The header Authentication-Results of a message that arrived",
        ],
    },
    Fact {
        text: "Since when, and what changed: DNS records, connectors, filter rules, a new sending service?",
        why: "A newsletter tool, a moved domain or an edited transport rule is the usual beginning.",
        options: &[],
        look: &[
            "Exchange admin center, Mail flow, Rules and Connectors: last modified",
            "The domain's DNS zone: MX, SPF, autodiscover and when they were edited",
        ],
    },
];

//! Facts about identities: Active Directory, Microsoft 365, security.

use super::Fact;

pub(super) const ACTIVE_DIRECTORY: [Fact; 5] = [
    Fact {
        text: "Who or what is affected?",
        why: "One account points to the account or its device, one site to a domain controller or the line, everyone to \
              the directory itself.",
        options: &[
            "One user on one computer",
            "One user on every computer",
            "One computer, whoever signs in",
            "Several users or one site",
            "Everyone",
        ],
        look: &[],
    },
    Fact {
        text: "What is the exact message or event, and on which machine does it appear?",
        why: "The code names the cause: 4625 with its sub status, 4740, 4771, 5719 and 1058 are different problems that \
              users describe in the same words.",
        options: &[],
        look: &[
            "On the domain controllers: Event Viewer, Windows Logs, Security: 4625, 4740, 4768, 4771, 4776",
            "On the computer: Event Viewer, Windows Logs, System: NETLOGON 5719 and 3210, GroupPolicy 1006, 1030, 1058",
            "The message word for word, with its code",
        ],
    },
    Fact {
        text: "When did it begin, and what changed in the days before?",
        why: "Password changes, renamed or restored machines, new domain controllers and edited policies explain most \
              directory problems.",
        options: &[],
        look: &[
            "Get-ADUser <user> -Properties PasswordLastSet, whenChanged, LastBadPasswordAttempt, AccountExpirationDate",
            "Group Policy Management: the column Modified of the policies that apply",
            "Patches, restored snapshots, migrations, new or demoted domain controllers",
        ],
    },
    Fact {
        text: "Are the domain controllers healthy and in agreement?",
        why: "A replication fault makes the same account right on one controller and wrong on another; look before \
              changing anything.",
        options: &[],
        look: &[
            "repadmin /replsummary",
            "dcdiag /q",
            "w32tm /monitor (a drift above 5 minutes breaks Kerberos)",
        ],
    },
    Fact {
        text: "Which domain controller and which DNS server does the affected machine use?",
        why: "A client that asks a public DNS server or a controller of another site finds no logon server.",
        options: &[],
        look: &[
            "nltest /dsgetdc:<domain>",
            "ipconfig /all: DNS Servers must be the domain controllers only",
            "echo %LOGONSERVER%",
        ],
    },
];

pub(super) const M365: [Fact; 5] = [
    Fact {
        text: "Does it also happen in the browser, in a private window, with the same account?",
        why: "What works in the browser is right in the cloud: then the computer, its sign-in tokens or the program are \
              the place to look.",
        options: &[
            "Browser works, only the desktop app fails",
            "It fails in the browser too",
            "Only on the phone",
            "Not tested yet",
        ],
        look: &[],
    },
    Fact {
        text: "Who is affected?",
        why: "One user points to licence, policy or device; all users of a tenant to a setting or to the service.",
        options: &[
            "One user",
            "Several users with something in common",
            "The whole tenant",
            "Several tenants",
        ],
        look: &[],
    },
    Fact {
        text: "What is the exact error, with its code, time and correlation id?",
        why: "AADSTS and service codes name the policy or setting that refused; support asks for the correlation id first.",
        options: &[],
        look: &[
            "The error page: More details or Troubleshooting details",
            "Entra admin center, Monitoring, Sign-in logs: the user's entry, Basic info and Conditional Access",
            "Microsoft 365 admin center, Health, Service health: anything open for this service",
        ],
    },
    Fact {
        text: "Which licence and which policies does the user have?",
        why: "A licence that was moved, or a conditional access policy that was edited, is the most frequent change that \
              nobody mentions.",
        options: &[],
        look: &[
            "Microsoft 365 admin center, Users, the user, Licenses and apps",
            "Entra admin center, Protection, Conditional Access, What If",
            "Entra admin center, Monitoring, Audit logs: changes to the user in the last week",
        ],
    },
    Fact {
        text: "Since when, and what changed before: password, device, licence, policy, app version?",
        why: "The first failed sign-in after a change usually names that change.",
        options: &[],
        look: &[
            "File, Account: version and update channel of Office",
            "dsregcmd /status: AzureAdJoined, AzureAdPrt, TenantName",
        ],
    },
];

pub(super) const SECURITY: [Fact; 5] = [
    Fact {
        text: "Is it still going on: is somebody signed in, is data being encrypted or sent?",
        why: "What is running is contained first: isolate the device or block the account before gathering anything else. \
              Do not switch machines off, their memory is evidence.",
        options: &["Yes, it is going on", "It has stopped", "Nobody knows"],
        look: &[],
    },
    Fact {
        text: "Which accounts, devices and data are concerned, as far as is known?",
        why: "The scope decides who must be called: one mailbox, an administrator's account, or a server with personal data.",
        options: &[],
        look: &[
            "Entra admin center, Monitoring, Sign-in logs: the account, foreign addresses, successful ones first",
            "Defender or EDR console: the device's timeline and related alerts",
            "On servers: Security log 4624 (types 3 and 10), 4672, 4720, 4732, 1102",
        ],
    },
    Fact {
        text: "What was seen first, when, and by whom?",
        why: "The first sign sets the time window for every log search, and for a duty to notify.",
        options: &[],
        look: &[
            "The alert or message word for word, with its time zone",
            "A screenshot or the mail as a file, with its headers",
        ],
    },
    Fact {
        text: "What has been done since, exactly?",
        why: "Reset passwords, deleted mails and restarted machines change what the logs show; whoever takes over needs the \
              list.",
        options: &[],
        look: &[
            "Accounts blocked, sessions revoked, passwords reset, with times",
            "Devices isolated, restarted, reinstalled",
            "Mails deleted, rules removed, files restored",
        ],
    },
    Fact {
        text: "Who has been told: the customer's management, their insurer, the data protection officer?",
        why: "Insurers and the law set deadlines that begin with the discovery (72 hours under the GDPR).",
        options: &["Nobody yet", "The customer's management", "Management and insurer", "All of them"],
        look: &[],
    },
];

//! Facts about what runs elsewhere: virtualisation, backup, cloud; and what is asked of anything else.

use super::Fact;

pub(super) const VIRTUALIZATION: [Fact; 5] = [
    Fact {
        text: "What is affected?",
        why: "One machine points to its guest or its disks, one host to the host, all on one datastore to the storage.",
        options: &[
            "One virtual machine",
            "Every machine on one host",
            "Every machine on one datastore",
            "The management (vCenter, SCVMM) only",
            "The whole cluster",
        ],
        look: &[],
    },
    Fact {
        text: "How much space is free on every datastore and volume, and are there snapshots?",
        why: "A full datastore stops machines without warning, and forgotten snapshots fill it. Delete nothing before you \
              know what it belongs to.",
        options: &[],
        look: &[
            "vSphere: Storage, the datastore, Summary and Files; VM, Snapshots, Manage Snapshots",
            "Hyper-V: Get-VM | Get-VMSnapshot, and Get-Volume on the host (look for .avhdx files)",
            "Thin disks: provisioned against capacity",
        ],
    },
    Fact {
        text: "Which message do the host and the machine show, at what time?",
        why: "The task's or event's text names the file, path or resource that is missing.",
        options: &[],
        look: &[
            "vSphere: Monitor, Tasks and Events, of the VM and of the host; vmware.log in the VM's folder",
            "Hyper-V: Event Viewer, Microsoft, Windows, Hyper-V-VMMS, Admin, and Hyper-V-Worker",
            "The guest's System log around the same minute",
        ],
    },
    Fact {
        text: "How are the host's processor, memory, storage latency and paths?",
        why: "Latency above 20 ms or a lost path looks like a fault of every guest at once.",
        options: &[],
        look: &[
            "esxtop: d for adapters, u for devices (DAVG, KAVG), m for memory (SWCUR, MCTLSZ)",
            "Hyper-V: Get-VMHost, Get-ClusterNode, Get-ClusterSharedVolume, performance counters of the physical disks",
            "Storage array: degraded disks, failed controller, rebuild running",
        ],
    },
    Fact {
        text: "Since when, and what changed: updates of host or tools, backup job, migration, storage?",
        why: "Backup jobs leave snapshots, migrations leave locks, updates change drivers.",
        options: &[
            "Host or firmware update",
            "A backup or replication job ran",
            "A migration or new machine",
            "Storage or network work",
            "Nothing known",
        ],
        look: &[],
    },
];

pub(super) const BACKUP: [Fact; 5] = [
    Fact {
        text: "When was the last backup that is known to be good, of what, and is it kept off site?",
        why: "It sets how much is at risk while this lasts, and whether repair may touch the existing chain.",
        options: &[],
        look: &[
            "Backup console: last successful restore point of each affected machine",
            "Whether a restore of it was ever tested",
            "Free space of the repository",
        ],
    },
    Fact {
        text: "Which part fails?",
        why: "Snapshot, transport, target and retention fail for different reasons and in different logs.",
        options: &[
            "Before anything is copied (snapshot, VSS, connection)",
            "While data is copied",
            "Writing to the target, or no space",
            "Verification, merge or retention",
            "The restore",
        ],
        look: &[],
    },
    Fact {
        text: "What does the job say, word for word, with its code?",
        why: "The first error in the log is the cause, the last one only its consequence.",
        options: &[],
        look: &[
            "The job's session log: the first line with an error, and the object it names",
            "On the machine: Event Viewer, Application: VSS 8193, 12289, 12293; System: volsnap 25, 36; disk 153",
            "vssadmin list writers (state and last error of each)",
        ],
    },
    Fact {
        text: "Is it one machine or every machine of the job, and since which run?",
        why: "One machine: its guest and writers. All: credentials, network, repository, licence.",
        options: &[
            "One machine, since one run",
            "One machine, now and then",
            "Every machine of one job",
            "Every job",
        ],
        look: &[],
    },
    Fact {
        text: "What changed before the first failed run: passwords, updates, disks, agents, licence?",
        why: "A changed service password and a moved repository explain most jobs that failed overnight.",
        options: &[],
        look: &[
            "Credentials that the job uses, and when they were changed",
            "Version of server and agents, licence and its expiry",
            "New volumes, moved disks, other products that use VSS",
        ],
    },
];

pub(super) const CLOUD: [Fact; 5] = [
    Fact {
        text: "Which resource is it, exactly?",
        why: "Names repeat across subscriptions and regions; whoever helps needs the one address of this one.",
        options: &[],
        look: &[
            "Azure portal, the resource, Properties, Resource ID",
            "AWS console: account, region and ARN",
            "Since when it exists, and who manages it",
        ],
    },
    Fact {
        text: "Does the provider report a fault, and what does the resource's own health say?",
        why: "It is the one cause that nobody can mend, and takes a minute to rule out.",
        options: &[],
        look: &[
            "Azure portal: Service Health, and the resource's Help, Resource health",
            "AWS Health Dashboard, EC2 status checks",
            "Boot diagnostics: screenshot and serial log",
        ],
    },
    Fact {
        text: "From where can it be reached?",
        why: "The first place from which it answers tells the network, its rules and the machine apart.",
        options: &[
            "From nowhere",
            "Only from inside its network",
            "From some places or networks only",
            "It answers, but the service does not",
            "It comes and goes",
        ],
        look: &[],
    },
    Fact {
        text: "What was changed lately, by whom?",
        why: "The activity log knows every deployment, stop, rule and role change of the last 90 days.",
        options: &[],
        look: &[
            "Azure portal, the resource group, Activity log, last 7 days, operations that write or delete",
            "AWS CloudTrail, Event history, by resource",
            "Pipelines and Terraform runs",
        ],
    },
    Fact {
        text: "Do rules, quotas, cost limits or expired secrets stand in the way?",
        why: "They stop things that nobody touched.",
        options: &[],
        look: &[
            "Network Watcher, IP flow verify and Effective security rules of the network interface",
            "Subscriptions, Usage + quotas; Cost Management: disabled subscription, spending limit",
            "App registrations, Certificates & secrets; Key Vault: expiry",
        ],
    },
];

pub(super) const OTHER: [Fact; 5] = [
    Fact {
        text: "What should happen, and what happens instead?",
        why: "Said in one sentence each, it shows which system is to be looked at, and when it is solved.",
        options: &[],
        look: &[
            "The steps that lead to it, one by one",
            "What is expected, what is seen",
            "A screenshot of the moment it fails",
        ],
    },
    Fact {
        text: "Who is affected?",
        why: "What the affected have in common, and the others have not, is where the cause lies.",
        options: &[
            "One person",
            "Several people with something in common",
            "A whole site or team",
            "Everyone",
        ],
        look: &[],
    },
    Fact {
        text: "Since when, and what changed before?",
        why: "What worked yesterday was changed since: update, password, move, new device, contract.",
        options: &[
            "It never worked",
            "Since a change that is known",
            "Suddenly, nothing known was changed",
            "It got worse bit by bit",
            "It comes and goes",
        ],
        look: &[],
    },
    Fact {
        text: "What is the exact message or code, and where does it appear?",
        why: "Word for word it can be searched for; from memory it can't.",
        options: &[],
        look: &[
            "The text or code, copied, not retyped",
            "The program and its version (Help, About)",
            "Event Viewer, Windows Logs, Application and System, at that minute",
        ],
    },
    Fact {
        text: "What has been tried already, and what did it change?",
        why: "It saves the next person from doing it again, and what changed something is a clue.",
        options: &[],
        look: &[
            "Restarts, reinstallations, other devices, other users, other networks",
            "What made it better or worse, even briefly",
        ],
    },
];

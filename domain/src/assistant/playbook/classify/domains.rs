//! The words of each domain, and how much they say. German everyday words stand among them, folded.

use std::sync::LazyLock;

use super::phrases::Phrases;
use crate::problem::ProblemDomain as Area;

/// Less than this is a guess: the domain is OTHER then.
const ENOUGH: u32 = 2;

static TERMS: LazyLock<Phrases<(Area, u32)>> = LazyLock::new(|| {
    Phrases::new(&[
        (
            (Area::ActiveDirectory, 4),
            "active directory|domain controller*|trust relationship|vertrauensstellung| \
             account lockout*|security database|computer account*|*lockouts|locked out of windows|group policy|group policies|gpo|gpos| \
             gruppenrichtlinie*|gpupdate|kerberos|ntlm|netlogon|ldap|sysvol|dcdiag|repadmin|pdc|fsmo| \
             4740|4771|4776|badpwdcount|secure channel|secure channels|domain join*|domanencontroller| \
             aduc|computerkonto",
        ),
        (
            (Area::ActiveDirectory, 3),
            "locked out|account locked|account is locked|keeps locking|getting locked|gets locked| \
             unlock her|unlock him|unlock the account|konto gesperrt|konto ist gesperrt|gesperrt*| \
             kontosperr*|service account*|domain user*|domain admin*|domain account*| \
             organizational unit|security group membership",
        ),
        ((Area::ActiveDirectory, 1), "domain|domane|password|passwort|kennwort|ad|ou|logon server*"),
        (
            (Area::Networking, 4),
            "dhcp|169.254*|apipa|vlan*|vpn|ipsec|ikev2|site to site|s2s|nslookup|nxdomain|dns probe*| \
             dns|default gateway|no ip address|keine ip|ip adresse*|ip address*|access point*|ssid| \
             wlan|wifi|wi fi|bgp|ospf|subnet*|subnetz|packet loss|paketverlust|standortvernetzung",
        ),
        (
            (Area::Networking, 3),
            "firewall*|fortigate*|sophos|watchguard|meraki|unifi|router*|switch port|switches| \
             network switch|core switch|tunnel*|latency|no internet|kein internet|internet is down| \
             internet down|internet ausgefallen|netzwerk*|leitung|voip|sip trunk|sip alg| \
             one way audio|name resolution|namensauflosung|port forward*|ping|website|websites|webseite*",
        ),
        (
            (Area::Networking, 1),
            "network*|internet|connection|verbindung|lan|cable|kabel|switch|gateway|website*| \
             webseite*|offline",
        ),
        (
            (Area::M365, 4),
            "office 365|microsoft 365|m365|o365|onedrive|sharepoint|teams|entra*|azure ad|aadsts*| \
             conditional access|exchange online|intune|autodiscover|tenant*|outlook asks| \
             outlook keeps|outlook fragt",
        ),
        (
            (Area::M365, 3),
            "outlook|owa|shared mailbox*|freigegebenes postfach|mfa|authenticator|sign in loop| \
             licence e3|licence e5|license e3|license e5|need password|anmeldefenster|office apps",
        ),
        (
            (Area::M365, 1),
            "mailbox*|postfach*|calendar*|kalender*|licence*|license*|lizenz*|excel|word|office",
        ),
        (
            (Area::Hardware, 4),
            "does not turn on|doesnt turn on|wont turn on|not turn on|not charging|ladt nicht| \
             geht nicht an|no power|beep code*|beeps|mainboard|motherboard|power supply|netzteil| \
             docking station*|battery*|akku*|fan noise|lufter|smart error|raid degraded| \
             degraded array|failed disk|hard drive failure|spilled|kaffee|black screen no light| \
             ups battery|usv|swollen|power button",
        ),
        (
            (Area::Hardware, 3),
            "charger|charging|adapter|monitor*|bildschirm flackert|flicker*|keyboard|tastatur|mouse| \
             maus|webcam|headset*|dock|docks|scanner|hinge|touchpad|display|ssd|hard disk|festplatte*| \
             memory module|ram module|blinks|blinking|led",
        ),
        ((Area::Hardware, 1), "laptop*|notebook*|hardware|device|gerat|screen"),
        (
            (Area::Endpoint, 4),
            "windows update*|windows updates|wsus|0x8007*|0x800f*|0x8024*|0xc1900*|blue screen*| \
             bluescreen*|bsod|slow logon|slow login|user profile service|temporary profile| \
             roaming profile|fslogix|feature update*|cumulative update*|kb50*|sccm|bitlocker| \
             windows 11|windows 10|takes minutes to sign in|anmeldung dauert|start menu|startmenu| \
             taskbar|explorer crash*|stop code",
        ),
        (
            (Area::Endpoint, 3),
            "slow|langsam*|logon|login takes|sign in takes|anmeldung|profile|profil|update fails| \
             updates fail|update failed|freezes|hangs|hangt|friert ein|driver*|treiber*|autopilot| \
             reboot loop|boot loop|disk full|c drive|browser|chrome|edge|mapped drive*|desktop",
        ),
        (
            (Area::Endpoint, 1),
            "pc|pcs|computer*|rechner|windows|workstation*|arbeitsplatz*|update*|patch*|tablet",
        ),
        (
            (Area::Virtualization, 5),
            "vmware|esxi|vcenter|vsphere|hyper v|datastore*|avhdx|vmdk|vhdx|snapshot consolidation| \
             consolidation needed|vmotion|live migration|checkpoint*|proxmox|nutanix|hypervisor*|vsan| \
             csv full|cluster shared volume*|vmtools|vmware tools",
        ),
        (
            (Area::Virtualization, 3),
            "snapshot*|virtual machine*|virtuelle maschine*|virtual disk*|vms|vm host|paused| \
             thin provision*|cluster node|gast system",
        ),
        ((Area::Virtualization, 1), "vm|host|cluster|storage"),
        (
            (Area::Security, 5),
            "ransom*|phishing|hacked|gehackt|compromised|kompromittiert|malware|virus*|trojan*| \
             encrypted files|files are encrypted|files encrypted|verschlusselt*|erpress*|losegeld| \
             forwarding rule*|inbox rule*|impossible travel|mfa prompts|unexpected mfa|data breach|breach|datenpanne|bitcoin| \
             lockbit|akira|token theft|mfa fatigue|ceo fraud|changed bank details|bank details| \
             spoofed|suspicious login*|suspicious sign in*|edr alert*|unauthorized access| \
             cryptolocker|password spray*|spraying|brute force",
        ),
        (
            (Area::Security, 3),
            "suspicious|verdachtig*|defender|edr|antivirus|virenscanner|quarantine*|clicked a link| \
             clicked on a link|fake page|strange mails|strange extension|unknown sign in*| \
             vulnerabilit*|cve|pentest|never sent|did not send|didnt send|scam|fraud|betrug|stolen| \
             gestohlen",
        ),
        ((Area::Security, 1), "security|attack*|angriff*|alert*|certificate*|zertifikat*|exploit*"),
        (
            (Area::Backup, 5),
            "backup*|back up|backups|datensicherung*|sicherungsauftrag|veeam|vss|shadow copy| \
             shadow copies|schattenkopie*|acronis|datto|0x800423*|8193|12289|restore point*| \
             wiederherstell*|arcserve|commvault|nakivo|altaro|retention|tape|bandlaufwerk",
        ),
        (
            (Area::Backup, 3),
            "restore a|restore the|restore of|restore from|recover a|deleted file*|deleted folder*| \
             geloschte*|repository full|sicherung*|replication job",
        ),
        (
            (Area::Email, 5),
            "bounce*|ndr|undeliverable|unzustellbar*|spf|dkim|dmarc|smtp|junk|spam folder|spam ordner| \
             spamordner|blacklist*|blocklist*|mail flow|message trace|mx record|550|5.7.*|5.1.*| \
             lands in spam|land in spam|goes to spam|distribution list|verteiler*|relay*| \
             transport rule*",
        ),
        (
            (Area::Email, 3),
            "newsletter*|mails come back|mail not received|not receiving mail*|cannot send mail*| \
             cant send mail*|mails not arriving|mails are delayed|delayed mail*|imap|pop3|mailserver| \
             mail server|spam|exchange server|attachment*|email signature|e mail signatur",
        ),
        ((Area::Email, 1), "mail|mails|e mail|e mails|email*|recipient*|empfanger|sender|absender|exchange"),
        (
            (Area::Printing, 5),
            "print|prints|printed|printing|printer*|print queue|spooler|druck*|*drucker|toner|ribbon| \
             paper jam|papierstau|0x0000011b|0x00000709|0x00000bcb|label printer*|plotter|mfp|kyocera| \
             ricoh|zebra|scan to mail|scan to folder",
        ),
        ((Area::Printing, 2), "tray|cartridge*|driver is needed|duplex|queue*"),
        (
            (Area::Cloud, 5),
            "azure|aws|ec2|gcp|google cloud|s3|nsg|network security group|cloud server|cloud vm| \
             bastion|boot diagnostics|availability zone|resource group|kubernetes|aks|eks|app service| \
             lambda|serial console|cloud",
        ),
        ((Area::Cloud, 3), "instance*|subscription*|key vault|load balancer|blob|terraform|container*"),
    ])
});

/// The domain whose words weigh most; of equals the first; OTHER if none says enough.
pub(super) fn of(told: &str) -> Area {
    let mut weights = [0_u32; Area::ALL.len()];
    for (domain, weight) in TERMS.found(told) {
        weights[domain as usize] += weight;
    }
    let most = weights.iter().copied().max().unwrap_or(0);
    if most < ENOUGH {
        return Area::Other;
    }
    let first = weights.iter().position(|weight| *weight == most);
    first.map_or(Area::Other, |place| Area::ALL[place])
}

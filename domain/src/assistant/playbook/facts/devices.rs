//! Facts about what stands on desks: hardware, endpoints, printers.

use super::Fact;

pub(super) const HARDWARE: [Fact; 5] = [
    Fact {
        text: "What does the device still do when it is switched on?",
        why: "Lights, fans, sounds and the first picture tell power, board, memory, display and disk apart.",
        options: &[
            "Nothing at all",
            "Lights or fans, but no picture",
            "A picture, but it stops before Windows",
            "It runs, then fails or switches off",
            "It runs, one part of it does not",
        ],
        look: &[],
    },
    Fact {
        text: "Which lights, beeps or codes does it show?",
        why: "The maker's table turns a blink or beep code into the failed part; without it every guess costs a visit.",
        options: &[],
        look: &[
            "Colour and number of blinks of power, battery and caps lock light",
            "Beeps: number and length",
            "Diagnostics at the start: Dell F12, HP F2 or Esc, Lenovo F10 or F12",
        ],
    },
    Fact {
        text: "Maker, model and serial number, and is it under warranty?",
        why: "It decides between repair, replacement and a call to the maker, and names the right diagnostics.",
        options: &[],
        look: &[
            "Label on the underside, or Get-CimInstance Win32_BIOS | Select-Object SerialNumber",
            "The maker's warranty page with the serial number",
        ],
    },
    Fact {
        text: "Since when, and what happened before: fall, liquid, move, new part, firmware update?",
        why: "People mention it only when asked, and it decides whether the warranty holds.",
        options: &[
            "Fall or knock",
            "Liquid or heat",
            "Moved, or a part or dock was changed",
            "Firmware or driver update",
            "Nothing known",
        ],
        look: &[],
    },
    Fact {
        text: "Does it also happen without everything attached, and with a known good power supply and cable?",
        why: "Docks, power supplies, cables and memory are the cheapest causes and are ruled out in five minutes.",
        options: &["It works then", "No difference", "Not tested yet"],
        look: &[],
    },
];

pub(super) const ENDPOINT: [Fact; 5] = [
    Fact {
        text: "Does it follow the user or the computer?",
        why: "Another user on the same computer, and the same user on another one, halve the search at once.",
        options: &[
            "This user on every computer",
            "This computer for every user",
            "Only this user on this computer",
            "Several computers",
            "Not tested yet",
        ],
        look: &[],
    },
    Fact {
        text: "What exactly is seen, with message and code?",
        why: "\"It crashes\" can be a fault of the program, a driver, the disk or a policy; the log knows which.",
        options: &[],
        look: &[
            "Event Viewer, Windows Logs, Application: Application Error 1000, .NET Runtime 1026; System: Kernel-Power 41, disk 7 and 153",
            "Reliability history: perfmon /rel, the red marks of the day it began",
            "C:\\Windows\\Minidump after a blue screen, with its stop code",
        ],
    },
    Fact {
        text: "Since when, and what was installed or changed that day?",
        why: "Updates, drivers, security products and policies explain most sudden faults of a computer.",
        options: &[],
        look: &[
            "Get-HotFix | Sort-Object InstalledOn -Descending | Select-Object -First 5",
            "Settings, Apps, Installed apps, sorted by date",
            "RMM and Intune: deployments to this device",
        ],
    },
    Fact {
        text: "How are disk, memory and processor doing while it happens?",
        why: "A full or dying disk looks like anything: slow sign-in, failed updates, broken profiles.",
        options: &[],
        look: &[
            "Get-Volume C: SizeRemaining (below 10 % is a fault by itself)",
            "Get-PhysicalDisk | Get-StorageReliabilityCounter | Select-Object Wear, ReadErrorsTotal, Temperature",
            "Task Manager, Performance and Processes, sorted by what is at 100 %",
        ],
    },
    Fact {
        text: "Windows edition and build, and how is the device managed?",
        why: "Known faults hang on the build; what is managed by Intune or group policy is not to be mended by hand.",
        options: &[],
        look: &["winver", "dsregcmd /status: AzureAdJoined, DomainJoined", "gpresult /h C:\\Temp\\gp.html"],
    },
];

pub(super) const PRINTING: [Fact; 5] = [
    Fact {
        text: "Who cannot print, and where?",
        why: "One user: driver or profile. One printer for all: device, port or queue. All printers: the print server.",
        options: &[
            "One user, one printer",
            "One user, every printer",
            "Everyone on this printer",
            "Every printer of a server or site",
        ],
        look: &[],
    },
    Fact {
        text: "What becomes of a job?",
        why: "It tells where the job is lost: in the program, the queue, on the way, or in the device.",
        options: &[
            "It never shows in the queue",
            "It waits or shows an error in the queue",
            "It leaves the queue, nothing is printed",
            "It prints, but wrongly",
            "It takes very long",
        ],
        look: &[],
    },
    Fact {
        text: "Does the printer print its own test page, and does it answer on the network?",
        why: "A device that prints its configuration page and answers on its port is fine: then it is the computer or the server.",
        options: &[],
        look: &[
            "At the device: menu, Reports, configuration page (address, error counters)",
            "Test-NetConnection <printer> -Port 9100",
            "Get-Printer and Get-PrinterPort on the server: does the port's address match the page?",
        ],
    },
    Fact {
        text: "What does the print service log, with its code?",
        why: "0x0000011b, 0x00000709 and 0x00000bcb are policy and patch problems, and no driver in the world mends them.",
        options: &[],
        look: &[
            "Event Viewer, Applications and Services Logs, Microsoft, Windows, PrintService, Admin",
            "System log: Print Spooler 7031 and 7034 (it crashes)",
            "The code in the message when the printer is added",
        ],
    },
    Fact {
        text: "Since when, and what changed: driver, Windows update, printer address, print server?",
        why: "Monthly updates and new addresses are behind most printers that worked yesterday.",
        options: &[
            "Windows update",
            "New driver or new printer",
            "Network or address change",
            "Print server was changed",
            "Nothing known",
        ],
        look: &[],
    },
];

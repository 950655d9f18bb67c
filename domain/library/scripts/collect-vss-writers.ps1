<#---
name: Collect the state of VSS writers
category: Backup
description: >-
  For backups that fail on snapshots: lists the VSS writers that are not stable with the service behind each, shadow
  storage, free space and the events of the last days, and writes all of it into a report. It changes nothing else. Run it
  elevated on the server that is backed up, right after a failed backup.
parameters:
  - {key: folder, label: Folder for the report, type: PATH, default: "C:\\Temp"}
  - {key: days, label: How many days of events, type: INTEGER, default: "2"}
---#>
#Requires -Version 5.1
#Requires -RunAsAdministrator

$ErrorActionPreference = 'Stop'
$folder = {{folder}}
$days = {{days}}

if (-not (Test-Path -LiteralPath $folder)) { New-Item -ItemType Directory -Path $folder | Out-Null }
$report = Join-Path -Path $folder -ChildPath ('vss-{0}-{1:yyyyMMdd-HHmmss}.txt' -f $env:COMPUTERNAME, (Get-Date))

# The service that brings a writer back once it is restarted; each has its own price, so that none is restarted here.
$services = @{
    'SqlServerWriter' = 'SQLWriter'; 'Microsoft Hyper-V VSS Writer' = 'vmms'; 'NTDS' = 'NTDS (restart the server)'
    'Microsoft Exchange Writer' = 'MSExchangeIS'; 'System Writer' = 'CryptSvc'; 'WMI Writer' = 'Winmgmt'
    'Registry Writer' = 'VSS'; 'COM+ REGDB Writer' = 'VSS'; 'Shadow Copy Optimization Writer' = 'VSS'; 'ASR Writer' = 'VSS'
    'IIS Config Writer' = 'AppHostSvc'; 'IIS Metabase Writer' = 'IISADMIN'; 'DFS Replication service writer' = 'DFSR'
    'FSRM Writer' = 'srmsvc'; 'Dhcp Jet Writer' = 'DHCPServer'; 'Task Scheduler Writer' = 'Schedule'
    'MSSearch Service Writer' = 'WSearch'; 'TermServLicensing' = 'TermServLicensing'; 'BITS Writer' = 'BITS'
}

# The words of vssadmin are translated, the numbers in brackets are not: [1] is stable.
$listing = vssadmin list writers
$writers = for ($line = 0; $line -lt $listing.Count; $line++) {
    if ($listing[$line] -match "^\S.*'(?<name>[^']+)'\s*$") {
        $name = $Matches['name']
        $block = $listing[($line + 1)..([Math]::Min($line + 4, $listing.Count - 1))]
        $state = $block | Where-Object { $_ -match '\[\d+\]' } | Select-Object -First 1
        [pscustomobject]@{
            Writer    = $name
            State     = if ($state) { $state.Trim() } else { '' }
            IsStable  = [bool]($state -match '\[1\]')
            LastError = "$($block | Select-Object -Last 1)".Trim()
            Service   = $services[$name]
        }
    }
}

$sections = [ordered]@{
    'Writers that are not stable' = $writers | Where-Object { -not $_.IsStable } | Format-List
    'All writers'                 = $writers | Format-Table Writer, IsStable, State, Service -AutoSize
    'Providers'                   = vssadmin list providers
    'Shadow storage'              = vssadmin list shadowstorage
    'Shadow copies'               = vssadmin list shadows
    'Volumes'                     = Get-Volume | Format-Table DriveLetter, FileSystemLabel, FileSystem, HealthStatus, SizeRemaining, Size -AutoSize
    'Services'                    = Get-Service -Name VSS, swprv, SQLWriter, vmms -ErrorAction SilentlyContinue | Format-Table Name, Status, StartType -AutoSize
}

# VSS and volsnap say why, if anybody does: 8193, 8194, 12289, 12293 and volsnap 25, 36.
$since = (Get-Date).AddDays(-$days)
$events = foreach ($source in @{ LogName = 'Application'; ProviderName = 'VSS', 'SQLWRITER' }, @{ LogName = 'System'; ProviderName = 'volsnap' }) {
    Get-WinEvent -FilterHashtable ($source + @{ Level = 1, 2, 3; StartTime = $since }) -ErrorAction SilentlyContinue
}
$sections['Events'] = $events | Sort-Object TimeCreated | Format-List TimeCreated, ProviderName, Id, LevelDisplayName, Message

foreach ($title in $sections.Keys) {
    "=== $title" | Out-File -LiteralPath $report -Append -Encoding utf8
    $sections[$title] | Out-File -LiteralPath $report -Append -Encoding utf8 -Width 200
}

$failed = @($writers | Where-Object { -not $_.IsStable })
$failed | Format-List
Write-Output "Writers: $(@($writers).Count), not stable: $($failed.Count). Report: $report"

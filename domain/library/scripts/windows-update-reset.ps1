<#---
name: Reset Windows Update
category: Endpoint
description: >-
  For updates that fail again and again: stops the services, sets the download store and the catalog store aside under new
  names, starts the services and has Windows look for updates. The history of updates in the settings is empty afterwards.
  Run it elevated; it restarts nothing but services.
parameters:
  - {key: repairStore, label: Repair the component store first, type: BOOLEAN, default: "false", help: "DISM RestoreHealth and SFC; takes up to an hour."}
  - {key: whatIf, label: Only say what would be changed, type: BOOLEAN, default: "true"}
---#>
#Requires -Version 5.1
#Requires -RunAsAdministrator

$ErrorActionPreference = 'Stop'
$repairStore = {{repairStore}}
$whatIf = {{whatIf}}

# What failed, before its traces are set aside. 0x80070643 and 0x80073712 are not cured by this reset.
Get-WinEvent -FilterHashtable @{ LogName = 'System'; ProviderName = 'Microsoft-Windows-WindowsUpdateClient'; Level = 2 } -MaxEvents 10 -ErrorAction SilentlyContinue |
    Format-List TimeCreated, Id, Message

$drive = Get-PSDrive -Name $env:SystemDrive.TrimEnd(':')
if ($drive.Free -lt 10GB) { Write-Warning "Only $([Math]::Round($drive.Free / 1GB, 1)) GB are free; feature updates need 20." }

# A restart that is due makes every update fail until it is done.
$due = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending',
    'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired' | Where-Object { Test-Path -LiteralPath $_ }
if ($due) { Write-Warning 'A restart is due. Restart first, then look whether the reset is still needed.' }

if ($repairStore) {
    if ($whatIf) {
        Write-Output 'What if: DISM /Online /Cleanup-Image /RestoreHealth, then sfc /scannow'
    } else {
        DISM /Online /Cleanup-Image /RestoreHealth
        sfc /scannow
    }
}

# UsoSvc starts the others again if it is left running.
$names = 'UsoSvc', 'wuauserv', 'bits', 'cryptsvc'
foreach ($name in $names) { Stop-Service -Name $name -Force -WhatIf:$whatIf }
try {
    $stamp = '{0:yyyyMMdd-HHmmss}' -f (Get-Date)
    $stores = "$env:SystemRoot\SoftwareDistribution", "$env:SystemRoot\System32\catroot2"
    foreach ($store in $stores) {
        # Renamed and not deleted: it can be put back. Delete it once updates work.
        if (Test-Path -LiteralPath $store) {
            Rename-Item -LiteralPath $store -NewName "$(Split-Path -Path $store -Leaf).$stamp" -WhatIf:$whatIf
        }
    }
} finally {
    [array]::Reverse($names)
    foreach ($name in $names) { Start-Service -Name $name -WhatIf:$whatIf }
}
Get-Service -Name $names | Format-Table Name, Status, StartType -AutoSize

if (-not $whatIf) {
    $found = (New-Object -ComObject Microsoft.Update.Session).CreateUpdateSearcher().Search('IsInstalled=0 and IsHidden=0').Updates
    Write-Output "Updates found: $($found.Count)"
    $found | Select-Object Title, MaxDownloadSize | Format-Table -AutoSize -Wrap
}

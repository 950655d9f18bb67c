<#---
name: Find the source of account lockouts, and unlock
category: Active Directory
description: >-
  Lists the lockouts of one user on the PDC emulator with the computer that sent the bad passwords, and the failed
  Kerberos and NTLM logons behind them. Unlocks the account if asked to. Run it elevated on a domain controller or on a
  computer with RSAT, as someone who may read the Security log of the domain controllers.
parameters:
  - {key: user, label: User principal name, type: UPN, help: "As it is in Active Directory, e.g. anna@contoso.com."}
  - {key: hours, label: How many hours to look back, type: INTEGER, default: "24"}
  - {key: unlock, label: Unlock the account, type: BOOLEAN, default: "false", help: "Unlock only once the source is known; it locks again otherwise."}
  - {key: whatIf, label: Only say what would be changed, type: BOOLEAN, default: "true"}
---#>
#Requires -Version 5.1
#Requires -Modules ActiveDirectory

$ErrorActionPreference = 'Stop'
$upn = {{user}}
$hours = {{hours}}
$unlock = {{unlock}}
$whatIf = {{whatIf}}

$properties = 'LockedOut', 'AccountLockoutTime', 'LastBadPasswordAttempt', 'badPwdCount', 'PasswordLastSet'
$user = Get-ADUser -Filter { UserPrincipalName -eq $upn } -Properties $properties
if (-not $user) { throw "No user has the user principal name $upn." }

# The gap between the last password change and the first lockout usually tells the story.
$user | Format-List SamAccountName, Enabled, LockedOut, AccountLockoutTime, LastBadPasswordAttempt, badPwdCount, PasswordLastSet

# Every lockout of a domain is logged on the PDC emulator, whichever domain controller saw it first.
$pdc = (Get-ADDomain).PDCEmulator
$since = (Get-Date).AddHours(-$hours)
Write-Output "Lockouts (4740) on $pdc since ${since}:"
$lockouts = Get-WinEvent -ComputerName $pdc -FilterHashtable @{ LogName = 'Security'; Id = 4740; StartTime = $since } -ErrorAction SilentlyContinue |
    Where-Object { $_.Properties[0].Value -eq $user.SamAccountName } |
    Select-Object TimeCreated, @{ Name = 'CallerComputer'; Expression = { $_.Properties[1].Value } }
if ($lockouts) {
    $lockouts | Format-Table -AutoSize
    $lockouts | Group-Object CallerComputer | Sort-Object Count -Descending | Format-Table Count, Name -AutoSize
} else {
    Write-Output 'None. Is the success audit of "User Account Management" on? See: auditpol /get /category:*'
}

# 4771: bad Kerberos pre-authentication with the client address. 4776: NTLM with the workstation's name.
foreach ($dc in (Get-ADDomainController -Filter *).HostName) {
    $failed = Get-WinEvent -ComputerName $dc -FilterHashtable @{ LogName = 'Security'; Id = 4771, 4776; StartTime = $since } -ErrorAction SilentlyContinue |
        Where-Object { ($_.Id -eq 4771 -and $_.Properties[0].Value -eq $user.SamAccountName) -or ($_.Id -eq 4776 -and $_.Properties[1].Value -eq $user.SamAccountName -and $_.Properties[3].Value -ne 0) } |
        Select-Object TimeCreated, Id, @{ Name = 'Source'; Expression = { if ($_.Id -eq 4771) { $_.Properties[6].Value } else { $_.Properties[2].Value } } }
    if ($failed) {
        Write-Output "Failed logons on ${dc}:"
        $failed | Group-Object Id, Source | Sort-Object Count -Descending | Format-Table Count, Name -AutoSize
    }
}

# On the PDC emulator, so that the state is right at once everywhere it matters.
if ($unlock) {
    Unlock-ADAccount -Identity $user -Server $pdc -WhatIf:$whatIf
    Get-ADUser -Identity $user -Server $pdc -Properties LockedOut | Format-List SamAccountName, LockedOut
}

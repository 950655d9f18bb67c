<#---
name: Reset a user's password
category: Active Directory
description: >-
  Sets a new password for a user of Active Directory, which is asked for when the script runs, and has it changed at the
  next logon. Make sure first that the caller is who they say they are: call back at a number that is on file.
parameters:
  - {key: user, label: User principal name, type: UPN}
  - {key: password, label: New password, type: SECRET, help: "Typed in when the script runs; FlowPilot never sees it."}
  - {key: mustChange, label: Must be changed at the next logon, type: BOOLEAN, default: "true"}
  - {key: unlock, label: Unlock the account as well, type: BOOLEAN, default: "true"}
  - {key: whatIf, label: Only say what would be changed, type: BOOLEAN, default: "true"}
---#>
#Requires -Version 5.1
#Requires -Modules ActiveDirectory

$ErrorActionPreference = 'Stop'
$upn = {{user}}
$mustChange = {{mustChange}}
$unlock = {{unlock}}
$whatIf = {{whatIf}}

$user = Get-ADUser -Filter { UserPrincipalName -eq $upn } -Properties PasswordNeverExpires, CannotChangePassword, LockedOut, adminCount
if (-not $user) { throw "No user has the user principal name $upn." }

# An account with rights over the domain is not reset on a phone call.
if ($user.adminCount -eq 1) {
    Write-Warning "$upn is or was a member of a protected group. Have the reset approved before you go on."
}

# All changes on one domain controller, or the second one may meet the state before the first.
$pdc = (Get-ADDomain).PDCEmulator
Set-ADAccountPassword -Identity $user -Server $pdc -Reset -NewPassword {{password}} -WhatIf:$whatIf

# "Must change" contradicts these two settings; Active Directory refuses it then.
if ($mustChange -and ($user.PasswordNeverExpires -or $user.CannotChangePassword)) {
    Write-Warning 'The password never expires or cannot be changed by the user: "must change" is left out.'
    $mustChange = $false
}
if ($mustChange) {
    Set-ADUser -Identity $user -Server $pdc -ChangePasswordAtLogon $true -WhatIf:$whatIf
}
if ($unlock -and $user.LockedOut) {
    Unlock-ADAccount -Identity $user -Server $pdc -WhatIf:$whatIf
}

Get-ADUser -Identity $user -Server $pdc -Properties PasswordLastSet, PasswordExpired, LockedOut |
    Format-List UserPrincipalName, Enabled, PasswordLastSet, PasswordExpired, LockedOut
if ($whatIf) { Write-Output 'Nothing was changed: this was a trial.' }

<#---
name: Contain a compromised Microsoft 365 account
category: Security
description: >-
  First response to a taken-over account: blocks the sign-in, ends all sessions, and shows recent sign-ins and how the user
  proves who they are, so that methods that the intruder added are seen. Needs the modules Microsoft.Graph.Users,
  Microsoft.Graph.Users.Actions, Microsoft.Graph.Identity.SignIns and Microsoft.Graph.Reports.
parameters:
  - {key: user, label: The account, type: UPN}
  - {key: block, label: Block its sign-in, type: BOOLEAN, default: "true", help: "Until the password is reset and its methods are checked."}
  - {key: whatIf, label: Only say what would be changed, type: BOOLEAN, default: "true"}
---#>
#Requires -Version 5.1
#Requires -Modules Microsoft.Graph.Users, Microsoft.Graph.Users.Actions, Microsoft.Graph.Identity.SignIns, Microsoft.Graph.Reports

$ErrorActionPreference = 'Stop'
$upn = {{user}}
$block = {{block}}
$whatIf = {{whatIf}}

Connect-MgGraph -NoWelcome -Scopes 'User.ReadWrite.All', 'User.RevokeSessions.All', 'UserAuthenticationMethod.Read.All', 'AuditLog.Read.All'
$user = Get-MgUser -UserId $upn -Property Id, UserPrincipalName, AccountEnabled, OnPremisesSyncEnabled, SignInSessionsValidFromDateTime

# A synchronized account is blocked on premises, or the next synchronization opens it again.
if ($user.OnPremisesSyncEnabled) { Write-Warning 'The account comes from Active Directory: disable it and reset its password there as well.' }

# First block, then end the sessions: the other way round a new session may slip in between.
if ($block) { Update-MgUser -UserId $user.Id -AccountEnabled:$false -WhatIf:$whatIf }
Revoke-MgUserSignInSession -UserId $user.Id -WhatIf:$whatIf | Out-Null

# Compare with what the user knows of; remove what the intruder added before the block is lifted.
Write-Output '--- Ways to prove who one is'
Get-MgUserAuthenticationMethod -UserId $user.Id | ForEach-Object {
    [pscustomobject]@{
        Kind    = "$($_.AdditionalProperties['@odata.type'])" -replace '^#microsoft\.graph\.'
        Name    = $_.AdditionalProperties['displayName']
        Phone   = $_.AdditionalProperties['phoneNumber']
        Created = $_.AdditionalProperties['createdDateTime']
    }
} | Format-Table -AutoSize

Write-Output '--- Sign-ins of the last seven days'
$since = (Get-Date).ToUniversalTime().AddDays(-7).ToString('yyyy-MM-ddTHH:mm:ssZ')
Get-MgAuditLogSignIn -Filter "userId eq '$($user.Id)' and createdDateTime ge $since" -Top 100 |
    Select-Object CreatedDateTime, AppDisplayName, IPAddress, @{ Name = 'Place'; Expression = { "$($_.Location.City), $($_.Location.CountryOrRegion)" } }, @{ Name = 'Error'; Expression = { $_.Status.ErrorCode } } |
    Format-Table -AutoSize

Get-MgUser -UserId $user.Id -Property UserPrincipalName, AccountEnabled, SignInSessionsValidFromDateTime |
    Format-List UserPrincipalName, AccountEnabled, SignInSessionsValidFromDateTime
Write-Output 'Next: reset the password, audit the inbox rules, and look at the consents to applications.'
Disconnect-MgGraph | Out-Null

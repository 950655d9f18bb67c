<#---
name: Audit inbox rules and forwarding
category: Microsoft 365
description: >-
  Lists the inbox rules of a mailbox, hidden ones included, and every way in which its mail is forwarded; marks what
  intruders use. Disables the marked rules if asked to. Needs the module ExchangeOnlineManagement 3 and a role that may read
  mailboxes. Save what it finds before you change anything: it is evidence.
parameters:
  - {key: admin, label: Administrator who signs in, type: UPN}
  - {key: mailbox, label: Mailbox, type: UPN}
  - {key: evidence, label: Folder for the evidence, type: PATH, default: "C:\\Temp"}
  - {key: disable, label: Disable the marked rules, type: BOOLEAN, default: "false"}
  - {key: whatIf, label: Only say what would be disabled, type: BOOLEAN, default: "true"}
---#>
#Requires -Version 5.1
#Requires -Modules @{ ModuleName = 'ExchangeOnlineManagement'; ModuleVersion = '3.0.0' }

$ErrorActionPreference = 'Stop'
$mailboxId = {{mailbox}}
$folder = {{evidence}}
$disable = {{disable}}
$whatIf = {{whatIf}}

Connect-ExchangeOnline -UserPrincipalName {{admin}} -ShowBanner:$false
try {
    # Forwarding that no inbox rule shows: set on the mailbox itself.
    $mailbox = Get-Mailbox -Identity $mailboxId
    $mailbox | Format-List UserPrincipalName, ForwardingAddress, ForwardingSmtpAddress, DeliverToMailboxAndForward, AuditEnabled
    if ($mailbox.ForwardingSmtpAddress) { Write-Warning "The mailbox forwards to $($mailbox.ForwardingSmtpAddress)." }

    # Folders where nobody looks, and words that stolen invoices are found by.
    $hidingPlaces = 'RSS', 'Archive', 'Archiv', 'Conversation History', 'Aufgezeichnete Unterhaltungen', 'Junk', 'Deleted Items'
    $bait = 'invoice|rechnung|payment|zahlung|iban|wire|bank|password|passwort|hacked|phish|helpdesk|security'

    $rules = foreach ($rule in Get-InboxRule -Mailbox $mailboxId -IncludeHidden) {
        $why = @()
        if ($rule.ForwardTo -or $rule.ForwardAsAttachmentTo -or $rule.RedirectTo) { $why += 'sends mail elsewhere' }
        if ($rule.DeleteMessage -or $rule.SoftDeleteMessage) { $why += 'deletes' }
        if ($rule.MarkAsRead -and $rule.MoveToFolder) { $why += 'marks as read and moves' }
        if ($hidingPlaces | Where-Object { "$($rule.MoveToFolder)" -like "*$_*" }) { $why += 'moves to where nobody looks' }
        if ("$($rule.SubjectContainsWords) $($rule.SubjectOrBodyContainsWords) $($rule.BodyContainsWords)" -match $bait) { $why += 'looks for telling words' }
        if ("$($rule.Name)" -match '^[\s.,;_\-]{0,3}$|^.{1,2}$') { $why += 'has a name that says nothing' }
        [pscustomobject]@{
            Name           = $rule.Name
            Enabled        = $rule.Enabled
            Marked         = $why -join '; '
            ForwardTo      = $rule.ForwardTo -join '; '
            RedirectTo     = $rule.RedirectTo -join '; '
            MoveToFolder   = "$($rule.MoveToFolder)"
            DeleteMessage  = $rule.DeleteMessage
            From           = $rule.From -join '; '
            Description    = $rule.Description
            RuleIdentity   = $rule.RuleIdentity
        }
    }
    $rules | Format-Table Name, Enabled, Marked, ForwardTo, RedirectTo, MoveToFolder -AutoSize -Wrap

    # First the evidence, then the change.
    if (-not (Test-Path -LiteralPath $folder)) { New-Item -ItemType Directory -Path $folder | Out-Null }
    $file = Join-Path -Path $folder -ChildPath ('inbox-rules-{0:yyyyMMdd-HHmmss}.csv' -f (Get-Date))
    $rules | Export-Csv -LiteralPath $file -NoTypeInformation -Encoding UTF8
    Write-Output "Rules: $(@($rules).Count), marked: $(@($rules | Where-Object Marked).Count). Evidence: $file"

    if ($disable) {
        foreach ($rule in $rules | Where-Object { $_.Marked -and $_.Enabled }) {
            Disable-InboxRule -Mailbox $mailboxId -Identity $rule.RuleIdentity -Confirm:$false -WhatIf:$whatIf
        }
    }
    # Who else may send or read, and what the transport adds.
    Get-MailboxPermission -Identity $mailboxId | Where-Object { -not $_.IsInherited -and "$($_.User)" -notlike 'NT AUTHORITY\*' } | Format-Table User, AccessRights -AutoSize
    Get-TransportRule | Where-Object { $_.BlindCopyTo -or $_.RedirectMessageTo -or $_.CopyTo } | Format-Table Name, State, BlindCopyTo, RedirectMessageTo, CopyTo -AutoSize
} finally {
    Disconnect-ExchangeOnline -Confirm:$false
}

<#---
name: Repair a computer's secure channel
category: Active Directory
description: >-
  For "The trust relationship between this workstation and the primary domain failed". Checks time, DNS and the way to a
  domain controller first, then repairs the secure channel without leaving the domain. Run it elevated on the computer
  itself, signed in with a local administrator.
parameters:
  - {key: domain, label: DNS name of the domain, type: HOSTNAME, help: "e.g. corp.contoso.com"}
  - {key: account, label: Account that may reset computer accounts, type: UPN}
  - {key: password, label: That account's password, type: SECRET}
  - {key: whatIf, label: Only check, type: BOOLEAN, default: "true"}
---#>
#Requires -Version 5.1
#Requires -RunAsAdministrator

$ErrorActionPreference = 'Stop'
$domain = {{domain}}
$whatIf = {{whatIf}}
$credential = New-Object -TypeName System.Management.Automation.PSCredential -ArgumentList {{account}}, {{password}}

# A machine password that is wrong looks the same as no domain controller at all. That comes first.
$records = Resolve-DnsName -Name "_ldap._tcp.dc._msdcs.$domain" -Type SRV -ErrorAction SilentlyContinue | Where-Object Type -eq 'SRV'
if (-not $records) { throw "DNS knows no domain controller of $domain. Check the DNS servers of this computer: Get-DnsClientServerAddress" }
$controllers = $records | Select-Object -ExpandProperty NameTarget -Unique
$reachable = foreach ($controller in $controllers) {
    $ldap = Test-NetConnection -ComputerName $controller -Port 389 -WarningAction SilentlyContinue
    $kerberos = Test-NetConnection -ComputerName $controller -Port 88 -WarningAction SilentlyContinue
    [pscustomobject]@{ Controller = $controller; LDAP = $ldap.TcpTestSucceeded; Kerberos = $kerberos.TcpTestSucceeded }
}
$reachable | Format-Table -AutoSize
$controller = ($reachable | Where-Object { $_.LDAP -and $_.Kerberos } | Select-Object -First 1).Controller
if (-not $controller) { throw 'No domain controller can be reached on ports 389 and 88. Check network and firewall.' }

# Kerberos refuses clocks that differ by more than five minutes.
w32tm /stripchart /computer:$controller /samples:1 /dataonly

$isSound = Test-ComputerSecureChannel -Server $controller -ErrorAction SilentlyContinue
Write-Output "The secure channel is sound: $isSound"
if (-not $isSound) {
    # No restart and no leaving of the domain: profiles and group memberships stay.
    $repaired = Test-ComputerSecureChannel -Repair -Server $controller -Credential $credential -WhatIf:$whatIf
    Write-Output "Repaired: $repaired"
    if (-not $whatIf) {
        Write-Output "Sound now: $(Test-ComputerSecureChannel -Server $controller -ErrorAction SilentlyContinue)"
        Write-Output 'If it still fails, see whether the computer account is disabled or there twice, and whether the computer was restored from a snapshot.'
    }
}

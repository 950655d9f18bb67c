<#---
name: Diagnose address and name resolution
category: Networking
description: >-
  Shows from the affected computer where its address comes from, whether gateway and DNS servers answer, and what each DNS
  server says of a name inside and of one outside. It changes nothing.
parameters:
  - {key: insideName, label: A name inside, type: HOSTNAME, help: "e.g. the file server, fs01.corp.contoso.com"}
  - {key: outsideName, label: A name outside, type: HOSTNAME, default: www.microsoft.com}
  - {key: port, label: Port of the inside service, type: INTEGER, default: "445"}
---#>
#Requires -Version 5.1

$inside = {{insideName}}
$outside = {{outsideName}}
$port = {{port}}

# 169.254.x.x means that no DHCP server answered; DhcpServer names the one that did: is it yours?
Write-Output '--- Addresses'
$adapters = Get-CimInstance -ClassName Win32_NetworkAdapterConfiguration -Filter 'IPEnabled = TRUE'
$adapters | Format-List Description, MACAddress, IPAddress, IPSubnet, DefaultIPGateway, DHCPEnabled, DHCPServer, DHCPLeaseObtained, DHCPLeaseExpires, DNSServerSearchOrder, DNSDomainSuffixSearchOrder
$adapters | Where-Object { $_.IPAddress -like '169.254.*' } | ForEach-Object {
    Write-Warning "$($_.Description): no DHCP server answered. Check cable, VLAN, relay and whether the scope is full."
}

Write-Output '--- Gateways'
foreach ($gateway in $adapters.DefaultIPGateway | Where-Object { $_ -match '\.' } | Select-Object -Unique) {
    [pscustomobject]@{ Gateway = $gateway; Answers = Test-Connection -ComputerName $gateway -Count 2 -Quiet }
}

# Every server is asked for itself: Windows asks the second one only if the first is silent, not if it is wrong.
Write-Output '--- DNS servers, one by one'
$servers = Get-DnsClientServerAddress -AddressFamily IPv4 | Select-Object -ExpandProperty ServerAddresses -Unique
$answers = foreach ($server in $servers) {
    foreach ($name in $inside, $outside) {
        $failure = $null
        $found = Resolve-DnsName -Name $name -Server $server -Type A -DnsOnly -QuickTimeout -ErrorAction SilentlyContinue -ErrorVariable failure
        [pscustomobject]@{
            Server  = $server
            Name    = $name
            Address = ($found | Where-Object Type -eq 'A' | Select-Object -ExpandProperty IPAddress) -join ', '
            Problem = if ($failure) { $failure[0].Exception.Message } else { '' }
        }
    }
}
$answers | Format-Table -AutoSize -Wrap
if (@($answers | Where-Object Name -eq $inside | Select-Object -ExpandProperty Address -Unique).Count -gt 1) {
    Write-Warning "The DNS servers disagree on $inside. A computer of the domain must use only DNS servers that know it."
}

# What Windows itself makes of it: the hosts file and the cache count here, which the servers know nothing of.
Write-Output '--- As Windows resolves it'
$local = Resolve-DnsName -Name $inside -Type A -ErrorAction SilentlyContinue
$local | Format-Table Name, Type, TTL, IPAddress -AutoSize
Get-DnsClientCache -ErrorAction SilentlyContinue | Where-Object Entry -eq $inside | Format-Table Entry, Type, Status, TimeToLive, Data -AutoSize
Get-Content -LiteralPath "$env:SystemRoot\System32\drivers\etc\hosts" | Where-Object { $_ -match '^\s*[0-9a-fA-F]' }

Write-Output '--- The service behind it'
Test-NetConnection -ComputerName $inside -Port $port -WarningAction SilentlyContinue |
    Format-List ComputerName, RemoteAddress, RemotePort, InterfaceAlias, SourceAddress, TcpTestSucceeded

<#---
name: Clear a print queue
category: Printing
description: >-
  Shows what waits in a queue, removes the jobs of one printer, or, if jobs cannot be removed, empties the whole spooler
  of the server. The second one loses the waiting jobs of every printer there.
parameters:
  - {key: server, label: Print server or computer, type: HOSTNAME}
  - {key: printer, label: Printer, type: STRING, help: "Its name as Get-Printer shows it."}
  - {key: scope, label: What to clear, type: ENUM, options: [Jobs of this printer, Whole spooler], default: Jobs of this printer}
  - {key: whatIf, label: Only say what would be removed, type: BOOLEAN, default: "true"}
---#>
#Requires -Version 5.1
#Requires -Modules PrintManagement

$ErrorActionPreference = 'Stop'
$server = {{server}}
$printerName = {{printer}}
$scope = {{scope}}
$whatIf = {{whatIf}}

# By comparison and not by -Name: a name is no wildcard pattern.
$printer = Get-Printer -ComputerName $server | Where-Object { $_.Name -eq $printerName }
if (-not $printer) { throw "$server has no printer named $printerName." }
$printer | Format-List Name, PrinterStatus, JobCount, DriverName, PortName

$jobs = @(Get-PrintJob -ComputerName $server -PrinterName $printer.Name)
$jobs | Sort-Object SubmittedTime | Format-Table Id, JobStatus, SubmittedTime, UserName, TotalPages, DocumentName -AutoSize

if ($scope -eq 'Jobs of this printer') {
    foreach ($job in $jobs) {
        Remove-PrintJob -ComputerName $server -PrinterName $printer.Name -ID $job.Id -WhatIf:$whatIf
    }
} else {
    # A job that stays "Deleting" is a file that the spooler holds: it goes only while the spooler is stopped.
    $work = {
        param($whatIf)
        $folder = (Get-ItemProperty -LiteralPath 'HKLM:\SYSTEM\CurrentControlSet\Control\Print\Printers').DefaultSpoolDirectory
        Stop-Service -Name Spooler -Force -WhatIf:$whatIf
        try {
            Get-ChildItem -LiteralPath $folder -File | Where-Object { $_.Extension -in '.SPL', '.SHD', '.TMP' } | Remove-Item -WhatIf:$whatIf
        } finally {
            Start-Service -Name Spooler -WhatIf:$whatIf
        }
        Get-Service -Name Spooler | Format-List Name, Status
    }
    $names = $env:COMPUTERNAME, 'localhost', '127.0.0.1'
    if ($server -in $names) { & $work $whatIf } else { Invoke-Command -ComputerName $server -ScriptBlock $work -ArgumentList $whatIf }
}

# What comes back at once is sent again by a computer: see the column UserName above.
$left = @(Get-PrintJob -ComputerName $server -PrinterName $printer.Name)
Write-Output "Jobs left: $($left.Count)"

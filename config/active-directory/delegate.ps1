<#
.SYNOPSIS
    Lets Gatehouse's account that searches read deleted objects and fine-grained password policies. See README.md.
.PARAMETER Account
    The account, as DOMAIN\name.
.PARAMETER Domain
    The DN of the domain; the one of this computer unless given.
.PARAMETER Attributes
    Grant also what authd reads of people and groups, for domains where users may not read each other.
.PARAMETER Remove
    Take everything back that the account has been granted on these objects.
.EXAMPLE
    .\delegate.ps1 -Account CAMPUS\gatehouse -WhatIf
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)][string]$Account,
    [string]$Domain = ([ADSI]'LDAP://RootDSE').defaultNamingContext,
    [switch]$Attributes,
    [switch]$Remove
)
$ErrorActionPreference = 'Stop'

$deleted = "CN=Deleted Objects,$Domain"
$policies = "CN=Password Settings Container,CN=System,$Domain"
$ofPeople = 'objectGUID', 'objectSid', 'sAMAccountName', 'userPrincipalName', 'mail', 'proxyAddresses', 'displayName', 'memberOf',
    'primaryGroupID', 'userAccountControl', 'msDS-User-Account-Control-Computed', 'lockoutTime', 'badPwdCount', 'badPasswordTime',
    'accountExpires', 'pwdLastSet', 'msDS-UserPasswordExpiryTimeComputed', 'msDS-ResultantPSO', 'logonHours', 'userWorkstations',
    'uidNumber', 'gidNumber', 'unixHomeDirectory', 'uSNChanged', 'objectClass', 'objectCategory'
$ofGroups = 'objectGUID', 'objectSid', 'sAMAccountName', 'member', 'memberOf', 'uSNChanged', 'objectClass'

function Set-Access([string]$Dn, [string[]]$Options) {
    if ($PSCmdlet.ShouldProcess($Dn, "dsacls $Options")) {
        $said = & dsacls.exe $Dn @Options
        if ($LASTEXITCODE -ne 0) { throw "dsacls `"$Dn`" $Options fails: $($said -join ' ')" }
    }
}

if ($Remove) {
    foreach ($dn in $deleted, $policies) { Set-Access $dn '/R', $Account }
    if ($Attributes) { Set-Access $Domain '/R', $Account }
    return
}

# Its owner is SYSTEM, and only an owner may change who may read it.
Set-Access $deleted '/takeownership'
Set-Access $deleted '/G', "${Account}:LCRP"
Set-Access $policies '/I:T', '/G', "${Account}:LCRP"
if ($Attributes) {
    foreach ($name in $ofPeople) { Set-Access $Domain '/I:S', '/G', "${Account}:RP;$name;user" }
    foreach ($name in $ofGroups) { Set-Access $Domain '/I:S', '/G', "${Account}:RP;$name;group" }
}

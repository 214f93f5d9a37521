#!/usr/bin/python3
"""seed_active_directory - the sample people of people.json, written straight into a DC's database

  seed_active_directory.py SMB.CONF ADDRESS               everything, while Samba is down
  seed_active_directory.py SMB.CONF --expired             sets the passwords that have expired; run it under faketime
  seed_active_directory.py SMB.CONF --set-password NAME   reads the password from standard input
One process: each call of samba-tool costs a third of a second.
"""
import sys

import ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

import people

DIRECTORY = "active-directory"
NEVER = str(0x7FFFFFFFFFFFFFFF)


def quoted(name):
    return ldb.binary_encode(name)


class Seeder:
    def __init__(self, configuration):
        parameters = LoadParm()
        parameters.load(configuration)
        self.database = SamDB(url=parameters.private_path("sam.ldb"), session_info=system_session(), lp=parameters)
        self.base = self.database.domain_dn()

    def dn_of(self, account):
        found = self.database.search(self.base, ldb.SCOPE_SUBTREE, f"(sAMAccountName={quoted(account)})", attrs=["name"])
        return found[0].dn

    def write(self, dn, **attributes):
        message = ldb.Message(ldb.Dn(self.database, str(dn)))
        for name, values in attributes.items():
            name = name.replace("_", "-")
            message[name] = ldb.MessageElement(values, ldb.FLAG_MOD_REPLACE, name)
        self.database.modify(message)

    def domain_policy(self):
        # 5 wrong passwords lock for 5 seconds (negative units of 100 ns); a test need not wait half an hour.
        self.write(self.base, lockoutThreshold="5", lockoutDuration="-50000000", lockOutObservationWindow="-50000000",
                   minPwdAge="0")

    def person(self, person):
        name = person["name"]
        options = {"givenname": person["given"], "surname": person["surname"], "useusernameascn": True}
        if posix := person.get("posix"):
            options |= {"uidnumber": str(posix["uid"]), "gidnumber": str(posix["gid"]), "unixhome": posix["home"],
                        "loginshell": "/bin/sh", "uid": name}
        self.database.newuser(name, person["password"], **options)
        dn = self.dn_of(name)
        attributes = {"userPrincipalName": f"{name}@{people.DOMAIN}", "displayName": f"{person['given']} {person['surname']}"}
        if mail := people.addresses(person):
            attributes["mail"] = mail[-1]
            attributes["proxyAddresses"] = ["SMTP:" + mail[-1]] + ["smtp:" + address for address in mail[:-1]]
        if host := person.get("mail_host"):
            attributes["physicalDeliveryOfficeName"] = host
        self.write(dn, **attributes)
        self.state(dn, name, person.get("state"))

    def state(self, dn, name, state):
        selector = f"(sAMAccountName={quoted(name)})"
        if state == "account-disabled":
            self.database.disable_account(selector)
        elif state == "account-expired":
            self.database.setexpiry(selector, -86400)
        elif state == "account-locked":
            # Locked for ever: a lockoutTime far ahead is one that never ends.
            self.write(dn, lockoutTime=str(0x7000000000000000))
        elif state == "logon-hours":
            self.write(dn, logonHours=b"\0" * 21)
        elif state == "must-change-password":
            self.write(dn, pwdLastSet="0")
        elif state == "workstation":
            self.write(dn, userWorkstations="DESK-1")

    def group(self, group):
        self.database.newgroup(group["name"])
        members = [person["name"] for person in people.people_of(DIRECTORY) if group["name"] in person.get("groups", [])]
        dns = [self.dn_of(name) for name in members + group.get("groups", [])]
        if dns:
            self.write(self.dn_of(group["name"]), member=[str(dn) for dn in dns])
        if gid := group.get("gid"):
            self.write(self.dn_of(group["name"]), gidNumber=str(gid))

    def everything(self, address):
        self.domain_policy()
        account = people.SAMPLE["search_account"]
        self.database.newuser(account["name"], account["password"])
        self.database.setexpiry(f"(sAMAccountName={account['name']})", 0, no_expiry_req=True)
        for person in people.people_of(DIRECTORY):
            self.person(person)
        for group in people.groups_of(DIRECTORY):
            self.group(group)
        self.service_names("DC1$", address)

    def service_names(self, account, address):
        """For Kerberos: the server by its address, and the name under which another DC asks for changes."""
        replication = "E3514235-4B06-11D1-AB04-00C04FC2DCD2"
        message = ldb.Message(self.dn_of(account))
        message["names"] = ldb.MessageElement(
            ["ldap/" + address, f"{replication}/{self.database.get_ntds_GUID()}/{people.DOMAIN}"],
            ldb.FLAG_MOD_ADD, "servicePrincipalName")
        self.database.modify(message)

    def expired(self):
        for person in people.people_of(DIRECTORY):
            if person.get("state") == "password-expired":
                self.set_password(person["name"], person["password"])

    def set_password(self, name, password):
        self.database.setpassword(f"(sAMAccountName={quoted(name)})", password)


def main():
    seeder = Seeder(sys.argv[1])
    if sys.argv[2] == "--expired":
        seeder.expired()
    elif sys.argv[2] == "--set-password":
        seeder.set_password(sys.argv[3], sys.stdin.read().removesuffix("\n"))
    else:
        seeder.everything(sys.argv[2])


if __name__ == "__main__":
    main()

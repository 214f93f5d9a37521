#!/usr/bin/python3
"""change_active_directory - one change of a running domain, as its administrators make them

  change_active_directory.py SMB.CONF ACTION NAME [ARGUMENT...]     prints changed_at=SECONDS since 1970
Straight into the domain controller's database, which Samba's processes share: each write has its update number, as one by
LDAP has. The actions are those of `tests/lab/samba-ad change`.
"""
import sys
import time

import ldb

import people
from seed_active_directory import NEVER, Seeder, quoted

EPOCH = 11644473600  # of 1970, in seconds since 1601
BY_HAND = ["local_oid:1.3.6.1.4.1.7165.4.3.12:0"]  # Samba's own control: pwdLastSet as it is written


def file_time(seconds):
    return str(int((seconds + EPOCH) * 10_000_000))


def span(seconds):
    return str(-int(seconds * 10_000_000))


class Changer(Seeder):
    def people_dn(self, name):
        return f"CN={people.escape_dn(name)},CN=Users,{self.base}"

    def selector(self, name):
        return f"(sAMAccountName={quoted(name)})"

    # --- people

    def create(self, name):
        self.database.newuser(name, sys.stdin.read().removesuffix("\n"), useusernameascn=True)
        self.write(self.dn_of(name), userPrincipalName=f"{name}@{people.DOMAIN}", mail=f"{name}@{people.DOMAIN}")

    def delete(self, name):
        self.database.delete(self.dn_of(name))

    def rename(self, name, new):
        self.write(self.dn_of(name), sAMAccountName=new, userPrincipalName=f"{new}@{people.DOMAIN}",
                   mail=f"{new}@{people.DOMAIN}")
        dn = self.dn_of(new)
        self.database.rename(dn, f"CN={people.escape_dn(new)},{dn.parent()}")

    def disable(self, name):
        self.database.disable_account(self.selector(name))

    def enable(self, name):
        self.database.enable_account(self.selector(name))

    def lock(self, name):
        self.write(self.dn_of(name), lockoutTime=file_time(time.time()))

    def unlock(self, name):
        self.write(self.dn_of(name), lockoutTime="0")

    def change_password(self, name):
        self.set_password(name, sys.stdin.read().removesuffix("\n"))

    def set(self, name, attribute, *values):
        self.write(self.dn_of(name), **{attribute: list(values)})

    def supported_keys(self, name, bits):
        """24: AES; 4: RC4 only."""
        self.write(self.dn_of(name), **{"msDS_SupportedEncryptionTypes": bits})

    def pac(self, name, wanted):
        """yes or no: do tickets for this account's services hold a PAC (NO_AUTH_DATA_REQUIRED)?"""
        account = self.database.search(self.dn_of(name), ldb.SCOPE_BASE, attrs=["userAccountControl"])[0]
        bits = int(account["userAccountControl"][0])
        self.write(account.dn, userAccountControl=str(bits & ~0x2000000 if wanted == "yes" else bits | 0x2000000))

    def many_groups(self, name, count):
        """The person joins domain local groups NAME-group-1, ... of their own."""
        member = str(self.dn_of(name))
        self.in_parts(range(int(count)), lambda number: self.database.add({
            "dn": f"CN={name}-group-{number + 1},CN=Users,{self.base}", "objectClass": "group",
            "sAMAccountName": f"{name}-group-{number + 1}", "groupType": "-2147483644", "member": member}))

    def no_groups(self, name, count):
        self.in_parts([f"CN={name}-group-{number + 1},CN=Users,{self.base}" for number in range(int(count))],
                      self.database.delete)

    def must_change(self, name):
        self.write(self.dn_of(name), pwdLastSet="0")

    def expire_in(self, name, seconds):
        self.write(self.dn_of(name), accountExpires=NEVER if seconds == "never" else file_time(time.time() + float(seconds)))

    def password_expires_in(self, name, seconds):
        age = self.database.search(self.base, ldb.SCOPE_BASE, attrs=["maxPwdAge"])[0]["maxPwdAge"][0]
        self.write_by_hand(self.dn_of(name), pwdLastSet=file_time(time.time() + float(seconds) + int(age) / 10_000_000))

    def write_by_hand(self, dn, **attributes):
        message = ldb.Message(dn)
        for name, value in attributes.items():
            message[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
        self.database.modify(message, BY_HAND)

    def logon_hours(self, name, which):
        """WHICH: none, all, or hours since Sunday 00:00 UTC with commas between them."""
        every = {"none": b"\0", "all": b"\xff"}
        permitted = bytearray(every.get(which, b"\0") * 21)
        for hour in [] if which in every else which.split(","):
            permitted[int(hour) // 8] |= 1 << int(hour) % 8
        self.write(self.dn_of(name), logonHours=bytes(permitted))

    def move_out(self, name):
        self.unit("elsewhere")
        self.database.rename(self.dn_of(name), f"CN={people.escape_dn(name)},OU=elsewhere,{self.base}")

    def move_in(self, name):
        self.database.rename(self.dn_of(name), self.people_dn(name))

    def crowd(self, group, count):
        """A group of COUNT people GROUP-1, GROUP-2, ..., who have no password."""
        self.database.newgroup(group)
        dns = [self.people_dn(f"{group}-{number + 1}") for number in range(int(count))]
        self.in_parts(dns, lambda dn: self.database.add({"dn": dn, "objectClass": "user", "sAMAccountName": dn[3:dn.index(",")]}))
        self.write(self.dn_of(group), member=dns)

    def extra(self, count):
        """People person00001, ..., as `tests/lab/slapd up --extra` has them."""
        for number in range(int(count)):
            person = people.extra_person(number + 1)
            self.database.newuser(person["name"], person["password"], useusernameascn=True)
            self.write(self.dn_of(person["name"]), userPrincipalName=f"{person['name']}@{people.DOMAIN}")

    def no_crowd(self, group, count):
        self.in_parts([self.people_dn(f"{group}-{number + 1}") for number in range(int(count))], self.database.delete)
        self.database.delete(self.dn_of(group))

    def in_parts(self, dns, change):
        """Few transactions are fast; the domain controller waits for each."""
        for first in range(0, len(dns), 100):
            self.database.transaction_start()
            for dn in dns[first:first + 100]:
                change(dn)
            self.database.transaction_commit()

    # --- groups, units, policies

    def group_create(self, name):
        self.database.newgroup(name)

    def group_delete(self, name):
        self.database.delete(self.dn_of(name))

    def group_add(self, group, *members):
        self.members(group, members, ldb.FLAG_MOD_ADD)

    def group_remove(self, group, *members):
        self.members(group, members, ldb.FLAG_MOD_DELETE)

    def members(self, group, members, how):
        message = ldb.Message(self.dn_of(group))
        message["member"] = ldb.MessageElement([str(self.dn_of(name)) for name in members], how, "member")
        self.database.modify(message)

    def unit(self, name):
        dn = f"OU={name},{self.base}"
        if not self.database.search(self.base, ldb.SCOPE_ONELEVEL, f"(ou={quoted(name)})", attrs=["ou"]):
            self.database.add({"dn": dn, "objectClass": "organizationalUnit"})

    def unit_move(self, name, parent):
        """PARENT: another unit, or "top"."""
        self.database.rename(self.unit_dn(name), f"OU={name}," + (self.base if parent == "top" else str(self.unit_dn(parent))))

    def unit_dn(self, name):
        return self.database.search(self.base, ldb.SCOPE_SUBTREE, f"(ou={quoted(name)})", attrs=["ou"])[0].dn

    def unit_take(self, name, member):
        self.database.rename(self.dn_of(member), f"CN={people.escape_dn(member)},{self.unit_dn(name)}")

    def lockout(self, threshold, seconds):
        self.write(self.base, lockoutThreshold=threshold, lockoutDuration=span(float(seconds)),
                   lockOutObservationWindow=span(float(seconds)))

    def pso(self, name, threshold, seconds):
        """A password policy of one person's own: THRESHOLD wrong passwords lock for SECONDS."""
        self.no_pso(name)
        self.database.add({
            "dn": self.pso_dn(name), "objectClass": "msDS-PasswordSettings", "msDS-PasswordSettingsPrecedence": "10",
            "msDS-PasswordReversibleEncryptionEnabled": "FALSE", "msDS-PasswordHistoryLength": "0",
            "msDS-PasswordComplexityEnabled": "FALSE", "msDS-MinimumPasswordLength": "0",
            "msDS-MinimumPasswordAge": "0", "msDS-MaximumPasswordAge": span(42 * 86400),
            "msDS-LockoutThreshold": threshold, "msDS-LockoutObservationWindow": span(float(seconds)),
            "msDS-LockoutDuration": span(float(seconds)), "msDS-PSOAppliesTo": str(self.dn_of(name))})

    def no_pso(self, name):
        if self.database.search(self.base, ldb.SCOPE_SUBTREE, f"(&(objectClass=msDS-PasswordSettings)(cn=pso-{quoted(name)}))"):
            self.database.delete(self.pso_dn(name))

    def pso_dn(self, name):
        return f"CN=pso-{people.escape_dn(name)},CN=Password Settings Container,CN=System,{self.base}"


ACTIONS = {name.replace("_", "-"): getattr(Changer, name) for name in (
    "create", "extra", "crowd", "no_crowd", "delete", "rename", "disable", "enable", "lock", "unlock", "must_change", "expire_in",
    "password_expires_in", "logon_hours", "move_out", "move_in", "group_create", "group_delete", "group_add", "group_remove",
    "unit", "unit_move", "unit_take", "lockout", "pso", "no_pso", "set", "supported_keys", "pac", "many_groups", "no_groups")} | {"set-password": Changer.change_password}


def main():
    if len(sys.argv) < 4 or sys.argv[2] not in ACTIONS:
        raise SystemExit("actions: " + ", ".join(sorted(ACTIONS)))
    ACTIONS[sys.argv[2]](Changer(sys.argv[1]), *sys.argv[3:])
    print(f"changed_at={time.time():.3f}")


if __name__ == "__main__":
    main()

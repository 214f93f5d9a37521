#!/usr/bin/python3
"""seed_mit_kdc - the sample people of people.json as commands for kadmin.local

  seed_mit_kdc.py commands    policies and people, to be read by kadmin.local from its standard input
  seed_mit_kdc.py locked      the principals whom a wrong password shall lock, one a line
"""
import sys

import people

DIRECTORY = "openldap"  # the directory that such a KDC stands beside
LOCKABLE = "lockable"

# How a KDC writes the states down.
STATES = {
    "account-disabled": "-allow_tix",
    "account-expired": '-expire "2024-01-01 00:00:00 UTC"',
    "account-locked": f"-policy {LOCKABLE}",
    "must-change-password": "+needchange",
    "password-expired": '-pwexpire "2024-01-01 00:00:00 UTC"',
}


def principal(name):
    """What separates in a principal's name is escaped (krb5_parse_name)."""
    return "".join("\\" + char if char in "\\/@" else char for char in name)


def quoted(word):
    """One word of a command line of kadmin: a quotation mark is doubled."""
    return '"' + word.replace('"', '""') + '"'


def main():
    if sys.argv[1:] == ["locked"]:
        print("\n".join(principal(person["name"]) for person in people.people_of(DIRECTORY)
                        if person.get("state") == "account-locked"))
        return
    print(f"addpol -maxfailure 1 -lockoutduration 0 -failurecountinterval 0 {LOCKABLE}")
    for person in people.people_of(DIRECTORY):
        state = STATES.get(person.get("state"), "")
        print(f"addprinc {state} -pw {quoted(person['password'])} {quoted(principal(person['name']))}")


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""people - the lab's sample people (people.json) for its scripts

  people.py names [--directory D]      one name a line
  people.py password NAME              the sample password
  people.py change-password-ldif NAME  for ldapmodify; reads the new password from standard input
  people.py change-ldif ACTION ARG...  any other change for ldapmodify: the ACTIONs are functions change_* here
  people.py change-local FILE ACTION ARG...    the same in the people.yaml of a local realm, replaced as an editor does
  people.py ldif [--extra N]           everything for slapadd, plus N people person00001... (password: NAME-Passw0rd)
  people.py ldif-sasl                  for a slapd that leaves every password check to the saslauthd door
  people.py local AUTHCTL              people.yaml of a local realm, with hashes by `authctl hash`
LAB_PEOPLE names another list of this folder: people-partner.json, the people of the domain PARTNER.
"""
import argparse
import base64
import datetime
import hashlib
import json
import os
import subprocess
import sys
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, os.environ.get("LAB_PEOPLE", "people.json")), encoding="utf-8") as file:
    SAMPLE = json.load(file)
BASE, DOMAIN = SAMPLE["base"], SAMPLE["domain"]
UNITS = ("people", "groups", "services", "policies", "elsewhere")
PEOPLE_DN, GROUPS_DN, SERVICES_DN, POLICIES_DN, ELSEWHERE_DN = (f"ou={unit},{BASE}" for unit in UNITS)
SEARCH_DN = f"cn={SAMPLE['search_account']['name']},{SERVICES_DN}"
ENTRY_IDS = uuid.UUID("6f1a4c1e-5a0b-4c39-9a57-3f6a0c9e7d10")  # entryUUID is made from the DN: copies of the directory agree


def exists_in(record, directory):
    return directory in record.get("directories", [directory])


def people_of(directory):
    return [person for person in SAMPLE["people"] if exists_in(person, directory)]


def groups_of(directory):
    return [group for group in SAMPLE["groups"] if exists_in(group, directory)]


def addresses(person):
    return person.get("mail", [] if person.get("special") else [f"{person['name']}@{DOMAIN}"])


def password_of(name):
    for record in [*SAMPLE["people"], SAMPLE["search_account"], SAMPLE["administrator"]]:
        if record["name"].lower() == name.lower():
            return record["password"]
    if name.startswith("person") and name[6:].isdigit():
        return f"{name}-Passw0rd"
    raise SystemExit(f"people.json knows no '{name}'")


def ancestors(person, directory):
    """Every group of a person, nested ones included."""
    found, wanted = set(), set(person.get("groups", []))
    while wanted:
        found |= wanted
        wanted = {group["name"] for group in groups_of(directory) if found & set(group.get("groups", []))} - found
    return found


# --- LDIF for OpenLDAP


def escape_dn(value):
    """RFC 4514, section 2.4: one attribute value inside a DN."""
    escaped = "".join("\\" + char if char in ',+"\\<>;=' else char for char in value)
    if escaped.startswith((" ", "#")):
        escaped = "\\" + escaped
    if escaped.endswith(" "):
        escaped = escaped[:-1] + "\\ "
    return escaped


def ssha(password):
    salt = os.urandom(8)
    return "{SSHA}" + base64.b64encode(hashlib.sha1(password.encode() + salt).digest() + salt).decode()


def person_dn(name):
    return f"uid={escape_dn(name)},{PEOPLE_DN}"


def group_dn(name):
    return f"cn={escape_dn(name)},{GROUPS_DN}"


def entry(dn, **attributes):
    lines = [("dn", dn)]
    for name, values in attributes.items():
        lines += [(name, value) for value in (values if isinstance(values, list) else [values])]
    lines.append(("entryUUID", str(uuid.uuid5(ENTRY_IDS, dn))))
    # Base64 throughout where a value needs it (RFC 2849).
    return "".join(
        f"{name}: {value}\n" if value.isascii() and value.strip(" :<\n") == value and value.isprintable()
        else f"{name}:: {base64.b64encode(value.encode()).decode()}\n"
        for name, value in lines) + "\n"


# How OpenLDAP's password policy overlay writes the states down. Policies: see ldif_frame.
PPOLICY_STATES = {
    "account-disabled": {"pwdAccountLockedTime": "000001010000Z"},
    "account-locked": {"pwdAccountLockedTime": "20240101000000Z"},
    "account-expired": {"pwdEndTime": "20240101000000Z"},
    "must-change-password": {"pwdReset": "TRUE", "pwdPolicySubentry": f"cn=strict,{POLICIES_DN}"},
    "password-expired": {"pwdChangedTime": "20200101000000Z", "pwdPolicySubentry": f"cn=yearly,{POLICIES_DN}"},
}


def ldif_person(person, directory="openldap"):
    attributes = {
        "objectClass": ["inetOrgPerson"], "uid": person["name"], "cn": f"{person['given']} {person['surname']}",
        "givenName": person["given"], "sn": person["surname"], "displayName": f"{person['given']} {person['surname']}",
        "userPassword": ssha(person["password"])}
    if addresses(person):
        attributes["mail"] = addresses(person)
    if host := person.get("mail_host"):
        attributes["objectClass"].append("inetLocalMailRecipient")
        attributes["mailHost"] = host
    if posix := person.get("posix"):
        attributes["objectClass"].append("posixAccount")
        attributes |= {"uidNumber": str(posix["uid"]), "gidNumber": str(posix["gid"]), "homeDirectory": posix["home"]}
    direct = [group["name"] for group in groups_of(directory)
              if group["name"] in person.get("groups", []) and group["kind"] == "member"]
    if direct:
        attributes["memberOf"] = [group_dn(name) for name in direct]
    return entry(person_dn(person["name"]), **attributes, **PPOLICY_STATES.get(person.get("state"), {}))


def ldif_group(group, directory="openldap"):
    members = [person for person in people_of(directory) if group["name"] in person.get("groups", [])]
    if group["kind"] == "memberUid":
        return entry(group_dn(group["name"]), objectClass="posixGroup", cn=group["name"], gidNumber=str(group["gid"]),
                     memberUid=[person["name"] for person in members])
    dns = [person_dn(person["name"]) for person in members] + [group_dn(name) for name in group.get("groups", [])]
    dns.append(SEARCH_DN)  # groups of these kinds are never empty
    object_class = "groupOfUniqueNames" if group["kind"] == "uniqueMember" else "groupOfNames"
    above = [group_dn(other["name"]) for other in groups_of(directory) if group["name"] in other.get("groups", [])]
    attributes = {"objectClass": object_class, "cn": group["name"], group["kind"]: dns}
    if above:
        attributes["memberOf"] = above
    return entry(group_dn(group["name"]), **attributes)


def ldif_frame():
    policy = {"objectClass": ["pwdPolicy", "device"], "pwdAttribute": "userPassword", "pwdLockout": "TRUE",
              "pwdAllowUserChange": "TRUE"}
    account = SAMPLE["search_account"]
    yield entry(BASE, objectClass=["dcObject", "organization"], dc=DOMAIN.split(".", maxsplit=1)[0], o="Campus")
    for dn in (PEOPLE_DN, GROUPS_DN, SERVICES_DN, POLICIES_DN, ELSEWHERE_DN):
        yield entry(dn, objectClass="organizationalUnit", ou=dn[3:dn.index(",")])
    # Nobody is locked out by chance; "lockable" is there for tests of the lockout: 5 wrong passwords, 5 seconds.
    yield entry(f"cn=default,{POLICIES_DN}", **policy, cn="default", pwdMaxFailure="0")
    # "strict": who gets a password from the administrator has to change it.
    yield entry(f"cn=strict,{POLICIES_DN}", **policy, cn="strict", pwdMaxFailure="0", pwdMustChange="TRUE")
    yield entry(f"cn=yearly,{POLICIES_DN}", **policy, cn="yearly", pwdMaxAge="31536000")
    yield entry(f"cn=lockable,{POLICIES_DN}", **policy, cn="lockable", pwdMaxFailure="5", pwdLockoutDuration="5",
                pwdFailureCountInterval="5")
    yield entry(SEARCH_DN, objectClass=["organizationalRole", "simpleSecurityObject"],
                cn=account["name"], userPassword=ssha(account["password"]))


def extra_person(number):
    name = f"person{number:05}"
    return {"name": name, "given": "Person", "surname": f"Number{number:05}", "password": f"{name}-Passw0rd"}


def print_ldif(extra):
    for part in ldif_frame():
        sys.stdout.write(part)
    for person in people_of("openldap") + [extra_person(number + 1) for number in range(extra)]:
        sys.stdout.write(ldif_person(person))
    for group in groups_of("openldap"):
        sys.stdout.write(ldif_group(group))


def print_ldif_sasl():
    """The same people below another suffix; {SASL} and the login name stand in place of the password's hash."""
    suffix = "dc=through,dc=example"
    sys.stdout.write(entry(suffix, objectClass=["dcObject", "organization"], dc="through", o="Pass-through"))
    for name in [*(person["name"] for person in SAMPLE["people"]), "nobody-knows"]:
        sys.stdout.write(entry(f"uid={escape_dn(name)},{suffix}", objectClass="inetOrgPerson", uid=name, cn=name, sn=name,
                               userPassword="{SASL}" + f"{name}@{DOMAIN}"))


# --- a local realm's people.yaml. JSON is YAML.


def local_hashes(password, authctl):
    """The keys of a person that hold the password; SCRAM takes printable ASCII only."""
    scram = ["--scram"] if password.isascii() and password.isprintable() else []
    hashed = json.loads(subprocess.run([authctl, "--json", "hash", "--password-stdin", *scram], input=password + "\n",
                                       capture_output=True, text=True, check=True).stdout)
    return {"password": hashed["hash"], **({"scram": hashed["scram"]} if scram else {})}


def local_person(person, authctl):
    states = {"account-disabled": {"disabled": True}, "account-expired": {"expires": "2024-01-01"},
              "must-change-password": {"must_change_password": True}}
    return {"name": person["name"], "display_name": f"{person['given']} {person['surname']}",
            **local_hashes(person["password"], authctl), "addresses": addresses(person), **states.get(person.get("state"), {}),
            **{key: person[key] for key in ("posix", "mail_host") if key in person}}


def local_group(group):
    members = [person["name"] for person in people_of("local") if group["name"] in person.get("groups", [])]
    return {"name": group["name"], "members": members, "groups": group.get("groups", [])}


def print_local(authctl):
    json.dump({"people": [local_person(person, authctl) for person in people_of("local")],
               "groups": [local_group(group) for group in groups_of("local")]}, sys.stdout, ensure_ascii=False, indent=1)


def print_password_change(name, password):
    print(f"dn:: {base64.b64encode(person_dn(name).encode()).decode()}\nchangetype: modify\nreplace: userPassword")
    print(f"userPassword:: {base64.b64encode(ssha(password).encode()).decode()}")


# --- changes in OpenLDAP, as LDIF for ldapmodify


def safe(name, value):
    return f"{name}:: {base64.b64encode(value.encode()).decode()}"


def modify(dn, *changes):
    """Each change is (verb, attribute, value...)."""
    lines = [safe("dn", dn), "changetype: modify"]
    for verb, attribute, *values in changes:
        lines += [f"{verb}: {attribute}", *(safe(attribute, value) for value in values), "-"]
    print("\n".join(lines) + "\n")


def rename(dn, rdn, superior):
    print("\n".join([safe("dn", dn), "changetype: modrdn", safe("newrdn", rdn), "deleteoldrdn: 1", safe("newsuperior", superior)]) + "\n")


def time_in(seconds):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=float(seconds))
    return moment.strftime("%Y%m%d%H%M%SZ")


def kind_of(group):
    return next((record["kind"] for record in groups_of("openldap") if record["name"] == group), "member")


def member_value(group, member):
    if kind_of(group) == "memberUid":
        return member
    return group_dn(member) if member in [record["name"] for record in groups_of("openldap")] else person_dn(member)


def change_disable(name):
    modify(person_dn(name), ("replace", "pwdAccountLockedTime", "000001010000Z"))


def change_enable(name):
    modify(person_dn(name), ("replace", "pwdAccountLockedTime"))


def change_lock(name):
    """As the policy locks that is there for it: 5 seconds."""
    modify(person_dn(name), ("replace", "pwdPolicySubentry", f"cn=lockable,{POLICIES_DN}"),
           ("replace", "pwdAccountLockedTime", time_in(0)))


def change_unlock(name):
    modify(person_dn(name), ("replace", "pwdAccountLockedTime"))


def change_expire_in(name, seconds):
    """`never`: not any more."""
    modify(person_dn(name), ("replace", "pwdEndTime", *([] if seconds == "never" else [time_in(seconds)])))


def change_must_change(name):
    modify(person_dn(name), ("replace", "pwdPolicySubentry", f"cn=strict,{POLICIES_DN}"), ("replace", "pwdReset", "TRUE"))


def change_password_expires_in(name, seconds):
    """Under the policy whose passwords live a year."""
    modify(person_dn(name), ("replace", "pwdPolicySubentry", f"cn=yearly,{POLICIES_DN}"),
           ("replace", "pwdChangedTime", time_in(float(seconds) - 31536000)))


def change_policy(name, policy):
    """`default`: none of one's own."""
    modify(person_dn(name), ("replace", "pwdPolicySubentry", *([] if policy == "default" else [f"cn={policy},{POLICIES_DN}"])))


def change_set_policy(policy, attribute, *values):
    modify(f"cn={policy},{POLICIES_DN}", ("replace", attribute, *values))


def change_set(name, attribute, *values):
    modify(person_dn(name), ("replace", attribute, *values))


def change_delete(name):
    print(f"{safe('dn', person_dn(name))}\nchangetype: delete\n")


def change_create(name, above=PEOPLE_DN):
    password = sys.stdin.read().rstrip("\n")
    record = ldif_person({"name": name, "given": "New", "surname": "Person", "password": password})
    lines = [line for line in record.splitlines()[1:] if not line.startswith("entryUUID")]
    print("\n".join([safe("dn", f"uid={escape_dn(name)},{above}"), "changetype: add", *lines]) + "\n")


def change_rename(name, new):
    rename(person_dn(name), f"uid={escape_dn(new)}", PEOPLE_DN)


def change_move_out(name):
    rename(person_dn(name), f"uid={escape_dn(name)}", ELSEWHERE_DN)


def change_move_in(name):
    rename(f"uid={escape_dn(name)},{ELSEWHERE_DN}", f"uid={escape_dn(name)}", PEOPLE_DN)


def unit_dn(unit, above=PEOPLE_DN):
    return f"ou={escape_dn(unit)},{above}"


def change_unit(unit):
    print(f"{safe('dn', unit_dn(unit))}\nchangetype: add\nobjectClass: organizationalUnit\n{safe('ou', unit)}\n")


def change_unit_delete(unit):
    print(f"{safe('dn', unit_dn(unit))}\nchangetype: delete\n")


def change_unit_person(unit, name):
    """Created there: slapd 2.5.13 cannot rename a unit into which somebody was moved, until it is started anew."""
    change_create(name, unit_dn(unit))


def change_unit_person_delete(unit, name):
    print(f"{safe('dn', f'uid={escape_dn(name)},{unit_dn(unit)}')}\nchangetype: delete\n")


def change_unit_rename(unit, new):
    rename(unit_dn(unit), f"ou={escape_dn(new)}", PEOPLE_DN)


def change_unit_move_out(unit):
    rename(unit_dn(unit), f"ou={escape_dn(unit)}", ELSEWHERE_DN)


def change_unit_move_in(unit):
    rename(unit_dn(unit, ELSEWHERE_DN), f"ou={escape_dn(unit)}", PEOPLE_DN)


def change_group_create(group):
    print(f"{safe('dn', group_dn(group))}\nchangetype: add\nobjectClass: groupOfNames\n{safe('cn', group)}")
    print(f"{safe('member', SEARCH_DN)}\n")


def change_group_delete(group):
    print(f"{safe('dn', group_dn(group))}\nchangetype: delete\n")


def change_group_add(group, *members):
    modify(group_dn(group), ("add", kind_of(group), *(member_value(group, member) for member in members)))


def change_group_remove(group, *members):
    modify(group_dn(group), ("delete", kind_of(group), *(member_value(group, member) for member in members)))


# --- changes of a local realm's people file


def local_change(file, action, names):
    with open(file, encoding="utf-8") as stream:
        content = json.load(stream)
    people, groups = content["people"], content["groups"]
    record = next((person for person in people if person["name"] == names[0]), {})
    group = next((found for found in groups if found["name"] == names[0]), None)
    if action in ("disable", "enable"):
        record["disabled"] = action == "disable"
    elif action == "must-change":
        record["must_change_password"] = True
    elif action == "expire-on":
        record["expires"] = names[1]
    elif action == "delete":
        people.remove(record)
        for found in groups:
            found["members"] = [member for member in found["members"] if member != names[0]]
    elif action == "rename":
        record["name"] = names[1]
        for found in groups:
            found["members"] = [names[1] if member == names[0] else member for member in found["members"]]
    elif action in ("group-add", "group-remove"):
        key = "groups" if names[1] in [found["name"] for found in groups] else "members"
        group[key].append(names[1]) if action == "group-add" else group[key].remove(names[1])
    elif action == "set-hash":
        record["password"] = sys.stdin.read().strip()
    elif action == "create":
        people.append({"name": names[0], "password": sys.stdin.read().strip()})
    else:
        raise SystemExit(f"a people file knows no '{action}'")
    with open(file + ".new", "w", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as stream:
        json.dump(content, stream, ensure_ascii=False, indent=1)
    os.chown(file + ".new", os.stat(file).st_uid, os.stat(file).st_gid)
    os.replace(file + ".new", file)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("names").add_argument("--directory", default="openldap")
    commands.add_parser("password").add_argument("name")
    commands.add_parser("change-password-ldif").add_argument("name")
    change = commands.add_parser("change-ldif")
    change.add_argument("action")
    change.add_argument("names", nargs="+")
    change = commands.add_parser("change-local")
    change.add_argument("file")
    change.add_argument("action")
    change.add_argument("names", nargs="+")
    commands.add_parser("ldif").add_argument("--extra", type=int, default=0)
    commands.add_parser("ldif-sasl")
    commands.add_parser("local").add_argument("authctl")
    arguments = parser.parse_args()
    if arguments.command == "names":
        print("\n".join(person["name"] for person in people_of(arguments.directory)))
    elif arguments.command == "password":
        print(password_of(arguments.name))
    elif arguments.command == "ldif-sasl":
        print_ldif_sasl()
    elif arguments.command == "local":
        print_local(arguments.authctl)
    elif arguments.command == "change-password-ldif":
        print_password_change(arguments.name, sys.stdin.read().rstrip("\n"))
    elif arguments.command == "change-ldif":
        change = globals().get("change_" + arguments.action.replace("-", "_"))
        if change is None:
            raise SystemExit(f"no change is called '{arguments.action}'")
        change(*arguments.names)
    elif arguments.command == "change-local":
        local_change(arguments.file, arguments.action, arguments.names)
    elif arguments.command == "ldif":
        print_ldif(arguments.extra)


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""break_active_directory - one fault of a running domain, as it comes about in practice; for what must find it

  break_active_directory.py SMB.CONF FAULT [ARGUMENT...]
    hide ATTRIBUTE...      the account that searches may not read these of people
    show ATTRIBUTE...      takes that back
    hide-container DN      it may not read this container (below the domain) and what is in it
    show-container DN
    spn-add SERVICE NAME   a service name at one more account; Samba refuses it, Windows before 2012 R2 did not
    spn-remove SERVICE NAME
    key-types NUMBER NAME  msDS-SupportedEncryptionTypes; "none" takes it away
Straight into the domain controller's database, as change_active_directory does; a second service name goes past what
keeps them unique.
"""
import sys

import ldb
from samba.dcerpc import misc, security
from samba.ndr import ndr_pack, ndr_unpack
from samba.param import LoadParm

import people
from seed_active_directory import Seeder

CONTROLS = ["show_deleted:1", "sd_flags:1:4"]  # 4: the access list only
USER = "bf967aba-0de6-11d0-a285-00aa003049e2"  # the class, MS-ADSC section 2.263


class Breaker(Seeder):
    def __init__(self, configuration):
        super().__init__(configuration)
        parameters = LoadParm()
        parameters.load(configuration)
        self.private = parameters.get("private dir")

    def sid(self):
        name = people.SAMPLE["search_account"]["name"]
        found = self.database.search(self.dn_of(name), ldb.SCOPE_BASE, attrs=["objectSid"])
        return str(ndr_unpack(security.dom_sid, found[0]["objectSid"][0]))

    def set_access(self, dn, entry, there):
        domain = security.dom_sid(self.database.get_domain_sid())
        found = self.database.search(dn, ldb.SCOPE_BASE, attrs=["nTSecurityDescriptor"], controls=CONTROLS)
        text = ndr_unpack(security.descriptor, found[0]["nTSecurityDescriptor"][0]).as_sddl(domain)
        text = text.replace(entry, "")
        if there:  # what is denied stands first
            first = text.index("(", text.index("D:"))
            text = text[:first] + entry + text[first:]
        message = ldb.Message(ldb.Dn(self.database, dn))
        message["access"] = ldb.MessageElement(ndr_pack(security.descriptor.from_sddl(text, domain)),
                                               ldb.FLAG_MOD_REPLACE, "nTSecurityDescriptor")
        self.database.modify(message, CONTROLS)

    def attribute_id(self, name):
        found = self.database.search(self.database.get_schema_basedn(), ldb.SCOPE_ONELEVEL, f"(lDAPDisplayName={name})",
                                     attrs=["schemaIDGUID"])
        return str(ndr_unpack(misc.GUID, found[0]["schemaIDGUID"][0]))

    def set_hidden(self, attributes, hidden):
        for name in attributes:
            self.set_access(f"CN=Users,{self.base}", f"(OD;CIIO;RP;{self.attribute_id(name)};{USER};{self.sid()})", hidden)

    def hide(self, *attributes):
        self.set_hidden(attributes, True)

    def show(self, *attributes):
        self.set_hidden(attributes, False)

    def hide_container(self, dn):
        self.set_access(f"{dn},{self.base}", f"(D;CI;RPLC;;;{self.sid()})", True)

    def show_container(self, dn):
        self.set_access(f"{dn},{self.base}", f"(D;CI;RPLC;;;{self.sid()})", False)

    def change_names(self, service, name, flag):
        partition = ldb.Ldb(f"{self.private}/sam.ldb.d/{self.base.upper()}.ldb")
        message = ldb.Message(ldb.Dn(partition, str(self.dn_of(name))))
        message["names"] = ldb.MessageElement(service, flag, "servicePrincipalName")
        partition.modify(message)

    def spn_add(self, service, name):
        self.change_names(service, name, ldb.FLAG_MOD_ADD)

    def spn_remove(self, service, name):
        self.change_names(service, name, ldb.FLAG_MOD_DELETE)

    def key_types(self, number, name):
        message = ldb.Message(self.dn_of(name))
        message["types"] = ldb.MessageElement([] if number == "none" else number, ldb.FLAG_MOD_REPLACE,
                                              "msDS-SupportedEncryptionTypes")
        self.database.modify(message)


def main():
    breaker = Breaker(sys.argv[1])
    getattr(breaker, sys.argv[2].replace("-", "_"))(*sys.argv[3:])


if __name__ == "__main__":
    main()

#!/usr/bin/python3
"""trust_domain - makes a running domain trust another one of this machine, and be trusted, on its own side only

  trust_domain.py SMB.CONF OTHER-SMB.CONF     a forest trust; one that is there already is made anew
The password that both sides share comes on standard input. It calls what an administrator's tools call for "this domain only":
CreateTrustedDomainEx2 (MS-LSAD 3.1.4.7.10), here as the system itself. samba-tool itself would ask the other domain's LSA over SMB,
which is not served in the lab.
"""
import sys

from samba import NTSTATUSError, current_unix_time, trust_utils, unix2nttime
from samba.auth import system_session
from samba.dcerpc import drsblobs, lsa, security
from samba.param import LoadParm
from samba.samdb import SamDB

AES = security.KERB_ENCTYPE_AES128_CTS_HMAC_SHA1_96 | security.KERB_ENCTYPE_AES256_CTS_HMAC_SHA1_96
MAY = lsa.LSA_POLICY_VIEW_LOCAL_INFORMATION | lsa.LSA_POLICY_TRUST_ADMIN | lsa.LSA_POLICY_CREATE_SECRET


def shared_secret(password):
    """trustAuthInOutBlob (MS-ADTS 6.1.6.9.1): one password, from now on."""
    octets = list(password.encode("utf-16-le"))
    clear = drsblobs.AuthInfoClear()
    clear.size, clear.password = len(octets), octets
    one = drsblobs.AuthenticationInformation()
    one.LastUpdateTime = unix2nttime(current_unix_time())
    one.AuthType = lsa.TRUST_AUTH_TYPE_CLEAR
    one.AuthInfo = clear
    some = drsblobs.AuthenticationInformationArray()
    some.count, some.array = 1, [one]
    blob = drsblobs.trustAuthInOutBlob()
    blob.count, blob.current = 1, some
    return blob


def described(configuration):
    """The domain of that file, as one that is trusted."""
    parameters = LoadParm(filename_for_non_global_lp=configuration)
    database = SamDB(url=parameters.private_path("sam.ldb"), session_info=system_session(), lp=parameters)
    info = lsa.TrustDomainInfoInfoEx()
    info.trust_type = lsa.LSA_TRUST_TYPE_UPLEVEL
    info.trust_attributes = lsa.LSA_TRUST_ATTRIBUTE_FOREST_TRANSITIVE
    info.trust_direction = lsa.LSA_TRUST_DIRECTION_INBOUND | lsa.LSA_TRUST_DIRECTION_OUTBOUND
    info.domain_name.string = parameters.get("realm").lower()
    info.netbios_name.string = parameters.get("workgroup")
    info.sid = security.dom_sid(database.get_domain_sid())
    return info


def forget(connection, policy, name):
    text = lsa.String()
    text.string = name
    try:
        trust = connection.OpenTrustedDomainByName(policy, text, security.SEC_STD_DELETE)
    except NTSTATUSError:
        return  # there is none
    connection.DeleteObject(trust)


def main():
    configuration, other = sys.argv[1:]
    info = described(other)
    parameters = LoadParm()
    parameters.load(configuration)
    connection = lsa.lsarpc("ncalrpc:[auth_type=ncalrpc_as_system]", parameters, None)
    attributes = lsa.ObjectAttribute()
    attributes.sec_qos = lsa.QosInfo()
    policy = connection.OpenPolicy2("", attributes, MAY)
    forget(connection, policy, info.domain_name.string)
    secret = shared_secret(sys.stdin.read().strip())
    trust = trust_utils.CreateTrustedDomainRelax(connection, policy, info, lsa.LSA_TRUSTED_DOMAIN_ALL_ACCESS, secret, secret)
    keys = lsa.TrustDomainInfoSupportedEncTypes()
    keys.enc_types = AES
    connection.SetInformationTrustedDomain(trust, lsa.LSA_TRUSTED_DOMAIN_SUPPORTED_ENCRYPTION_TYPES, keys)


if __name__ == "__main__":
    main()

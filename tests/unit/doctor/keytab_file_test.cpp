#include "doctor/keytab_file.hpp"

#include "../scratch_folder.hpp"

#include <catch2/catch.hpp>

#include <krb5/krb5.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace gatehouse::doctor
{

namespace
{
/// A keytab of its own, written by libkrb5.
class ScratchKeytab
{
public:
    std::string file() const { return folder_ / "keytab"; }

    void add(const std::string& principal, krb5_kvno kvno, krb5_enctype enctype) const
    {
        krb5_context context = nullptr;
        krb5_keytab keytab = nullptr;
        krb5_keytab_entry entry{};
        REQUIRE(krb5_init_context(&context) == 0);
        REQUIRE(krb5_kt_resolve(context, ("WRFILE:" + file()).c_str(), &keytab) == 0);
        REQUIRE(krb5_parse_name(context, principal.c_str(), &entry.principal) == 0);
        REQUIRE(krb5_c_make_random_key(context, enctype, &entry.key) == 0);
        entry.vno = kvno;
        CHECK(krb5_kt_add_entry(context, keytab, &entry) == 0);
        krb5_kt_free_entry(context, &entry);
        krb5_kt_close(context, keytab);
        krb5_free_context(context);
    }

private:
    ScratchFolder folder_;
};

constexpr auto nobody = "a user whom no system has";
} // namespace

TEST_CASE("a keytab's keys are told without the keys, and the newest of a principal are known")
{
    const ScratchKeytab scratch;
    scratch.add("host/mail@CAMPUS", 2, ENCTYPE_AES256_CTS_HMAC_SHA1_96);
    scratch.add("host/mail@CAMPUS", 300, ENCTYPE_AES128_CTS_HMAC_SHA1_96);
    scratch.add("host/mail@CAMPUS", 300, ENCTYPE_ARCFOUR_HMAC);
    scratch.add("imap/mail@ELSEWHERE", 1, ENCTYPE_AES256_CTS_HMAC_SHA1_96);
    const KeytabFile keytab = read_keytab(scratch.file(), nobody);
    CHECK(keytab.trouble.empty());
    CHECK(keytab.keys.size() == 4);
    CHECK(principals_of(keytab, "CAMPUS") == std::vector<std::string>{"host/mail@CAMPUS"});
    CHECK(principals_of(keytab, "NOWHERE").empty());
    const auto newest = newest_keys(keytab, "host/mail@CAMPUS");
    REQUIRE(newest.size() == 2);
    CHECK(newest[0].kvno == 300); // of more than a byte
    CHECK(newest[1].enctype == ENCTYPE_ARCFOUR_HMAC);
    CHECK(newest_keys(keytab, "host/other@CAMPUS").empty());
}

TEST_CASE("a keytab that is none, or not there, is told as such")
{
    const ScratchKeytab scratch;
    CHECK(read_keytab(scratch.file(), nobody).trouble == "No such file or directory");
    std::ofstream(scratch.file()) << "no keytab";
    CHECK_FALSE(read_keytab(scratch.file(), nobody).trouble.empty());
    CHECK(read_keytab("/dev/null", nobody).trouble == "not a regular file");
}

TEST_CASE("a keytab that others may read, or that authd may not, has its cure")
{
    const ScratchKeytab scratch;
    scratch.add("host/mail@CAMPUS", 1, ENCTYPE_AES256_CTS_HMAC_SHA1_96);
    ::chmod(scratch.file().c_str(), 0600);
    CHECK(read_keytab(scratch.file(), nobody).rights_trouble.empty());
    for (const mode_t mode : {0604, 0660, 0602}) {
        ::chmod(scratch.file().c_str(), mode);
        const KeytabFile open = read_keytab(scratch.file(), nobody);
        CHECK_FALSE(open.rights_trouble.empty());
        CHECK(open.rights_cure == std::vector<std::string>{"chmod g-w,o= " + scratch.file()});
    }
    ::chmod(scratch.file().c_str(), 0600);
    const std::string other = ::geteuid() == 0 ? "daemon" : "root";
    const KeytabFile shut = read_keytab(scratch.file(), other);
    CHECK(shut.rights_trouble == "the user " + other + ", as whom authd runs, may not read it");
    REQUIRE(shut.rights_cure.size() == 2);
    CHECK(shut.rights_cure[1] == "chmod 0640 " + scratch.file());
}

TEST_CASE("key types have the names that administrators know, and weak ones are known")
{
    CHECK(enctype_name(18) == "aes256-cts-hmac-sha1-96");
    CHECK(enctype_name(12345) == "type 12345");
    CHECK(is_weak(23));
    CHECK_FALSE(is_weak(17));
}

} // namespace gatehouse::doctor

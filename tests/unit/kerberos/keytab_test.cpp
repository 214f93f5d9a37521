#include "../scratch_folder.hpp"
#include "kerberos/as_check.hpp"
#include "kerberos/keytab.hpp"
#include "kerberos/private_profile.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace gatehouse;
using namespace gatehouse::kerberos;

namespace
{
/// A folder of this test's own.
class Scratch
{
public:
    std::string file() const { return folder_ / "service.keytab"; }
    std::string folder() const { return folder_.path().string(); }

    /// A keytab with a key for each of the principals, readable by its owner.
    std::string keytab_of(const std::vector<std::string>& principals) const
    {
        const auto context = make_context();
        REQUIRE(context);
        Keytab keytab(context->get());
        REQUIRE(krb5_kt_resolve(context->get(), ("WRFILE:" + file()).c_str(), keytab.out()) == 0);
        for (const std::string& name : principals) {
            Principal principal(context->get());
            REQUIRE(krb5_parse_name(context->get(), name.c_str(), principal.out()) == 0);
            krb5_keytab_entry entry{};
            entry.principal = principal.get();
            entry.vno = 1;
            REQUIRE(krb5_c_make_random_key(context->get(), ENCTYPE_AES256_CTS_HMAC_SHA1_96, &entry.key) == 0);
            REQUIRE(krb5_kt_add_entry(context->get(), keytab.get(), &entry) == 0);
            krb5_free_keyblock_contents(context->get(), &entry.key);
        }
        ::chmod(file().c_str(), 0600);
        return file();
    }

    std::string written(std::string_view bytes, mode_t mode) const
    {
        std::ofstream(file(), std::ios::binary) << bytes;
        ::chmod(file().c_str(), mode);
        return file();
    }

private:
    ScratchFolder folder_;
};

Result<std::shared_ptr<KerberosCheck>> made(const std::string& keytab, std::vector<std::string> kdcs = {"127.0.0.1"})
{
    static BlockingPool pool("tests", 1, 1);
    return make_as_check(
        {.realm = "CAMPUS", .kerberos_realm = "CAMPUS.EXAMPLE", .kdcs = std::move(kdcs), .keytab = keytab}, pool);
}

/// The sentence with which such a keytab is refused.
std::string refused(const std::string& keytab)
{
    const auto check = made(keytab);
    REQUIRE_FALSE(check);
    CHECK(check.error().kind == ErrorKind::invalid);
    CHECK(check.error().text.find(keytab) != std::string::npos);
    return check.error().text;
}

bool says_how(const std::string& sentence)
{
    return sentence.find("ktadd") != std::string::npos && sentence.find("exportkeytab") != std::string::npos &&
           sentence.find("ktpass") != std::string::npos;
}
} // namespace

TEST_CASE("with a key of the realm that only we can read, passwords can be checked by Kerberos")
{
    const Scratch scratch;
    CHECK(made(scratch.keytab_of({"host/gatehouse.campus.example@CAMPUS.EXAMPLE"})));
}

TEST_CASE("without a keytab nothing proves a KDC: the file and the cure are named")
{
    const Scratch scratch;
    CHECK(says_how(refused("")));
    CHECK(says_how(refused(scratch.file())));                     // missing
    CHECK(says_how(refused(scratch.written("", 0600))));          // empty
    CHECK(says_how(refused(scratch.written("no keytab", 0600)))); // something else
    CHECK(says_how(refused(scratch.written("\x05\x02", 0600))));  // a keytab without a key
    CHECK(refused(scratch.folder()).find("not a regular file") != std::string::npos);
}

TEST_CASE("a keytab that others can read is refused: they could pose as a KDC")
{
    const Scratch scratch;
    const std::string file = scratch.keytab_of({"host/gatehouse.campus.example@CAMPUS.EXAMPLE"});
    for (const mode_t mode : {0644, 0604, 0620, 0602}) {
        INFO(std::oct << mode);
        ::chmod(file.c_str(), mode);
        CHECK(refused(file).find("chmod") != std::string::npos);
    }
    ::chmod(file.c_str(), 0640);
    CHECK(made(file));
}

TEST_CASE("a keytab of another realm is refused")
{
    const Scratch scratch;
    const std::string sentence = refused(scratch.keytab_of({"host/gatehouse.campus.example@OTHER.EXAMPLE"}));
    CHECK(sentence.find("no key of realm CAMPUS.EXAMPLE") != std::string::npos);
}

TEST_CASE("a keytab that is cut is refused")
{
    const Scratch scratch;
    const std::string file = scratch.keytab_of({"host/gatehouse.campus.example@CAMPUS.EXAMPLE"});
    std::filesystem::resize_file(file, 8); // the beginning of an entry; cut later, libkrb5 1.20 loses what it has read
    CHECK(says_how(refused(file)));
}

TEST_CASE("a KDC's name that does not parse is refused")
{
    const Scratch scratch;
    const std::string file = scratch.keytab_of({"host/gatehouse.campus.example@CAMPUS.EXAMPLE"});
    const auto check = made(file, {"dc1:kerberos"});
    REQUIRE_FALSE(check);
    CHECK(check.error().text.find("dc1:kerberos") != std::string::npos);
}

TEST_CASE("host principals are asked for first, each once, and none of another realm")
{
    const Scratch scratch;
    const std::string file =
        scratch.keytab_of({"imap/mail.campus.example@CAMPUS.EXAMPLE", "host/a@CAMPUS.EXAMPLE", "host/a@CAMPUS.EXAMPLE",
                           "host/a@OTHER.EXAMPLE", "smtp/mail.campus.example@CAMPUS.EXAMPLE", "host/b@CAMPUS.EXAMPLE"});
    const auto context = make_context();
    REQUIRE(context);
    Keytab keytab(context->get());
    REQUIRE(open_keytab(context->get(), file, keytab));
    CHECK(services_in(context->get(), file, keytab.get(), "CAMPUS.EXAMPLE").value() ==
          std::vector<std::string>{"host/a@CAMPUS.EXAMPLE", "host/b@CAMPUS.EXAMPLE",
                                   "imap/mail.campus.example@CAMPUS.EXAMPLE",
                                   "smtp/mail.campus.example@CAMPUS.EXAMPLE"});
}

TEST_CASE("the machine's own Kerberos configuration plays no part")
{
    const Scratch scratch;
    scratch.written("[libdefaults]\n default_realm = SURPRISE.EXAMPLE\n", 0600);
    ::setenv("KRB5_CONFIG", scratch.file().c_str(), 1);
    const auto context = make_context();
    ::unsetenv("KRB5_CONFIG");
    REQUIRE(context);
    char* realm = nullptr;
    CHECK(krb5_get_default_realm(context->get(), &realm) != 0);
    krb5_free_default_realm(context->get(), realm);
}

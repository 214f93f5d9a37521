// What LeakSanitizer must know of the libraries of these tests' own clients; no test of its own. gss-ntlmssp 1.2 does
// not give back the context of OpenSSL that it makes to hash a password, and MIT's library forgets a text of a context
// that fails. Both have no frame pointers, so that a leak is told by its library only. authd's own leaks are found when
// it ends.
#if __has_feature(address_sanitizer)
extern "C" const char* __lsan_default_suppressions()
{
    return "leak:libcrypto.so\nleak:libgssapi_krb5.so\n";
}
#endif

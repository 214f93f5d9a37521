// What LeakSanitizer must know of libldap; no test of its own.
#if __has_feature(address_sanitizer)
// libldap 2.5 forgets the text of a Notice of Disconnection, some bytes for each connection that ends so. Only whole
// stacks tell that text from what would be our leak; which costs much time, so only these tests pay for it.
extern "C" const char* __asan_default_options()
{
    return "fast_unwind_on_malloc=0";
}

extern "C" const char* __lsan_default_suppressions()
{
    return "leak:ber_get_stringa_null\n";
}
#endif

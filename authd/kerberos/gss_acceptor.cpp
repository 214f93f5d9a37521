#include "kerberos/gss_acceptor.hpp"

#include "base/deadline.hpp"
#include "base/log.hpp"
#include "kerberos/accepted_context.hpp"
#include "kerberos/accepted_keys.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <mutex>

namespace gatehouse::kerberos
{

using namespace std::chrono_literals;

namespace
{
/// What tells that a file is another one or was written to.
struct FileMark {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t changed_s = 0;
    std::int64_t changed_ns = 0;

    bool operator==(const FileMark&) const = default;
};

FileMark mark_of(const std::string& file)
{
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0)
        return {};
    return {status.st_dev, status.st_ino, status.st_size, status.st_ctim.tv_sec, status.st_ctim.tv_nsec};
}

std::vector<FileMark> marks_of(const std::vector<std::string>& files)
{
    std::vector<FileMark> marks;
    for (const std::string& file : files)
        marks.push_back(mark_of(file));
    return marks;
}

class Acceptor final : public GssAcceptor
{
public:
    Acceptor(GssSettings settings, std::vector<FileMark> marks, std::shared_ptr<const AcceptedKeys> keys)
        : settings_(std::move(settings)), marks_(std::move(marks)), keys_(std::move(keys))
    {
    }

    std::unique_ptr<GssContext> begin(GssOffer offer) override
    {
        return std::make_unique<AcceptedContext>(keys_now(), offer);
    }

private:
    std::shared_ptr<const AcceptedKeys> keys_now();

    const GssSettings settings_;
    std::mutex mutex_;
    std::vector<FileMark> marks_; // of the files when they were read, or tried to
    std::shared_ptr<const AcceptedKeys> keys_;
    Deadline looked_{};
};

std::shared_ptr<const AcceptedKeys> Acceptor::keys_now()
{
    const std::lock_guard lock(mutex_);
    if (const Deadline now = Clock::now(); now - looked_ >= 1s) {
        looked_ = now;
        auto marks = marks_of(settings_.keytabs); // before reading: what is written meanwhile is seen the next time
        if (marks != marks_) {
            marks_ = std::move(marks);
            if (auto keys = AcceptedKeys::read(settings_))
                keys_ = std::move(*keys);
            else
                log::warn("kerberos: the keys known before go on: {}", keys.error().text);
        }
    }
    return keys_;
}
} // namespace

Result<std::shared_ptr<GssAcceptor>> make_gss_acceptor(GssSettings settings)
{
    auto marks = marks_of(settings.keytabs);
    auto keys = AcceptedKeys::read(settings);
    if (!keys)
        return std::unexpected(std::move(keys.error()));
    return std::make_shared<Acceptor>(std::move(settings), std::move(marks), std::move(*keys));
}

void isolate_gssapi()
{
    // libgssapi makes a context of libkrb5 for nearly every call, a dozen in a login. A file of no name is never there,
    // and nothing to read makes a context four times as fast as an empty file does.
    ::setenv("KRB5_CONFIG", "", 1);
    for (const char* name : {"KRB5_KTNAME", "KRB5_CLIENT_KTNAME", "KRB5CCNAME", "KRB5RCACHETYPE", "NTLM_USER_FILE",
                             "GSSNTLMSSP_WB_TLS_CTX"})
        ::unsetenv(name);
    ::setenv("KRB5RCACHENAME", "none:", 1); // ReplayCache does it
    ::setenv("LM_COMPAT_LEVEL", "5", 1);    // NTLMv2 only
}

} // namespace gatehouse::kerberos

#include "directory/entry_stream.hpp"

#include "directory/bind_verdict.hpp"

namespace gatehouse::directory
{

EntryStream::EntryStream(DirectoryThread& thread, LdapConnection& connection, const SearchRequest& request,
                         std::chrono::milliseconds patience)
    : thread_(thread), connection_(connection), patience_(patience)
{
    const auto id = connection_.listen(request, {}, {}, *this);
    if (id)
        id_ = *id;
    else
        end_ = std::unexpected(id.error());
}

EntryStream::~EntryStream()
{
    connection_.listen_no_more(id_);
}

Awaitable<std::vector<Entry>> EntryStream::next()
{
    while (entries_.empty() && !end_) {
        Waiter waiter(thread_);
        waiting_ = &waiter;
        const bool woken = co_await waiter.wait(Clock::now() + patience_);
        waiting_ = nullptr;
        if (!woken && entries_.empty() && !end_) {
            end_ = thread_.stopping() ? unavailable("the directory is shutting down")
                                      : past_deadline("the server sends no more entries");
            connection_.listen_no_more(id_);
        }
    }
    co_return std::exchange(entries_, {});
}

Result<void> EntryStream::result() const
{
    if (!end_)
        return unavailable("the search was given up");
    if (!*end_)
        return std::unexpected(end_->error());
    const LdapResult& result = **end_;
    return result.code == LDAP_SUCCESS ? Result<void>{} : unavailable(explain_search_error(result));
}

void EntryStream::entry(Entry entry, std::string_view)
{
    entries_.push_back(std::move(entry));
    wake();
}

void EntryStream::ended(Result<LdapResult> result)
{
    end_ = std::move(result);
    wake();
}

void EntryStream::wake()
{
    if (waiting_ != nullptr)
        waiting_->wake();
}

} // namespace gatehouse::directory

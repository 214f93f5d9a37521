#include "client/authd.hpp"

#include "client/connection.hpp"
#include "client/link.hpp"

#include <utility>

namespace gatehouse::client
{

namespace
{
Result<wire::NativeNews> news_of(wire::NativeReply reply)
{
    const auto result = result_of(std::move(reply));
    if (!result)
        return std::unexpected(result.error());
    auto news = wire::parse_native_news(*result);
    return news ? Result<wire::NativeNews>(std::move(*news)) : invalid("authd tells a watch what is no news");
}
} // namespace

// Held by a `next` that waits, too: the Watch may end meanwhile.
struct Authd::Watch::Place {
    boost::asio::io_context& io;
    std::string socket;
    std::string realm;
    std::shared_ptr<Connection> connection{};
    bool closed = false;

    Awaitable<Result<void>> begin(Deadline deadline)
    {
        auto line = wire::format_native_request(wire::NativeWatch{.id = 1, .realm = realm});
        if (!line)
            co_return std::unexpected(unwritable(line.error()));
        auto opened = co_await Connection::open(io, socket, deadline);
        if (!opened)
            co_return std::unexpected(std::move(opened.error()));
        if (closed)
            co_return unavailable("the watch was ended");
        connection = std::move(*opened);
        connection->send(std::move(*line));
        co_return Result<void>{};
    }
};

Authd::Watch::Watch(Authd& authd, std::string realm)
    : place_(std::make_shared<Place>(authd.link_->io(), authd.link_->settings().socket, std::move(realm)))
{
}

Authd::Watch::~Watch()
{
    close();
}

void Authd::Watch::close()
{
    place_->closed = true;
    if (place_->connection)
        place_->connection->close("the watch was ended");
}

Awaitable<Result<wire::NativeNews>> Authd::Watch::next(Deadline deadline)
{
    const auto place = place_;
    if (place->closed)
        co_return unavailable("the watch was ended");
    if (!place->connection)
        if (auto begun = co_await place->begin(deadline); !begun)
            co_return std::unexpected(std::move(begun.error()));
    auto reply = co_await place->connection->read_reply();
    if (!reply)
        co_return std::unexpected(std::move(reply.error()));
    auto news = news_of(std::move(*reply));
    if (!news) // a refusal is the last that is told
        place->connection->close(news.error().text);
    co_return news;
}

} // namespace gatehouse::client

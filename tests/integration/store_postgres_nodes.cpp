#include "store_postgres_nodes.hpp"

#include "support/lab.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <optional>
#include <stdexcept>
#include <thread>

namespace gatehouse::integration
{

namespace
{
using namespace std::chrono_literals;

template <class T>
T run(Awaitable<T> awaitable)
{
    boost::asio::io_context context;
    std::optional<T> value;
    boost::asio::co_spawn(context, std::move(awaitable), [&](const std::exception_ptr& error, T result) {
        if (error)
            std::rethrow_exception(error);
        value.emplace(std::move(result));
    });
    context.run();
    return std::move(value.value());
}

template <class T>
T sure(Result<T> result)
{
    if (!result)
        throw std::runtime_error(result.error().text);
    return std::move(*result);
}
} // namespace

SharedDatabase::SharedDatabase()
{
    does("up"); // a test that failed may have left it down or frozen
    does("thaw");
    does("empty");
    const auto shown = Lab::current().show("postgres");
    settings_.postgresql = shown.at("connection");
    settings_.password_file = shown.at("password_file");
}

SharedDatabase::~SharedDatabase()
{
    for (const char* word : {"thaw", "up"})
        Lab::current().script("postgres", {word});
}

store::StoreSettings SharedDatabase::settings(const std::string& node) const
{
    store::StoreSettings settings = settings_;
    settings.node = node;
    return settings;
}

std::shared_ptr<store::Store> SharedDatabase::node(const std::string& name) const
{
    return sure(store::open_store(settings(name)));
}

void SharedDatabase::does(const std::string& word) const
{
    Lab::current().must("postgres", {word});
}

std::string SharedDatabase::sql(const std::string& text) const
{
    std::string answer = Lab::current().must("postgres", {"sql", text}).out;
    answer.erase(answer.find_last_not_of('\n') + 1);
    return answer;
}

OwnFolder::OwnFolder() : folder_(Lab::current().folder() / "store-test")
{
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
}

OwnFolder::~OwnFolder()
{
    std::filesystem::remove_all(folder_);
}

Result<std::string> claim(store::Store& store, const std::string& id, const std::string& wanted)
{
    return run(store.claim_mailbox("CAMPUS", id, wanted));
}

std::uint64_t count(store::Store& store, const std::string& key, std::uint32_t n)
{
    return sure(run(store.count(key, 1h, n)));
}

store::Turn begin_attempt(store::Store& store, const std::string& id, std::chrono::seconds time)
{
    return run(store.begin_attempt(
        {.realm = "CAMPUS", .id = id, .until = std::chrono::system_clock::now() + time, .window = 1h}));
}

Result<void> keep(store::Store& store, const std::string& key, const std::string& bytes)
{
    return run(store.keep(key, bytes));
}

std::string kept(store::Store& store, const std::string& key)
{
    return sure(run(store.kept(key))).value_or("(nothing)");
}

std::chrono::milliseconds time_until(std::chrono::milliseconds limit, const std::function<bool()>& condition)
{
    const auto begin = std::chrono::steady_clock::now();
    for (;;) {
        const bool true_now = condition();
        const auto passed =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
        if (true_now || passed >= limit)
            return true_now ? passed : limit;
        std::this_thread::sleep_for(1ms);
    }
}

bool settles(const store::Store& store)
{
    return time_until(20s, [&] { return store.status().usable && store.status().waiting == 0; }) < 20s;
}

} // namespace gatehouse::integration

#pragma once

#include "../scratch_folder.hpp"
#include "store/store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>

namespace gatehouse::store
{

/// A folder that is gone after the test.
class Scratch
{
public:
    std::string operator/(std::string_view name) const { return folder_ / name; }
    StoreSettings settings() const { return {.file = *this / "store.db"}; }

private:
    ScratchFolder folder_;
};

inline std::shared_ptr<Store> opened(const StoreSettings& settings)
{
    auto store = open_store(settings);
    if (!store)
        FAIL(store.error().text);
    return std::move(*store);
}

/// Runs a coroutine to its end on an io_context of its own.
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

/// The value, or the test fails with the error's sentence. Not from a second thread.
template <class T>
T sure(Result<T> result)
{
    if (!result)
        FAIL(result.error().text);
    return std::move(*result);
}

inline std::string claim(Store& store, const std::string& id, const std::string& wanted)
{
    return sure(run(store.claim_mailbox("CAMPUS", id, wanted)));
}

inline std::uint64_t count(Store& store, const std::string& key, std::chrono::seconds window, std::uint32_t n)
{
    return sure(run(store.count(key, window, n)));
}

/// Whether it comes true within a minute.
inline bool comes_true(const std::function<bool()>& condition)
{
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

inline bool comes_to_rest(const Store& store)
{
    return comes_true([&] { return store.status().waiting == 0; });
}

inline std::string content(const std::string& file)
{
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

inline void write(const std::string& file, std::string_view text)
{
    std::ofstream(file, std::ios::binary) << text;
}

} // namespace gatehouse::store

#include "store/postgresql_connection.hpp"

#include "base/log.hpp"
#include "base/secret_file.hpp"
#include "base/text.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <map>
#include <utility>

namespace gatehouse::store
{

namespace
{
using namespace std::chrono_literals;

constexpr auto patience = 4s; // with a server that does not answer; its own statement_timeout ends before

struct FreeOptions {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

/// One line of what libpq said, without the advice that it adds on lines that begin with a tab.
std::string sentence(std::string_view said)
{
    std::string line = "PostgreSQL:";
    for (std::string_view part : text::split(said, '\n')) {
        if (part.empty() || part.starts_with('\t'))
            continue;
        line.append(1, ' ').append(part);
    }
    return line;
}

void log_notice(void*, const char* text)
{
    log::debug("store: {}", sentence(text));
}

/// What the connection string says, and for the rest what notices a dead server within seconds.
Result<std::map<std::string, std::string>> options_of(const StoreSettings& settings)
{
    char* complaint = nullptr;
    const std::unique_ptr<PQconninfoOption, FreeOptions> parsed(
        PQconninfoParse(settings.postgresql.c_str(), &complaint));
    if (!parsed) {
        const std::string text = complaint != nullptr ? complaint : "out of memory";
        PQfreemem(complaint);
        return invalid("store.postgresql: " + sentence(text));
    }
    std::map<std::string, std::string> options{
        {"connect_timeout", "3"},
        {"keepalives_idle", "10"},
        {"keepalives_interval", "5"},
        {"keepalives_count", "3"},
        {"tcp_user_timeout", "10000"},
        {"application_name", "gatehouse-authd"},
        {"target_session_attrs", "read-write"},
    };
    for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option)
        if (option->val != nullptr)
            options[option->keyword] = option->val;
    if (options.contains("password"))
        return invalid("store.postgresql: a password does not belong here; name a file in store.password_file");
    options["client_encoding"] = "UTF8";
    return options;
}
} // namespace

std::string PostgresqlRows::text(std::size_t row, int column) const
{
    const int at = static_cast<int>(row);
    return {PQgetvalue(result_.get(), at, column), static_cast<std::size_t>(PQgetlength(result_.get(), at, column))};
}

std::int64_t PostgresqlRows::number(std::size_t row, int column) const
{
    const std::string digits = text(row, column);
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

std::string array_of(std::span<const std::string> values)
{
    std::string array = "{";
    for (const std::string& value : values) {
        array += array.size() > 1 ? ",\"" : "\"";
        for (const char c : value) {
            if (c == '"' || c == '\\')
                array += '\\';
            array += c;
        }
        array += '"';
    }
    return array + "}";
}

std::string array_of(std::span<const std::int64_t> values)
{
    std::string array = "{";
    for (const std::int64_t value : values)
        array.append(array.size() > 1 ? "," : "").append(std::to_string(value));
    return array + "}";
}

Result<PostgresqlConnection> PostgresqlConnection::connect(const StoreSettings& settings)
{
    const auto options = options_of(settings);
    if (!options)
        return std::unexpected(options.error());
    std::vector<const char*> keywords;
    std::vector<const char*> values;
    for (const auto& [keyword, value] : *options) {
        keywords.push_back(keyword.c_str());
        values.push_back(value.c_str());
    }
    Secret password;
    if (!settings.password_file.empty()) {
        auto read = read_secret_file(settings.password_file);
        if (!read)
            return std::unexpected(read.error());
        password = std::move(*read);
        if (!password.append(std::string_view("\0", 1)))
            return over_limit("the secret memory is full");
        keywords.push_back("password");
        values.push_back(password.view().data());
    }
    keywords.push_back(nullptr);
    values.push_back(nullptr);
    PostgresqlConnection connection(PQconnectdbParams(keywords.data(), values.data(), 0));
    if (!connection.handle_ || PQstatus(connection.handle_.get()) != CONNECTION_OK)
        return connection.error();
    PQsetNoticeProcessor(connection.handle_.get(), log_notice, nullptr);
    PQsetnonblocking(connection.handle_.get(), 1);
    // A node that stops in the middle of a transaction must not keep the others waiting.
    if (auto set = connection.execute("SET statement_timeout = '3s'; SET idle_in_transaction_session_timeout = '5s'; "
                                      "SET bytea_output = hex; SET standard_conforming_strings = on");
        !set)
        return std::unexpected(set.error());
    return connection;
}

Result<PostgresqlRows> PostgresqlConnection::ask(const std::string& sql, std::span<const std::string> values)
{
    std::vector<const char*> pointers;
    for (const std::string& value : values)
        pointers.push_back(value.c_str());
    if (auto sent = send(PQsendQueryParams(handle_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                                           pointers.data(), nullptr, nullptr, 0) == 1);
        !sent)
        return std::unexpected(sent.error());
    return only_result();
}

Result<void> PostgresqlConnection::execute(const std::string& sql)
{
    if (auto sent = send(PQsendQuery(handle_.get(), sql.c_str()) == 1); !sent)
        return sent;
    if (const auto done = only_result(); !done)
        return std::unexpected(done.error());
    return {};
}

Result<void> PostgresqlConnection::ask_for_each(const std::string& sql, std::span<const std::string> values,
                                                const std::function<void(const PostgresqlRows&)>& take)
{
    std::vector<const char*> pointers;
    for (const std::string& value : values)
        pointers.push_back(value.c_str());
    if (auto sent = send(PQsendQueryParams(handle_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                                           pointers.data(), nullptr, nullptr, 0) == 1 &&
                         PQsetSingleRowMode(handle_.get()) == 1);
        !sent)
        return sent;
    Result<void> outcome;
    for (;;) {
        const auto result = next_result();
        if (!result)
            return std::unexpected(result.error());
        if (*result == nullptr)
            return outcome;
        const PostgresqlRows row(*result);
        const ExecStatusType status = PQresultStatus(*result);
        if (status == PGRES_SINGLE_TUPLE)
            take(row);
        else if (status != PGRES_TUPLES_OK)
            outcome = error(*result);
    }
}

Result<void> PostgresqlConnection::send(bool sent)
{
    last_state_.clear();
    if (!sent)
        return error();
    const Deadline deadline = Clock::now() + patience;
    for (;;) {
        const int flushed = PQflush(handle_.get());
        if (flushed < 0)
            return error();
        if (flushed == 0)
            return {};
        if (auto ready = wait(POLLIN | POLLOUT, deadline); !ready)
            return ready;
        if (PQconsumeInput(handle_.get()) != 1)
            return error();
    }
}

Result<PGresult*> PostgresqlConnection::next_result()
{
    const Deadline deadline = Clock::now() + patience;
    while (PQisBusy(handle_.get()) == 1) {
        if (auto ready = wait(POLLIN, deadline); !ready)
            return std::unexpected(ready.error());
        if (PQconsumeInput(handle_.get()) != 1)
            return error();
    }
    return PQgetResult(handle_.get());
}

Result<PostgresqlRows> PostgresqlConnection::only_result()
{
    Result<PostgresqlRows> outcome = PostgresqlRows(nullptr);
    for (;;) {
        const auto result = next_result();
        if (!result)
            return std::unexpected(result.error());
        if (*result == nullptr)
            return outcome;
        PostgresqlRows rows(*result);
        const ExecStatusType status = PQresultStatus(*result);
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
            outcome = error(*result);
        else if (outcome)
            outcome = std::move(rows);
    }
}

Result<void> PostgresqlConnection::wait(short events, Deadline deadline) const
{
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        pollfd waker{.fd = descriptor(), .events = events, .revents = 0};
        const int ready = ::poll(&waker, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
        if (ready > 0)
            return {};
        if (ready == 0)
            return unavailable("PostgreSQL: no answer within " + std::to_string(patience.count()) + " s");
        if (errno != EINTR)
            return unavailable("PostgreSQL: poll failed");
    }
}

Result<std::vector<std::string>> PostgresqlConnection::notifications()
{
    if (PQconsumeInput(handle_.get()) != 1 || PQstatus(handle_.get()) != CONNECTION_OK)
        return error();
    std::vector<std::string> payloads;
    while (PGnotify* const notify = PQnotifies(handle_.get())) {
        payloads.emplace_back(notify->extra);
        PQfreemem(notify);
    }
    return payloads;
}

/// Classes of SQLSTATE: 22 and 23 are about the values, 54 about their size.
std::unexpected<Error> PostgresqlConnection::error(const PGresult* result)
{
    const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* const text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (state == nullptr || text == nullptr)
        return error();
    last_state_ = state;
    const bool values = last_state_.starts_with("22") || last_state_.starts_with("23") || last_state_.starts_with("54");
    return std::unexpected(
        Error{values ? ErrorKind::invalid : ErrorKind::unavailable, sentence(text) + " (SQLSTATE " + state + ")"});
}

std::unexpected<Error> PostgresqlConnection::error() const
{
    return unavailable(handle_ ? sentence(PQerrorMessage(handle_.get())) : "PostgreSQL: out of memory");
}

} // namespace gatehouse::store

// bench_echo - answer every connection with the same bytes, as fast as plain Asio does it
//
// SYNOPSIS
//   bench_echo --socket PATH [--threads N] [--answer TEXT]
//
// DESCRIPTION
//   The measure of a door's own cost: accepts on a Unix socket, reads once, writes TEXT (as one counted string of
//   saslauthd's protocol, so that bench_load takes it for an answer), closes. It decides nothing, logs nothing and has
//   no deadlines or limits. One io_context a thread, each of which accepts on the socket itself; callbacks, no
//   coroutines. Ends at SIGTERM or SIGINT.
//
// SECURITY
//   For tests only: whoever can open the socket is told OK.
//
// DIAGNOSTICS
//   Exit status 1 and one line on standard error when the socket cannot be made.
//
// BUGS
//   A request that comes in two pieces is answered after the first, and the second is reset.

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using Protocol = asio::local::stream_protocol;

namespace
{
constexpr int backlog = 1024; // as authd's doors have it

/// saslauthd's answer: a big-endian 16-bit length, then that many bytes.
std::string counted(const std::string& text)
{
    std::string bytes{static_cast<char>(text.size() >> 8U), static_cast<char>(text.size() & 0xffU)};
    return bytes += text;
}

/// One connection; ends with its last callback.
class Connection : public std::enable_shared_from_this<Connection>
{
public:
    Connection(Protocol::socket socket, const std::string& answer) : socket_(std::move(socket)), answer_(answer) {}

    void run()
    {
        socket_.async_read_some(
            asio::buffer(request_), [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
                if (!error)
                    asio::async_write(self->socket_, asio::buffer(self->answer_),
                                      [self](const boost::system::error_code&, std::size_t) { self->socket_.close(); });
            });
    }

private:
    Protocol::socket socket_;
    const std::string& answer_;
    std::array<char, 4096> request_; // not cleared: only what was read counts
};

/// One thread's share.
class Echo
{
public:
    Echo(int listening, const std::string& answer) : acceptor_(context_, Protocol(), listening), answer_(answer)
    {
        accept();
    }
    void run() { context_.run(); }
    void stop() { context_.stop(); }

private:
    void accept()
    {
        acceptor_.async_accept([this](const boost::system::error_code& error, Protocol::socket socket) {
            if (!error)
                std::make_shared<Connection>(std::move(socket), answer_)->run();
            accept();
        });
    }

    asio::io_context context_{1};
    Protocol::acceptor acceptor_;
    const std::string& answer_;
};

void serve(const std::string& path, std::size_t threads, const std::string& answer)
{
    ::unlink(path.c_str());
    asio::io_context signals_context;
    asio::signal_set signals(signals_context, SIGTERM, SIGINT);
    Protocol::acceptor first(signals_context, Protocol::endpoint(path));
    first.listen(backlog);
    std::vector<std::unique_ptr<Echo>> echoes;
    std::vector<std::thread> running;
    for (std::size_t i = 0; i < threads; ++i)
        echoes.push_back(std::make_unique<Echo>(::dup(first.native_handle()), answer));
    for (const auto& echo : echoes)
        running.emplace_back([&echo] { echo->run(); });
    signals.async_wait([&](const boost::system::error_code&, int) {
        for (const auto& echo : echoes)
            echo->stop();
    });
    signals_context.run();
    for (std::thread& thread : running)
        thread.join();
    ::unlink(path.c_str());
}
} // namespace

int main(int argc, char** argv)
{
    CLI::App app("Answers every connection with the same bytes", "bench_echo");
    std::string path;
    std::string answer = "OK";
    std::size_t threads = 2;
    app.add_option("--socket", path)->required();
    app.add_option("--threads", threads)->capture_default_str()->check(CLI::Range(1, 64));
    app.add_option("--answer", answer, "what a client is told, without its length")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        serve(path, threads, counted(answer));
    } catch (const std::exception& exception) {
        std::fprintf(stderr, "bench_echo: %s\n", exception.what());
        return 1;
    }
    return 0;
}

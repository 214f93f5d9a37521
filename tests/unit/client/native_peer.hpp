#pragma once

#include "wire/line_buffer.hpp"
#include "wire/native.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <filesystem>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include <sys/socket.h>
#include <unistd.h>

namespace gatehouse::test
{

/// A folder that is gone afterwards.
struct ScratchFolder {
    ScratchFolder()
    {
        std::string pattern = "/tmp/gatehouse-unit-XXXXXX";
        path = ::mkdtemp(pattern.data());
    }
    ~ScratchFolder() { std::filesystem::remove_all(path); }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    std::filesystem::path path;
};

/// The native door's side of the codec on a real Unix socket, one thread a connection. What it answers is the test's.
class NativePeer
{
public:
    using Socket = boost::asio::local::stream_protocol::socket;

    /// One connection, used by the test's answer function.
    class Session
    {
    public:
        explicit Session(Socket socket) : socket_(std::move(socket)) {}

        void send(const std::string& line)
        {
            boost::system::error_code ignored;
            boost::asio::write(socket_, boost::asio::buffer(line), ignored);
        }
        void end() { ::shutdown(socket_.native_handle(), SHUT_RDWR); }
        Socket& socket() { return socket_; }

    private:
        Socket socket_;
    };

    using Serve = std::function<void(Session&, wire::NativeRequest)>;

    NativePeer(std::filesystem::path path, Serve serve, std::string greeting = wire::format_native_greeting())
        : path_(std::move(path)),
          serve_(std::move(serve)),
          greeting_(std::move(greeting)),
          acceptor_(io_, boost::asio::local::stream_protocol::endpoint(path_.string())),
          thread_([this] { accept(); })
    {
    }

    ~NativePeer()
    {
        ending_ = true;
        ::shutdown(acceptor_.native_handle(), SHUT_RDWR); // wakes accept
        thread_.join();
        std::filesystem::remove(path_);
        for (Session& session : sessions_)
            session.end();
        for (std::thread& thread : threads_)
            thread.join();
    }
    NativePeer(const NativePeer&) = delete;
    NativePeer& operator=(const NativePeer&) = delete;

    std::atomic<int> connections{0};
    std::atomic<int> requests{0};

private:
    void accept()
    {
        while (!ending_) {
            boost::system::error_code error;
            Socket socket = acceptor_.accept(error);
            if (error)
                return;
            ++connections;
            Session& session = sessions_.emplace_back(std::move(socket));
            threads_.emplace_back([this, &session] { run(session); });
        }
    }

    void run(Session& session)
    {
        session.send(greeting_);
        wire::LineBuffer lines(wire::max_native_line);
        std::array<std::uint8_t, 4096> piece{};
        for (;;) {
            boost::system::error_code error;
            const std::size_t got = session.socket().read_some(boost::asio::buffer(piece), error);
            if (error || !lines.feed({piece.data(), got}))
                return session.end();
            while (auto line = lines.next()) {
                auto request = wire::parse_native_request(std::move(*line));
                if (!request)
                    return session.end();
                ++requests;
                serve_(session, std::move(*request));
            }
        }
    }

    std::filesystem::path path_;
    Serve serve_;
    std::string greeting_;
    boost::asio::io_context io_;
    boost::asio::local::stream_protocol::acceptor acceptor_;
    std::atomic<bool> ending_{false};
    std::list<Session> sessions_; // grows on the accepting thread only, read after it ended
    std::list<std::thread> threads_;
    std::thread thread_; // last: it uses all of the above
};

inline Person person_named(std::string name)
{
    Person person;
    person.realm = "CAMPUS";
    person.mailbox = name;
    person.name = std::move(name);
    person.known = Detail::groups;
    return person;
}

/// Grants when the password is "right", is away when it is "outage", refuses otherwise.
inline std::string judge(const wire::NativeAuthenticate& request)
{
    const Verdict verdict = request.password.view() == "right"    ? Verdict::granted(person_named(request.login))
                            : request.password.view() == "outage" ? Verdict::refused(Reason::directory_unavailable)
                                                                  : Verdict::refused(Reason::wrong_password);
    return wire::format_native_verdict(request.id, verdict, {}, wire::NativeDetail::people);
}

inline NativePeer::Serve judging()
{
    return [](NativePeer::Session& session, wire::NativeRequest request) {
        if (const auto* authenticate = std::get_if<wire::NativeAuthenticate>(&request))
            session.send(judge(*authenticate));
    };
}

inline Secret secret(std::string_view text)
{
    Secret out;
    if (!out.append(text))
        throw std::bad_alloc();
    return out;
}

} // namespace gatehouse::test

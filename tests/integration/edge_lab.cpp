#include "edge_lab.hpp"

#include "base/text.hpp"
#include "support/mail_clients.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace gatehouse::integration
{

Place edge_place(std::string_view listener, int edge)
{
    Place place = Lab::current().place("edge-" + std::string(listener));
    place.port = static_cast<std::uint16_t>(place.port + (edge - 1) * 10); // as tests/lab/mailgate does
    return place;
}

std::string edge_ca()
{
    return (Lab::current().folder() / "ca/ca.pem").string();
}

std::vector<AuditLine> audited_at_edge(const AuditFile& audit, std::size_t count)
{
    std::vector<AuditLine> found;
    eventually(std::chrono::seconds(3), [&] {
        found = audit.lines(0);
        std::erase_if(found, [](const AuditLine& line) { return line["listener"] != "edge"; });
        return found.size() >= count;
    });
    return found;
}

void place_at(const TestPerson& person, const std::string& store)
{
    if (Lab::current().is(DirectoryKind::openldap)) {
        change_directory({"set", person.name(), "objectClass", "inetOrgPerson", "inetLocalMailRecipient"});
        change_directory({"set", person.name(), "mailHost", store});
    } else {
        change_directory({"set", person.name(), "physicalDeliveryOfficeName", store}); // see tests/lab/authd
    }
}

std::string message_with(std::string_view subject)
{
    return "From: sender@campus.example\r\nTo: reader@campus.example\r\nSubject: " + std::string(subject) +
           "\r\n\r\nA line.\r\n";
}

namespace
{
[[noreturn]] void lose(const std::string& what)
{
    const unsigned long code = ::ERR_get_error();
    const char* const reason = code == 0 ? nullptr : ::ERR_reason_error_string(code);
    throw ConnectionLost(reason == nullptr ? what : what + ": " + reason);
}

std::string key_of(const std::string& certificate)
{
    return std::filesystem::path(certificate).replace_extension(".key").string();
}

int connected(const Place& place)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(place.port);
    ::inet_pton(AF_INET, place.host.c_str(), &address.sin_addr);
    const timeval patience{.tv_sec = 30, .tv_usec = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(fd);
        throw ConnectionLost("nobody listens on " + place.host + ":" + std::to_string(place.port));
    }
    return fd;
}
} // namespace

struct ImapSession::Tls {
    Tls(const Place& place, const std::string& certificate) : fd(connected(place))
    {
        ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
        if (::SSL_CTX_load_verify_file(context.get(), edge_ca().c_str()) != 1)
            lose("the lab's CA");
        if (!certificate.empty() &&
            (::SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1 ||
             ::SSL_CTX_use_PrivateKey_file(context.get(), key_of(certificate).c_str(), SSL_FILETYPE_PEM) != 1))
            lose("the client's certificate");
        ssl.reset(::SSL_new(context.get()));
        ::SSL_set1_host(ssl.get(), "localhost");
        ::SSL_set_tlsext_host_name(ssl.get(), "localhost");
        ::SSL_set_fd(ssl.get(), fd);
        if (::SSL_connect(ssl.get()) != 1)
            lose("no TLS");
    }
    ~Tls() { ::close(fd); }
    Tls(const Tls&) = delete;
    Tls& operator=(const Tls&) = delete;

    int fd;
    std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context{::SSL_CTX_new(::TLS_client_method()), &::SSL_CTX_free};
    std::unique_ptr<SSL, decltype(&::SSL_free)> ssl{nullptr, &::SSL_free};
};

ImapSession::ImapSession(const Place& place, const std::string& certificate)
    : tls_(std::make_unique<Tls>(place, certificate))
{
    if (const std::string greeting = read_line(); !greeting.starts_with("* OK"))
        throw ConnectionLost("no greeting but: " + greeting);
}

ImapSession::~ImapSession() = default;
ImapSession::ImapSession(ImapSession&&) noexcept = default;

void ImapSession::send(std::string_view bytes)
{
    if (::SSL_write(tls_->ssl.get(), bytes.data(), static_cast<int>(bytes.size())) != static_cast<int>(bytes.size()))
        lose("the server takes nothing");
}

bool ImapSession::receive()
{
    std::array<char, 16 * 1024> piece;
    const int count = ::SSL_read(tls_->ssl.get(), piece.data(), static_cast<int>(piece.size()));
    if (count > 0) {
        buffer_.append(piece.data(), static_cast<std::size_t>(count));
        return true;
    }
    if (::SSL_get_error(tls_->ssl.get(), count) == SSL_ERROR_ZERO_RETURN)
        return false;
    lose("the server says nothing, or is gone without a word");
}

std::string ImapSession::read_line()
{
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n")) == std::string::npos)
        if (!receive())
            throw ConnectionLost("the server has closed; it said last: " + buffer_);
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 2);
    return line;
}

ImapSession::Answer ImapSession::read_answer(std::string_view tag,
                                             const std::function<std::string(const std::string&)>& on_continuation)
{
    Answer answer;
    for (;;) {
        const std::string line = read_line();
        if (line.starts_with(tag)) {
            answer.status = line.substr(tag.size());
            return answer;
        }
        if (on_continuation && line.starts_with("+ "))
            send(on_continuation(line.substr(2)) + "\r\n");
        else
            answer.untagged += line + "\r\n";
    }
}

ImapSession::Answer ImapSession::ask(std::string_view command)
{
    const std::string tag = "t" + std::to_string(++tags_) + " ";
    send(tag + std::string(command) + "\r\n");
    return read_answer(tag);
}

ImapSession::Answer ImapSession::exchange(std::string_view mechanism,
                                          const std::function<std::string(const std::string&)>& answer)
{
    const std::string tag = "t" + std::to_string(++tags_) + " ";
    send(tag + "AUTHENTICATE " + std::string(mechanism) + " " + base64(answer("")) + "\r\n");
    return read_answer(tag, [&](const std::string& challenge) {
        const auto decoded = text::decode_base64(challenge);
        return base64(answer(std::string(decoded.value().view())));
    });
}

std::string ImapSession::exported_key() const
{
    constexpr std::string_view label = "EXPORTER-Channel-Binding";
    std::string key(32, '\0');
    if (::SSL_export_keying_material(tls_->ssl.get(), reinterpret_cast<unsigned char*>(key.data()), key.size(),
                                     label.data(), label.size(), nullptr, 0, 0) != 1)
        lose("no tls-exporter");
    return key;
}

ImapSession::Answer ImapSession::log_in(std::string_view login, std::string_view password)
{
    return ask("AUTHENTICATE PLAIN " + plain_message(login, password));
}

ImapSession::Answer ImapSession::append(std::string_view mailbox, std::string_view message)
{
    return ask("APPEND " + std::string(mailbox) + " {" + std::to_string(message.size()) + "+}\r\n" +
               std::string(message));
}

void ImapSession::idle()
{
    send("idle IDLE\r\n");
    if (const std::string line = read_line(); !line.starts_with("+"))
        throw ConnectionLost("no IDLE but: " + line);
}

ImapSession::End ImapSession::read_to_end()
{
    while (receive()) {
    }
    return {std::exchange(buffer_, {}), std::chrono::system_clock::now()};
}

} // namespace gatehouse::integration

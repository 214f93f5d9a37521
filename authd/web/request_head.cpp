// Beast's message types keep each header in memory of their own. Here its parser is used one level below them: it hands
// over views into the one buffer in which the request arrived, which is a Secret, so the Authorization header exists in
// locked memory only and is wiped with it.
#include "web/request_head.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace gatehouse::web
{

namespace http = boost::beast::http;
using boost::beast::string_view;
using boost::system::error_code;

namespace
{

class HeadParser final : public http::basic_parser<true>
{
public:
    explicit HeadParser(std::size_t limit) { header_limit(static_cast<std::uint32_t>(limit)); }

    RequestHead head;
    bool is_1_1 = false;

private:
    void on_request_impl(http::verb method, string_view, string_view target, int version, error_code&) override
    {
        head.is_head = method == http::verb::head;
        head.is_get = head.is_head || method == http::verb::get;
        is_1_1 = version == 11;
        head.path = std::string(target.substr(0, target.find('?')));
    }

    void on_field_impl(http::field name, string_view name_string, string_view value, error_code&) override
    {
        if (name == http::field::authorization)
            take_authorization({value.data(), value.size()});
        else if (boost::beast::iequals(name_string, "X-Real-IP"))
            head.real_ip = real_ips_++ == 0 ? std::string(value) : std::string{};
    }

    void take_authorization(std::string_view value)
    {
        if (head.shown != RequestHead::Shown::nothing) { // which of two would the proxy in front have meant?
            head.shown = RequestHead::Shown::unusable;
            head.basic.reset();
            return;
        }
        auto basic = wire::parse_http_basic(value);
        head.shown = basic                                             ? RequestHead::Shown::password
                     : basic.error() == wire::WireError::out_of_memory ? RequestHead::Shown::no_memory
                                                                       : RequestHead::Shown::unusable;
        if (basic)
            head.basic = std::move(*basic);
    }

    void on_response_impl(int, string_view, int, error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(string_view body, error_code&) override { return body.size(); }
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override { return body.size(); }
    void on_finish_impl(error_code&) override {}

    int real_ips_ = 0;
};

} // namespace

std::optional<std::size_t> head_length(std::string_view received)
{
    constexpr std::string_view end = "\r\n\r\n";
    const std::size_t at = received.find(end);
    if (at == std::string_view::npos)
        return {};
    return at + end.size();
}

Result<RequestHead> parse_request_head(std::string_view head)
{
    if (head.contains("\r\n ") || head.contains("\r\n\t"))
        return invalid("a header must stand on one line");
    HeadParser parser(head.size() + 1);
    error_code error;
    parser.put(boost::asio::const_buffer(head.data(), head.size()), error);
    if (error == http::error::body_limit)
        parser.head.has_body = true;
    else if (error || !parser.is_header_done())
        return invalid("not a request of HTTP/1.1");
    // A body over the limit stops the parser inside the head; with one the connection is closed anyway.
    parser.head.keep_alive = parser.is_1_1 && parser.is_header_done() && parser.keep_alive();
    parser.head.has_body = parser.head.has_body || parser.chunked() || parser.content_length().value_or(0) > 0;
    return std::move(parser.head);
}

} // namespace gatehouse::web

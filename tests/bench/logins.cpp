#include "logins.hpp"

#include "wire/line_buffer.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace gatehouse::bench
{

namespace
{
constexpr std::size_t longest_line = 4096;

Result<Login> parse_login(const Secret& line, std::size_t number)
{
    const std::string_view text = line.view();
    const std::size_t first = text.find('\t');
    const std::size_t second = first == std::string_view::npos ? first : text.find('\t', first + 1);
    if (second == std::string_view::npos)
        return invalid(fmt::format("line {}: expected NAME, tab, granted or denied, tab, PASSWORD", number));
    const std::string_view verdict = text.substr(first + 1, second - first - 1);
    if (verdict != "granted" && verdict != "denied")
        return invalid(fmt::format("line {}: expected granted or denied in the second field", number));
    Login login{.name = std::string(text.substr(0, first)), .password = {}, .granted = verdict == "granted"};
    if (!login.password.append(text.substr(second + 1)))
        return over_limit(fmt::format("line {}: the secret memory is full", number));
    return login;
}
} // namespace

double cpu_seconds()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    auto seconds = [](timeval time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Result<std::vector<Login>> read_logins(int fd)
{
    std::vector<Login> logins;
    wire::LineBuffer lines(longest_line);
    std::array<std::uint8_t, 16 * 1024> piece;
    for (;;) {
        const ssize_t n = ::read(fd, piece.data(), piece.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return unavailable(std::string("the list of logins cannot be read: ") + std::strerror(errno));
        const auto fed = lines.feed(std::span(piece).first(static_cast<std::size_t>(n)));
        OPENSSL_cleanse(piece.data(), piece.size());
        while (const auto line = lines.next()) {
            auto login = parse_login(*line, logins.size() + 1);
            if (!login)
                return std::unexpected(std::move(login.error()));
            logins.push_back(std::move(*login));
        }
        if (!fed || lines.starved())
            return over_limit(fmt::format("line {}: too long, or the secret memory is full", logins.size() + 1));
        if (n == 0)
            break;
    }
    if (logins.empty())
        return invalid("the list of logins is empty");
    return logins;
}

Progress::Progress(std::vector<Login> logins) : logins_(std::move(logins)), sent_(logins_.size()), took_(logins_.size())
{
}

void Progress::start()
{
    cpu_at_start_ = cpu_seconds();
    started_ = Clock::now();
}

std::size_t Progress::send_next()
{
    sent_[next_] = Clock::now();
    return next_++;
}

Result<void> Progress::answered(std::size_t index, bool granted)
{
    if (index >= next_ || took_[index].count() != 0)
        return invalid(fmt::format("an answer came to no question (number {})", index + 1));
    const Login& login = logins_[index];
    if (granted != login.granted)
        return invalid(fmt::format("a wrong verdict: {} was {}, expected {}", login.name,
                                   granted ? "granted" : "refused", login.granted ? "granted" : "refused"));
    ended_ = Clock::now();
    took_[index] = ended_ - sent_[index];
    if (++answered_ == logins_.size())
        cpu_at_end_ = cpu_seconds();
    return {};
}

std::string Progress::oldest_unanswered() const
{
    for (std::size_t i = 0; i < next_; ++i)
        if (took_[i].count() == 0)
            return logins_[i].name;
    return "nobody";
}

std::string Progress::summary() const
{
    std::vector<std::chrono::nanoseconds> sorted = took_;
    std::ranges::sort(sorted);
    auto microseconds = [&](double part) {
        return sorted[static_cast<std::size_t>(static_cast<double>(sorted.size() - 1) * part)].count() / 1000;
    };
    const double seconds = std::chrono::duration<double>(ended_ - started_).count();
    return fmt::format("logins={} seconds={:.6f} per_second={:.1f} p50_us={} p99_us={} cpu_seconds={:.3f}",
                       logins_.size(), seconds, static_cast<double>(logins_.size()) / seconds, microseconds(0.50),
                       microseconds(0.99), cpu_at_end_ - cpu_at_start_);
}

} // namespace gatehouse::bench

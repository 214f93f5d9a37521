#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::integration
{

/// Stands before the lab's MIT KDC on a port of its own, and does to each connection in turn what it was told; the last
/// act is for all that follow. Ends with the object.
class Relay
{
public:
    enum class Act {
        pass_on,               ///< one request to the KDC, its reply back
        pass_on_and_stay_mute, ///< the KDC gets the request, and nobody its reply
        stay_mute,             ///< reads, and says nothing
        close,                 ///< reads a request and closes
        babble,                ///< greets as a mail server
        announce_too_much,     ///< a reply of two GiB
        answer_rubbish,        ///< a reply of the right length that is no Kerberos
    };
    enum class Kind {
        serving,
        full, ///< nobody's connection is accepted: its queue is full
    };

    explicit Relay(std::vector<Act> acts, Kind kind = Kind::serving);
    ~Relay();
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    /// ADDRESS:PORT.
    const std::string& place() const { return place_; }
    int connections() const { return connections_; }

private:
    void serve();
    void act_on(int peer, Act act);

    std::vector<Act> acts_;
    std::string kdc_host_;
    int kdc_port_ = 0;
    std::string place_;
    int listener_ = -1;
    std::vector<int> open_; // by the serving thread, or full's own
    std::atomic<int> connections_{0};
    std::jthread thread_;
};

} // namespace gatehouse::integration

#pragma once

#include "app/config.hpp"
#include "base/blocking_pool.hpp"
#include "gate/gate.hpp"
#include "identity/directory.hpp"
#include "kerberos/gss_acceptor.hpp"
#include "people/mirror.hpp"

#include <memory>
#include <vector>

namespace gatehouse::app
{

/// The directories of the configured realms, with their mirrors and what verifies passwords. What is configured the
/// same after a reload goes on with its connections and all it knows; what is replaced ends when the last login that
/// uses it has ended.
class Realms
{
public:
    /// All outlive it.
    Realms(BlockingPool& network, BlockingPool& compute, BlockingPool& winbind, gate::Proofs& proofs)
        : network_(network), compute_(compute), winbind_(winbind), proofs_(proofs)
    {
    }

    /// The rules for the gate; directories that the new configuration no longer names are let go. Error: what cannot be
    /// built; then nothing has changed.
    Result<std::shared_ptr<const gate::Rules>> rules_for(const Config& config);

private:
    struct Kept {
        RealmConfig config;
        std::shared_ptr<Directory> directory;
        std::shared_ptr<people::Mirror> mirror; ///< null: nothing is remembered
        std::shared_ptr<void> watch;            ///< retires proofs as passwords change
        std::shared_ptr<PasswordCheck> as_check;
    };

    Result<std::shared_ptr<kerberos::ReplayCache>> accepted_tickets(const std::string& file);
    Result<std::shared_ptr<GssAcceptor>> acceptor_for(const kerberos::GssSettings& settings);
    Result<Kept> keep(const RealmConfig& realm);
    void keep_directory(Kept& kept);
    Result<void> keep_as_check(Kept& kept);
    std::shared_ptr<Directory> make_directory(const RealmConfig& realm);

    BlockingPool& network_;
    BlockingPool& compute_;
    BlockingPool& winbind_;
    gate::Proofs& proofs_;
    std::vector<Kept> kept_;
    std::shared_ptr<kerberos::ReplayCache> accepted_tickets_; ///< null: there was no keytab yet
    kerberos::GssSettings gss_settings_;
    std::shared_ptr<GssAcceptor> acceptor_; ///< null: no realm takes tickets, and no listener NTLM
};

} // namespace gatehouse::app

#include "client/login.hpp"

namespace gatehouse::client
{

Result<boost::json::value> result_of(wire::NativeReply reply)
{
    if (auto* result = std::get_if<wire::NativeResult>(&reply.body))
        return std::move(result->result);
    if (const auto* refusal = std::get_if<wire::NativeRefusal>(&reply.body))
        return invalid(refusal->text);
    return invalid("authd answered a question with a verdict");
}

Error unwritable(wire::WireError error)
{
    switch (error) {
    case wire::WireError::out_of_memory: return {ErrorKind::limit, "the secret memory of this program is full"};
    case wire::WireError::too_long: return {ErrorKind::invalid, "the request is longer than a line may be (256 KiB)"};
    default: return {ErrorKind::invalid, "a name in the request is not UTF-8"};
    }
}

} // namespace gatehouse::client

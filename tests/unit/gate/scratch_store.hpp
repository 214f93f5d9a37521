#pragma once

#include "../scratch_folder.hpp"
#include "store/store.hpp"

#include <memory>

namespace gatehouse
{

/// A folder for one store, removed at the end.
class ScratchStore
{
public:
    std::shared_ptr<store::Store> open() const { return store::open_store({.file = folder_ / "store.db"}).value(); }

private:
    ScratchFolder folder_;
};

} // namespace gatehouse

#pragma once

#include "store/store.hpp"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace gatehouse
{

/// A folder for one store, removed at the end.
class ScratchStore
{
public:
    ScratchStore()
    {
        std::string name = (std::filesystem::temp_directory_path() / "gatehouse-store-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("no scratch folder");
        folder_ = name;
    }
    ~ScratchStore()
    {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    ScratchStore(const ScratchStore&) = delete;
    ScratchStore& operator=(const ScratchStore&) = delete;

    std::shared_ptr<store::Store> open() const
    {
        return store::open_store({.file = (folder_ / "store.db").string()}).value();
    }

private:
    std::filesystem::path folder_;
};

} // namespace gatehouse

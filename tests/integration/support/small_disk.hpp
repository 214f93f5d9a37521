#pragma once

#include "support/lab.hpp"

#include <catch2/catch.hpp>

#include <sys/mount.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace gatehouse::integration
{

/// A file system of 64 KiB, unmounted at the end.
class SmallDisk
{
public:
    explicit SmallDisk(std::filesystem::path folder) : folder_(std::move(folder))
    {
        std::filesystem::create_directories(folder_);
        if (::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=64k") != 0)
            throw std::system_error(errno, std::generic_category(), "mount " + folder_.string());
    }
    ~SmallDisk() { ::umount2(folder_.c_str(), MNT_DETACH); }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;

    std::filesystem::path file(const char* name) const { return folder_ / name; }
    void fill() const
    {
        try {
            write_file(file("filler"), std::string(std::size_t{128} * 1024, 'x'));
        } catch (const std::system_error&) { // that it does not fit is the aim
        }
        REQUIRE(std::filesystem::space(folder_).available == 0);
    }
    void make_room() const { std::filesystem::remove(file("filler")); }

private:
    std::filesystem::path folder_;
};

} // namespace gatehouse::integration

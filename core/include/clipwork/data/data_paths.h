#pragma once
// Paths of data: found below $CLIPWORK_DATA, and kept below the folder that they belong to.

#include <filesystem>
#include <string>

namespace clipwork {

/// Finds a relative path below $CLIPWORK_DATA, else below the current folder. Throws InputError,
/// naming both, where it is in neither.
std::string find_data(const std::string& path);

/// Whether a file name of a data set is an absolute path, of this system or of Windows
/// ("C:/a.jpg").
bool is_absolute_name(const std::string& name);

/// Why a file name of a data set cannot be that of a file below `folder`: it is empty, absolute, or
/// climbs out by "..". Empty where it can.
std::string fault_of_name(const std::string& name, const std::string& folder);

/// Throws InputError where `file` is a symbolic link that leads out of `root`.
void check_link(const std::filesystem::path& root, const std::filesystem::path& file);

/// A file below `root`. Throws InputError where the name does not stay below, or is such a link.
std::filesystem::path below(const std::filesystem::path& root, const std::string& name);

}  // namespace clipwork

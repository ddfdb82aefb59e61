#pragma once
// The picture files of a folder, and their order in time as their names tell it.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace clipwork {

/// Whether `a` comes before `b` if runs of digits count as numbers: "2.jpg" before "10.jpg".
bool natural_less(std::string_view a, std::string_view b);

/// The extension in lower case: ".jpg" of "A.JPG".
std::string lower_extension(const std::filesystem::path& file);

/// The JPEG, PNG and PNM files of a folder that are not hidden, by `natural_less` of their names.
/// Empty where there is no such folder.
std::vector<std::filesystem::path> picture_files(const std::filesystem::path& folder);

/// The number of a frame, the last run of digits before the extension: 12 of "img_0012.jpg". None
/// where a name has no digits, or more than an integer holds.
std::optional<int64_t> frame_number(const std::filesystem::path& file);

/// Two neighbours in a list of names that was sorted as text although the names are numbered:
/// {"10.jpg", "2.jpg"}. None for any other list.
std::optional<std::pair<std::string, std::string>> sorted_as_text(
    const std::vector<std::string>& names);

}  // namespace clipwork

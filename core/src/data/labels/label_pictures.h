#pragma once
// Files and pictures in folders of labels.

#include <clipwork/host/label_files.h>
#include <clipwork/size.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace clipwork {

/// Whether a name ends as those of pictures do.
bool named_as_picture(const std::filesystem::path& file);

/// The picture of this name and another extension in a folder; empty where there is none.
std::filesystem::path picture_named(const std::filesystem::path& folder, const std::string& stem);

/// Files below a folder with this extension (".json"), by name, at most `most`. Links to folders
/// are not followed, and a file that is not a regular one is passed over.
std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder,
                                               const std::string& extension,
                                               size_t most = SIZE_MAX);

/// The label files that `path` stands for: itself, or those below it with this extension that
/// `belongs` accepts.
std::vector<std::filesystem::path> label_files_of(
    const std::filesystem::path& path, const std::string& extension,
    const std::function<bool(const std::filesystem::path&)>& belongs);

/// Reads the picture. Throws InputError where it cannot be, or where no plugin reads pictures.
Size size_of_picture(const std::filesystem::path& file);

/// Throws InputError where something is not a regular file of at most `most` bytes.
void check_label_file(const std::filesystem::path& file, uint64_t most);
/// The bytes of such a file.
std::string read_label_file(const std::filesystem::path& file, uint64_t most);

/// Absolute, without "." and "..", and without a slash at the end.
std::filesystem::path whole_path(const std::filesystem::path& path);

/// Whether a name is that of a file in a folder or below it: relative, and without "..".
bool is_inside(const std::filesystem::path& name);

/// How a file is called in a folder: its relative path, with forward slashes.
std::string name_in(const std::filesystem::path& folder, const std::filesystem::path& file);

}  // namespace clipwork

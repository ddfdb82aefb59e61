#pragma once
// $CLIPWORK_DATA, the folder that holds the data sets.

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>

namespace clipwork {

/// The folder that $CLIPWORK_DATA names; empty where it is not set.
inline std::filesystem::path data_folder() {
  const char* folder = std::getenv("CLIPWORK_DATA");
  return folder ? folder : "";
}

/// A relative path below that folder; nothing where the path is absolute or is not there.
inline std::optional<std::filesystem::path> in_data_folder(const std::filesystem::path& path) {
  const std::filesystem::path folder = data_folder();
  std::error_code failed;
  if (folder.empty() || !path.is_relative() || !std::filesystem::exists(folder / path, failed)) {
    return {};
  }
  return folder / path;
}

}  // namespace clipwork

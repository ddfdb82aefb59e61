#pragma once
// Zip files as evaluation servers take them: results.json alone, at the root.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "data/json_list.h"

namespace clipwork {

/// The bytes of results.json. Throws InputError, without the name of the file, where there is none.
std::unique_ptr<ByteSource> open_submission(const std::filesystem::path& file);

/// Says that there are files beside results.json, if there are any. Throws InputError where the
/// file is not a zip file.
std::vector<std::string> check_submission(const std::filesystem::path& file);

}  // namespace clipwork

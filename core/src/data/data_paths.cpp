#include <clipwork/data/data_paths.h>
#include <clipwork/error.h>

#include <algorithm>
#include <cctype>

#include "base/data_folder.h"

namespace clipwork {
namespace fs = std::filesystem;

std::string find_data(const std::string& path) {
  if (const std::optional<fs::path> found = in_data_folder(path)) return found->string();
  std::error_code failed;
  if (fs::exists(path, failed)) return path;
  if (!fs::path(path).is_relative()) throw InputError("there is no such file or folder", path);
  const fs::path folder = data_folder();
  throw InputError("there is no such file or folder", path,
                   cat("looked for below ",
                       folder.empty() ? "" : cat("CLIPWORK_DATA (", folder.string(), ") and "),
                       "the current folder; set CLIPWORK_DATA to the folder that holds the data "
                       "sets"));
}

bool is_absolute_name(const std::string& name) {
  const bool has_drive =
      name.size() >= 2 && name[1] == ':' && std::isalpha(static_cast<unsigned char>(name[0])) != 0;
  return has_drive || fs::path(name).is_absolute();
}

std::string fault_of_name(const std::string& name, const std::string& folder) {
  if (name.empty()) return "a file name is empty";
  if (is_absolute_name(name)) {
    return cat("the file name '", name, "' is an absolute path, expected one relative to ", folder);
  }
  const fs::path path = name;
  const bool climbs =
      std::any_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
  return climbs ? cat("the file name '", name, "' leads out of ", folder) : std::string();
}

constexpr const char* kAdvice = "names in an annotation file are relative to the image folder";

void check_link(const fs::path& root, const fs::path& file) {
  std::error_code failed;
  const fs::path real = fs::weakly_canonical(file, failed);
  const fs::path real_root = fs::weakly_canonical(root, failed);
  // A file that does not exist leads nowhere; whoever opens it reports that.
  if (failed) return;
  const auto [end, ignored] =
      std::mismatch(real_root.begin(), real_root.end(), real.begin(), real.end());
  if (end != real_root.end()) {
    throw InputError(cat("the file is a link that leads out of ", root.string()), file.string(),
                     "copy the file into that folder");
  }
}

fs::path below(const fs::path& root, const std::string& name) {
  if (const std::string fault = fault_of_name(name, root.string()); !fault.empty()) {
    throw InputError(fault, {}, kAdvice);
  }
  const fs::path path = root / name;
  check_link(root, path);
  return path;
}

}  // namespace clipwork

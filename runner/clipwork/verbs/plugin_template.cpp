#include "verbs/plugin_template.h"

#include <clipwork/error.h>
#include <clipwork/output_file.h>
#include <clipwork/plugin_note.h>
#include <clipwork/read_file.h>
#include <clipwork/suggestion.h>
#include <clipwork/text.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

namespace clipwork::cli {
namespace fs = std::filesystem;
namespace {

/// The note of a plugin has room for no more.
constexpr size_t kLongestName = sizeof(PluginNote::name) - 1;

void check_name(const std::string& name) {
  // Targets that every build folder has.
  static const std::set<std::string> kTargets = {"all", "clean", "help", "install", "test"};
  const bool begins = !name.empty() && std::islower(static_cast<unsigned char>(name[0]));
  if (!is_plugin_name(name) || !begins) {
    throw InputError(cat("'", name, "' cannot be the name of a plugin"), "NAME",
                     "use lower-case letters, digits and '_', a letter first: my_tracker");
  }
  if (name.size() > kLongestName) {
    throw InputError(
        cat("expected a name of at most ", kLongestName, " characters, found ", name.size()),
        "NAME");
  }
  if (kTargets.contains(name)) {
    throw InputError(cat("'", name, "' is a target of every CMake project"), "NAME",
                     cat("use another name: my_", name));
  }
}

/// "my_tracker" to "MyTracker".
std::string camel_case(const std::string& name) {
  std::string made;
  bool upper = true;
  for (const char c : name) {
    if (c != '_')
      made += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = c == '_';
  }
  return made;
}

/// The class: the plugin's name, followed by its kind unless it ends so, which keeps it apart from
/// Clipwork's own classes (Frame, Tracker).
std::string class_of(const std::string& name, const std::string& kind) {
  return camel_case(name.ends_with("_" + kind) ? name : name + "_" + kind);
}

using Replacements = std::vector<std::pair<std::string, std::string>>;

std::string replaced(std::string text, const Replacements& replacements) {
  for (const auto& [from, to] : replacements) {
    for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
      text.replace(at, from.size(), to);
    }
  }
  return text;
}

}  // namespace

PluginTemplates::PluginTemplates(fs::path root) : root_(std::move(root)) {
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(root_ / "kinds", missing)) {
    kinds_.push_back(entry.path().filename().string());
  }
  if (missing) {
    throw Error("the templates of plugins are missing", root_.string(), "install Clipwork again");
  }
  std::sort(kinds_.begin(), kinds_.end());
}

std::vector<std::string> PluginTemplates::write(const std::string& kind,
                                                const fs::path& folder) const {
  const std::string name = folder.filename().string();
  if (!std::binary_search(kinds_.begin(), kinds_.end(), kind)) {
    throw InputError(cat("unknown kind '", kind, "'"), "--kind",
                     did_you_mean_or(kind, kinds_, "available: " + join(kinds_)));
  }
  check_name(name);
  if (fs::exists(fs::symlink_status(folder))) {
    throw InputError("expected no such file or folder, found one", folder.string(),
                     "choose another NAME or --out");
  }
  const Replacements replacements = {
      {"@NAME@", name}, {"@CLASS@", class_of(name, kind)}, {"@KIND@", kind}};
  // A kind's own file takes the place of the common one.
  std::set<std::string> files;
  for (const fs::path& part : {root_ / "common", root_ / "kinds" / kind}) {
    for (const auto& entry : fs::recursive_directory_iterator(part)) {
      if (!entry.is_regular_file()) continue;
      const std::string file =
          replaced(entry.path().lexically_relative(part).string(), replacements);
      fs::create_directories((folder / file).parent_path());
      write_file(folder / file, replaced(read_file(entry.path()), replacements));
      fs::permissions(folder / file, entry.status().permissions());
      files.insert(file);
    }
  }
  return {files.begin(), files.end()};
}

}  // namespace clipwork::cli

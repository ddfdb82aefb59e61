// clipwork dataset info

#include <clipwork/data/data_paths.h>
#include <clipwork/error.h>

#include <iostream>

#include "cli/options.h"
#include "data/dataset_open.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace fs = std::filesystem;
namespace {

void print(const runs::DatasetLayout& layout, const fs::path& root) {
  std::cout << layout.name << "\n";
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& [path, what] : layout.tree) {
    if (root.empty()) {
      rows.emplace_back(path, what);
      continue;
    }
    // Names in capitals stand for many; what is above them must be there.
    fs::path fixed;
    for (const fs::path& part : fs::path(path)) {
      const std::string text = part.string();
      if (text.starts_with("VIDEO") || text.starts_with("SEQUENCE") || text.starts_with("NAME")) {
        break;
      }
      fixed /= part;
    }
    if (fixed.extension() == ".jpg") fixed = fixed.parent_path();
    std::error_code failed;
    rows.emplace_back(path, fixed.empty() || fs::exists(root / fixed, failed) ? "found: " + what
                                                                              : "missing: " + what);
  }
  print_columns(rows);
}

int run(const std::vector<std::string>& arguments) {
  std::string name;
  Options options(
      "clipwork dataset info",
      "Shows the known layouts of data sets, and which of their files a folder contains.\n"
      "Only file names are read; `clipwork dataset check` reads the contents.");
  options.argument("PATH", &name, "a folder, an annotation file, or a kind: youtube_vis, ovis, ...")
      .example("clipwork dataset info youtube_vis", "shows the expected tree")
      .example("clipwork dataset info ytvis_2019", "shows what is found in a folder");
  if (!options.parse(arguments)) return 0;

  bool known = false;
  for (const runs::DatasetLayout& layout : runs::dataset_layouts()) {
    if (!layout.name.starts_with(name)) continue;
    known = true;
    print(layout, {});
  }
  if (known && !fs::exists(name)) return 0;

  const fs::path path = find_data(name);
  if (!fs::is_directory(path)) {
    std::cout << path.string() << ": a file; `clipwork dataset check` reads it\n";
    return 0;
  }
  const std::vector<fs::path> files = runs::annotation_files(path);
  std::cout << path.string() << ": " << files.size() << " annotation files\n";
  for (const fs::path& file : files) std::cout << "  " << file.string() << "\n";
  std::cout << "\n";
  for (const runs::DatasetLayout& layout : runs::dataset_layouts()) print(layout, path);
  return 0;
}

}  // namespace

const Verb kDatasetInfo = {"info", "shows the expected layout and the files found", run};

}  // namespace clipwork::cli

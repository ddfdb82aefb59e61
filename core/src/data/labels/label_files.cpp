#include <clipwork/error.h>
#include <clipwork/host/label_files.h>
#include <clipwork/text.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <string_view>

#include "data/labels/label_kinds.h"
#include "data/labels/label_pictures.h"
#include "data/labels/label_shapes.h"

namespace clipwork {
namespace fs = std::filesystem;
namespace {

/// Files of a folder that are looked into: a folder has those of one tool, as a rule.
constexpr size_t kLookedInto = 1000;

/// The first bytes of a regular file, without a byte order mark and spaces in front.
std::string beginning(const fs::path& file) {
  std::error_code failed;
  if (!fs::is_regular_file(file, failed)) return {};
  std::string bytes(4096, '\0');
  std::ifstream stream(file, std::ios::binary);
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(stream.gcount()));
  bytes.erase(0, bytes.find_first_not_of(" \t\r\n\xEF\xBB\xBF"));
  return bytes;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

/// A file of JSON, XML or text that is not the labels of a tool above, by what tells it.
struct Other {
  const char *extension, *sign, *name;
};
constexpr std::array kOthers = {
    Other{".json", "\"_via_", "VIA"},
    Other{".json", "\"classTitle\"", "Supervisely"},
    Other{".json", "\"annotator\"", "Label Studio's JSON-MIN"},
    Other{".xml", "<annotation", "Pascal VOC"},
};

std::optional<LabelTool> tool_of_file(const fs::path& file, const fs::path& folder) {
  if (is_labelme(file)) return LabelTool::labelme;
  if (is_label_studio(file)) return LabelTool::label_studio;
  if (is_cvat(file)) return LabelTool::cvat;
  if (is_yolo(file, folder)) return LabelTool::yolo;
  return {};
}

/// "labelme"; empty for what no tool that is known writes.
std::string tool_name(const fs::path& file, const fs::path& folder) {
  static constexpr std::array kNames = {"labelme", "CVAT", "Label Studio", "YOLO"};
  if (const std::optional<LabelTool> tool = tool_of_file(file, folder)) {
    return kNames[static_cast<size_t>(*tool)];
  }
  const std::string begin = beginning(file);
  for (const Other& other : kOthers) {
    if (file.extension() == other.extension && has(begin, other.sign)) return other.name;
  }
  return {};
}

}  // namespace

bool is_labelme(const fs::path& file) {
  if (file.extension() != ".json") return false;
  const std::string begin = beginning(file);
  return begin.starts_with('{') && (has(begin, "\"shapes\"") || has(begin, "\"imagePath\""));
}

bool is_label_studio(const fs::path& file) {
  if (file.extension() != ".json") return false;
  const std::string begin = beginning(file);
  return begin.starts_with('[') && has(begin, "\"annotations\"");
}

bool is_cvat(const fs::path& file) {
  return file.extension() == ".xml" && has(beginning(file), "<annotations");
}

bool is_yolo(const fs::path& file, const fs::path& folder) {
  if (file.extension() != ".txt" || file.filename() == "classes.txt") return false;
  const fs::path inside = whole_path(file).lexically_relative(whole_path(folder).parent_path());
  const bool in_labels = std::find(inside.begin(), inside.end(), "labels") != inside.end();
  if (!in_labels && picture_named(file.parent_path(), file.stem().string()).empty()) return false;
  const std::string begin = beginning(file);
  const std::string line = begin.substr(0, begin.find('\n'));
  const std::vector<std::string_view> words = words_of(line);
  if (words.empty()) return in_labels;
  return words.size() >= 5 && parse_integer(words[0]) &&
         std::all_of(words.begin(), words.end(),
                     [](std::string_view word) { return parse_real(word).has_value(); });
}

std::optional<LabelTool> label_tool_of(const fs::path& path) {
  if (!fs::is_directory(path)) return tool_of_file(path, path.parent_path());
  std::optional<LabelTool> found;
  fs::path first;
  for (const char* extension : {".json", ".xml", ".txt"}) {
    for (const fs::path& file : files_below(path, extension, kLookedInto)) {
      const std::optional<LabelTool> tool = tool_of_file(file, path);
      if (!tool || tool == found) continue;
      if (found) {
        throw InputError(
            cat("holds label files of different tools: ", first.string(), " (",
                tool_name(first, path), ") and ", file.string(), " (", tool_name(file, path), ")"),
            path.string(), "choose one with --from");
      }
      found = tool;
      first = file;
    }
  }
  return found;
}

std::string label_files_in(const fs::path& folder) {
  std::vector<std::string> kinds;
  for (const char* extension : {".json", ".xml", ".txt", ".csv", ".zip"}) {
    std::map<std::string, int64_t> tools;
    for (const fs::path& file : files_below(folder, extension, kLookedInto)) {
      ++tools[tool_name(file, folder)];
    }
    for (const auto& [tool, number] : tools) {
      kinds.push_back(cat(number, " ", extension, number == 1 ? " file" : " files",
                          tool.empty() ? "" : " of ", tool));
    }
  }
  return join(kinds);
}

}  // namespace clipwork

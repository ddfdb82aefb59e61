// YOLO: a .txt file for each picture, with a line for each object.

#include <clipwork/error.h>
#include <clipwork/host/label_files.h>
#include <clipwork/output_file.h>
#include <clipwork/text.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>

#include "data/labels/label_collector.h"
#include "data/labels/label_kinds.h"
#include "data/labels/label_output.h"
#include "data/labels/label_pictures.h"
#include "data/labels/label_shapes.h"

namespace clipwork {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kMostText = uint64_t{64} << 20, kMostYaml = uint64_t{1} << 20;
constexpr int64_t kMostClasses = 100'000;

/// Of `names`: a list, or a table of numbers and names.
std::vector<std::string> yaml_names(const fs::path& file) {
  try {
    const YAML::Node names = YAML::Load(read_label_file(file, kMostYaml))["names"];
    std::vector<std::string> classes;
    if (names.IsSequence()) {
      for (const YAML::Node& name : names) classes.push_back(name.as<std::string>());
    } else if (names.IsMap()) {
      for (const auto& entry : names) {
        const int64_t index = entry.first.as<int64_t>();
        if (index < 0 || index >= kMostClasses) {
          throw InputError(
              cat("the class number ", index, " is not one of 0 to ", kMostClasses - 1),
              file.string());
        }
        if (static_cast<size_t>(index) >= classes.size()) {
          classes.resize(static_cast<size_t>(index) + 1);
        }
        classes[static_cast<size_t>(index)] = entry.second.as<std::string>();
      }
    } else {
      throw InputError("has no list or table 'names' of the classes", file.string());
    }
    return classes;
  } catch (const YAML::Exception& error) {
    throw InputError(cat("cannot be read as YAML: line ", error.mark.line + 1, ": ", error.msg),
                     file.string());
  }
}

std::vector<std::string> text_names(const fs::path& file) {
  std::vector<std::string> classes;
  const std::string text = read_label_file(file, kMostYaml);
  for (const std::string_view line : split_text(text, '\n')) {
    if (!line.empty()) classes.emplace_back(line);
  }
  return classes;
}

/// An object of a label file; its numbers are shares of the picture.
struct Line {
  int64_t index = 0;  ///< of its class
  std::optional<int64_t> track;
  Polygon shape;
};

/// "class x1 y1 x2 y2 ...", or "class x y width height" of a box, each with a track id behind it or
/// without one.
Line parse_line(std::string_view text) {
  Line line;
  const std::vector<std::string_view> words = words_of(text);
  const std::optional<int64_t> index = parse_integer(words[0]);
  if (!index || *index < 0 || *index >= kMostClasses) {
    throw InputError(cat("expected a class number, found '", words[0], "'"));
  }
  line.index = *index;
  std::vector<double> numbers;
  for (size_t i = 1; i < words.size(); ++i) {
    const std::optional<double> number = parse_real(words[i]);
    if (!number) throw InputError(cat("expected a number, found '", words[i], "'"));
    numbers.push_back(*number);
  }
  if (numbers.size() % 2 == 1) {
    line.track = parse_integer(words.back());
    if (!line.track) {
      throw InputError(cat("has an odd number of coordinates, and '", words.back(),
                           "' at the end is not a track id"));
    }
    numbers.pop_back();
  }
  if (numbers.size() < 4) throw InputError("expected \"class x1 y1 x2 y2 x3 y3 ...\"");
  for (const double number : numbers) {
    // A little more than 1 comes from rounding.
    if (number >= -0.01 && number <= 1.01) continue;
    throw InputError(
        cat("expected coordinates from 0 to 1, found ", number,
            number > 1 && numbers.back() == number
                ? "; a confidence and a track id at the end are not read: save without confidences"
                : ""));
  }
  if (numbers.size() == 4) {
    const double x = numbers[0], y = numbers[1], width = numbers[2], height = numbers[3];
    line.shape = rectangle(x - width / 2, y - height / 2, x + width / 2, y + height / 2);
  } else {
    line.shape = std::move(numbers);
  }
  return line;
}

class Yolo {
 public:
  explicit Yolo(const LabelSource& source)
      : source_(source),
        path_(folder_of(whole_path(source.path))),
        root_(source.images.empty() ? path_.parent_path() : whole_path(source.images)),
        collector_(source, root_.string()) {}

  LabelledData read() {
    find_names();
    std::map<fs::path, std::vector<fs::path>> folders;
    for (const fs::path& file : files_below(path_, ".txt")) {
      if (is_yolo(file, path_)) folders[file.parent_path()].push_back(file);
    }
    for (const auto& [folder, files] : folders) read_folder(folder, files);
    if (names_.empty()) {
      for (int64_t index = 0; index <= highest_; ++index) names_.push_back(name_of(index));
      collector_.remark(
          "classes are called by their numbers: there is neither data.yaml nor classes.txt; "
          "--classes names them");
    }
    collector_.classes(names_);
    return collector_.done("contains no .txt file of YOLO");
  }

 private:
  /// A picture and its label file, which may be missing.
  struct Entry {
    fs::path picture, file;
    std::vector<Line> lines;
  };

  const LabelSource& source_;
  const fs::path path_, root_;
  LabelCollector collector_;
  std::vector<std::string> names_;  ///< empty: classes are called by their numbers
  int64_t highest_ = -1;

  /// `path` may also be data.yaml or the folder labels.
  static fs::path folder_of(const fs::path& path) {
    const bool inside = !fs::is_directory(path) || path.filename() == "labels";
    return inside ? path.parent_path() : path;
  }

  void find_names() {
    names_ = source_.classes;
    std::error_code failed;
    for (const char* name : {"data.yaml", "data.yml", "classes.txt", "labels/classes.txt"}) {
      const fs::path file = path_ / name;
      if (!names_.empty() || !fs::is_regular_file(file, failed)) continue;
      names_ = file.extension() == ".txt" ? text_names(file) : yaml_names(file);
    }
  }

  std::string name_of(int64_t index) const {
    if (names_.empty()) return cat("class ", index);
    return static_cast<size_t>(index) < names_.size() ? names_[static_cast<size_t>(index)] : "";
  }

  /// The parts of a folder's path, and the last that is "labels".
  struct Parts {
    std::vector<fs::path> all;
    size_t labels;  ///< their number where there is none
    explicit Parts(const fs::path& inside) : all(inside.begin(), inside.end()), labels(all.size()) {
      for (size_t i = 0; i < all.size(); ++i) {
        if (all[i] == "labels") labels = i;
      }
    }
    /// The path from part `first` on, with another name for "labels"; without it where that is
    /// empty.
    fs::path joined(size_t first, const fs::path& instead) const {
      fs::path path;
      for (size_t i = first; i < all.size(); ++i) {
        if (i != labels) path /= all[i];
        if (i == labels && !instead.empty()) path /= instead;
      }
      return path;
    }
  };

  /// .../labels/train/a belongs to .../images/train/a; else pictures are where the labels are.
  fs::path pictures_of(const fs::path& folder) const {
    const Parts parts(folder.lexically_relative(path_));
    const fs::path same = parts.joined(0, "images");
    std::vector<fs::path> candidates = {path_ / same, folder};
    if (!source_.images.empty()) {
      candidates = {root_ / same, root_ / parts.joined(0, ""), root_};
      if (parts.labels < parts.all.size()) {
        candidates.insert(candidates.begin(), root_ / parts.joined(parts.labels + 1, ""));
      }
    }
    for (const fs::path& candidate : candidates) {
      if (!pictures_in(candidate).empty()) return candidate.lexically_normal();
    }
    return candidates.front().lexically_normal();
  }

  void read_folder(const fs::path& folder, const std::vector<fs::path>& files) {
    const fs::path place = pictures_of(folder);
    std::map<std::string, fs::path> labels;  // by name without extension
    for (const fs::path& file : files) labels[file.stem().string()] = file;
    std::vector<Entry> entries;
    bool linked = false;
    for (const fs::path& picture : pictures_in(place)) {
      Entry& entry = entries.emplace_back(Entry{picture, {}, {}});
      const auto found = labels.find(picture.stem().string());
      if (found == labels.end()) continue;
      entry.file = found->second;
      entry.lines = read_lines(entry.file);
      linked = linked || std::any_of(entry.lines.begin(), entry.lines.end(),
                                     [](const Line& line) { return line.track.has_value(); });
      labels.erase(found);
    }
    for (const auto& [name, file] : labels) {
      collector_.fault(file.string(), cat("there is no picture '", name, "' in ", place.string()),
                       "the file is left out");
    }
    LabelledVideo video;
    const Parts parts(folder.lexically_relative(path_.parent_path()));
    video.name = parts.joined(0, "").generic_string();
    std::optional<Size> size;  // frames of a video have one size, others are looked at one by one
    for (Entry& entry : entries) {
      if (!linked || source_.stills) size.reset();
      try {
        if (!size) size = size_of_picture(entry.picture);
        video.frames.push_back(frame_of(entry, *size));
      } catch (const InputError& error) {
        collector_.fault(entry.picture.string(), error.problem(), "the picture is left out");
      }
    }
    collector_.add(std::move(video));
  }

  std::vector<Line> read_lines(const fs::path& file) {
    std::vector<Line> lines;
    std::string text;
    try {
      text = read_label_file(file, kMostText);
    } catch (const InputError& error) {
      collector_.fault(file.string(), error.problem(), "the file is left out");
    }
    int64_t number = 0;
    for (const std::string_view line : split_text(text, '\n')) {
      ++number;
      if (line.empty()) continue;
      try {
        lines.push_back(parse_line(line));
      } catch (const InputError& error) {
        collector_.fault(cat(file.string(), ":", number), error.problem(), "the line is left out");
      }
    }
    return lines;
  }

  LabelledFrame frame_of(const Entry& entry, Size size) {
    LabelledFrame frame{name_in(root_, entry.picture), size, {}, true};
    for (const Line& line : entry.lines) {
      try {
        const std::string label = name_of(line.index);
        if (label.empty()) {
          throw InputError(cat("there is no class ", line.index, " in a list of ", names_.size()));
        }
        highest_ = std::max(highest_, line.index);
        Polygon polygon = line.shape;
        for (size_t i = 0; i < polygon.size(); ++i) {
          polygon[i] *= static_cast<double>(i % 2 == 0 ? size.width : size.height);
        }
        frame.objects.push_back({label, line.track, collector_.draw(std::move(polygon), size)});
      } catch (const InputError& error) {
        collector_.fault(entry.file.string(), error.problem(), "the object is left out");
      }
    }
    return frame;
  }
};

}  // namespace

LabelledData read_yolo(const LabelSource& source) { return Yolo(source).read(); }

std::vector<std::string> write_yolo(const LabelOutput& output, const AnnotationFile& file) {
  const FramesToWrite frames(file, output.path / "labels", ".txt");
  check_new(output.path / "data.yaml");
  std::map<int64_t, size_t> classes;  // numbers by category id
  YAML::Emitter yaml;
  yaml << YAML::BeginMap << YAML::Key << "path" << YAML::Value << "." << YAML::Key << "train"
       << YAML::Value << "images" << YAML::Key << "val" << YAML::Value << "images" << YAML::Key
       << "names" << YAML::Value << YAML::BeginMap;
  for (const AnnotationFile::Category& category : file.categories) {
    const size_t number = classes.size();
    classes.emplace(*category.id, number);
    yaml << YAML::Key << number << YAML::Value << YAML::DoubleQuoted << category.name;
  }
  yaml << YAML::EndMap << YAML::EndMap;
  frames.each([&](const FrameToWrite& frame) {
    std::string text;
    for (const auto& [object, mask] : frame.objects) {
      text += cat(classes.at(*object->category));
      const Polygon polygon = joined_outline(*mask, output.tolerance);
      for (size_t i = 0; i < polygon.size(); ++i) {
        const Size size = frame.video->size;
        const auto side = static_cast<double>(i % 2 == 0 ? size.width : size.height);
        text += " " + significant(polygon[i] / side, 8);
      }
      text += output.track_ids ? cat(" ", *object->id, "\n") : "\n";
    }
    fs::create_directories(frame.path.parent_path());
    write_file(frame.path, text);
  });
  fs::create_directories(output.path);
  write_file(output.path / "data.yaml", std::string(yaml.c_str()) + "\n");
  std::vector<std::string> remarks = frames.remarks();
  remarks.push_back(cat("pictures are not copied: they belong in ",
                        (output.path / "images").string(), ", in the same folders as the labels"));
  if (!output.track_ids) {
    remarks.push_back("YOLO has no track ids; --track-ids writes them at the end of lines");
  }
  return remarks;
}

}  // namespace clipwork

// Label Studio's export "JSON": a list of tasks, a picture or a video each.

#include <clipwork/error.h>
#include <clipwork/host/label_files.h>
#include <clipwork/size_limits.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>

#include "data/json_fields.h"
#include "data/json_list.h"
#include "data/labels/label_collector.h"
#include "data/labels/label_kinds.h"
#include "data/labels/label_pictures.h"
#include "data/labels/label_shapes.h"
#include "masks/row_runs.h"

namespace clipwork {
namespace fs = std::filesystem;
namespace {

using Kind = JsonValue::Kind;

std::optional<JsonValue> member_of(const JsonValue& entry, const char* key, Kind kind) {
  if (!entry.is(Kind::object)) return {};
  const std::optional<JsonValue> value = entry.find(key);
  return value && value->is(kind) ? value : std::nullopt;
}

std::string text_of(const JsonValue& entry, const char* key) {
  const std::optional<JsonValue> text = member_of(entry, key, Kind::text);
  return text ? std::string(text->text()) : std::string();
}

/// Throws InputError where it is missing or not a finite number.
double real_of(const JsonValue& entry, const char* key) {
  const JsonValue value = required(entry, key);
  return within(key, [&] {
    if (!value.is_number() || !std::isfinite(value.number())) unexpected(value, "a number");
    return value.number();
  });
}

double real_or(const JsonValue& entry, const char* key, double otherwise) {
  const std::optional<JsonValue> value = entry.find(key);
  return value && value->is_number() ? value->number() : otherwise;
}

/// Reads numbers of a few bits each, the highest bit first.
class Bits {
 public:
  explicit Bits(std::vector<uint8_t> bytes) : bytes_(std::move(bytes)) {}
  uint32_t read(int count) {
    uint32_t value = 0;
    for (; count > 0; --count, ++at_) {
      if (at_ / 8 >= bytes_.size()) throw InputError("the code ends in the middle of a run");
      value = value << 1 | (bytes_[at_ / 8] >> (7 - at_ % 8) & 1);
    }
    return value;
  }

 private:
  std::vector<uint8_t> bytes_;
  size_t at_ = 0;
};

/// The pixels whose fourth value, the opacity, is not 0. The code has the number of values (32
/// bits), the bits of a value less one (5), four widths of lengths less one (4 bits each), then
/// runs: a bit for "one value, repeated", the number of the width (2), the length less one, and
/// the value or the values.
MaskRle read_brush(const JsonValue& rle, Size size) {
  std::vector<uint8_t> bytes;
  bytes.reserve(rle.count());
  each_entry(rle, "rle", [&](const JsonValue& byte) {
    const int64_t value = integer(byte);
    if (value < 0 || value > 255) unexpected(byte, "a byte from 0 to 255");
    bytes.push_back(static_cast<uint8_t>(value));
  });
  return within("rle", [&] {
    Bits bits(std::move(bytes));
    const int64_t values = bits.read(32), expected = 4 * size.height * size.width;
    if (values != expected) {
      throw InputError(cat("the code has ", values, " values, expected ", expected,
                           ", four for each pixel of ", size.width, " x ", size.height));
    }
    const auto word = static_cast<int>(bits.read(5)) + 1;
    int widths[4];
    for (int& width : widths) width = static_cast<int>(bits.read(4)) + 1;
    std::vector<RowRun> runs;
    // Pixels with their fourth value in [begin, end).
    const auto add = [&](int64_t begin, int64_t end) {
      const int64_t first = begin / 4, last = end / 4;  // values 3, 7, 11, ...
      if (first >= last) return;
      if (!runs.empty() && runs.back().end == first) {
        runs.back().end = last;
      } else {
        runs.push_back({first, last});
      }
    };
    for (int64_t at = 0; at < values;) {
      const bool repeated = bits.read(1) == 1;
      const int64_t end = at + 1 + bits.read(widths[bits.read(2)]);
      if (end > values) throw InputError("the runs have more values than the picture");
      if (repeated) {
        if (bits.read(word) != 0) add(at, end);
        at = end;
      }
      for (; at < end; ++at) {
        if (bits.read(word) != 0 && at % 4 == 3) add(at, at + 1);
      }
    }
    if (runs.empty()) throw InputError("the mask has no pixel");
    return mask_of_row_runs(runs, {0, 0, size.width, size.height}, size);
  });
}

/// In pixels, from percent of the picture.
Polygon scaled(Polygon polygon, Size size) {
  for (size_t i = 0; i < polygon.size(); ++i) {
    polygon[i] *= static_cast<double>(i % 2 == 0 ? size.width : size.height) / 100;
  }
  return polygon;
}

/// A polygon, rectangle or ellipse, in pixels; empty for anything else.
Polygon polygon_of(const JsonValue& value, Size size) {
  if (const auto points = value.find("points")) return scaled(read_points(*points), size);
  if (const auto vertices = member_of(value, "vertices", Kind::array)) {
    Polygon polygon;
    vertices->entries([&](const JsonValue& vertex) {
      polygon.push_back(real_of(vertex, "x"));
      polygon.push_back(real_of(vertex, "y"));
    });
    return scaled(polygon, size);
  }
  const bool is_ellipse = value.find("radiusX").has_value();
  if (!is_ellipse && !value.find("width")) return {};
  const double x = real_of(value, "x"), y = real_of(value, "y");
  const double turn = real_or(value, "rotation", 0);
  // Angles are those of the picture, not of its percent.
  const double x0 = x / 100 * static_cast<double>(size.width);
  const double y0 = y / 100 * static_cast<double>(size.height);
  if (is_ellipse) {
    return turned(ellipse(x0, y0, real_of(value, "radiusX") / 100 * double(size.width),
                          real_of(value, "radiusY") / 100 * double(size.height)),
                  turn, x0, y0);
  }
  const Polygon box =
      scaled(rectangle(x, y, x + real_of(value, "width"), y + real_of(value, "height")), size);
  return turned(box, turn, x0, y0);
}

/// The first class of a region: "polygonlabels": ["cat"], or "labels" of a region that has them
/// apart.
std::string label_of(const JsonValue& value) {
  std::string label;
  value.members([&](std::string_view name, const JsonValue& list) {
    if (!label.empty() || !name.ends_with("labels") || !list.is(Kind::array)) return;
    list.entries([&](const JsonValue& entry) {
      if (label.empty() && entry.is(Kind::text)) label = entry.text();
    });
  });
  return label;
}

class LabelStudio final : public JsonLists {
 public:
  explicit LabelStudio(const LabelSource& source)
      : source_(source),
        path_(whole_path(source.path)),
        root_(source.images.empty() ? path_.parent_path() : whole_path(source.images)),
        collector_(source, root_.string()) {}

  LabelledData read() {
    for (const fs::path& file : label_files_of(path_, ".json", is_label_studio)) read_file(file);
    return collector_.done("contains no .json file of Label Studio");
  }

  void root(Kind kind) override {
    if (kind != Kind::array) {
      throw InputError(cat("expected a list of tasks, found ", described(kind)), {},
                       "export the project from Label Studio as \"JSON\"");
    }
  }
  bool wants(std::string_view) override { return false; }
  void member(std::string_view, Kind) override {}
  void entry(std::string_view, const JsonValue& task) override {
    ++index_;
    const auto id = task.is(Kind::object) ? task.find("id") : std::nullopt;
    where_ = cat(file_.string(), ", task ", id ? id->described() : cat(index_));
    try {
      read_task(task);
    } catch (const InputError& error) {
      collector_.fault(cat(where_, error.where().empty() ? "" : ", ", error.where()),
                       cat(error.problem(), error.advice().empty() ? "" : "; ", error.advice()),
                       "the task is left out");
    }
  }

 private:
  const LabelSource& source_;
  const fs::path path_, root_;
  LabelCollector collector_;
  fs::path file_;      ///< that is being read
  std::string where_;  ///< the task
  int64_t index_ = 0, videos_ = 0;

  void read_file(const fs::path& file) {
    file_ = file;
    index_ = 0;
    try {
      check_label_file(file, UINT64_MAX);
      within(file.string(), [&] { read_json(*open_file(file), *this, JsonRules::lenient); });
    } catch (const InputError& error) {
      collector_.fault(error.where(), error.problem(), "the rest of the file is left out");
    }
  }

  void read_task(const JsonValue& task) {
    if (!task.is(Kind::object)) unexpected(task, "an object with 'data' and 'annotations'");
    const std::optional<JsonValue> result = result_of(task);
    if (!result) {
      collector_.leave_out("task", "it has no annotation");
      return;
    }
    const JsonValue data = required(task, "data");
    if (!data.is(Kind::object)) within("data", [&] { unexpected(data, "an object"); });
    bool video = false;
    result->entries([&](const JsonValue& region) {
      const auto value = member_of(region, "value", Kind::object);
      video = video || (value && value->find("sequence"));
    });
    video = video || data.find("video");
    if (video) {
      read_video(data, *result);
    } else {
      read_picture(data, *result);
    }
  }

  /// The regions of the first annotation that was not skipped.
  std::optional<JsonValue> result_of(const JsonValue& task) {
    const JsonValue annotations = required(task, "annotations");
    std::optional<JsonValue> result;
    int64_t found = 0;
    each_entry(annotations, "annotations", [&](const JsonValue& annotation) {
      const auto skipped = member_of(annotation, "was_cancelled", Kind::boolean);
      const auto list = member_of(annotation, "result", Kind::array);
      if (!list || (skipped && skipped->boolean())) return;
      if (++found == 1) result = list;
    });
    if (found > 1) {
      collector_.fault(where_, cat("it has ", found, " annotations"), "the first is read");
    }
    return result;
  }

  /// The file name at the end of the address of a picture or a video. Label Studio puts a key in
  /// front of uploads: "1fd99634-dogs.mp4".
  static std::string file_name(const JsonValue& data, const char* preferred) {
    std::string address = text_of(data, preferred);
    data.members([&](std::string_view, const JsonValue& value) {
      if (address.empty() && value.is(Kind::text) && named_as_picture(value.text())) {
        address = value.text();
      }
    });
    address = address.substr(0, address.find('?'));
    std::replace(address.begin(), address.end(), '\\', '/');
    return fs::path(address).filename().string();
  }

  static std::string without_key(const std::string& name) {
    const bool keyed =
        name.size() > 9 && name[8] == '-' && name.find_first_not_of("0123456789abcdef") == 8;
    return keyed ? name.substr(9) : name;
  }

  /// Regions by their id: one may be in parts, its shape and its labels.
  std::map<std::string, std::string> labels_of(const JsonValue& result) const {
    std::map<std::string, std::string> labels;
    result.entries([&](const JsonValue& region) {
      const auto value = member_of(region, "value", Kind::object);
      if (!value) return;
      const std::string label = label_of(*value);
      if (!label.empty()) labels.emplace(text_of(region, "id"), label);
    });
    return labels;
  }

  // --- pictures ---

  void read_picture(const JsonValue& data, const JsonValue& result) {
    LabelledVideo video;
    LabelledFrame& frame = video.frames.emplace_back();
    const std::string name = file_name(data, "image");
    if (name.empty()) throw InputError("has no picture", "data");
    fs::path picture = root_ / name;
    std::error_code failed;
    if (!fs::exists(picture, failed) && fs::exists(root_ / without_key(name), failed)) {
      picture = root_ / without_key(name);
    }
    frame.file = name_in(root_, picture);
    result.entries([&](const JsonValue& region) {
      const auto width = region.is(Kind::object) ? region.find("original_width") : std::nullopt;
      if (!width || frame.size != Size{}) return;
      frame.size = {required_integer(region, "original_height"), integer(*width)};
    });
    if (frame.size == Size{}) frame.size = size_of_picture(picture);
    if (!is_readable(frame.size)) {
      throw InputError(
          cat("the picture claims to be ", frame.size.width, " x ", frame.size.height));
    }
    const std::map<std::string, std::string> labels = labels_of(result);
    std::set<std::string> read;  // regions
    result.entries([&](const JsonValue& region) {
      const auto value = member_of(region, "value", Kind::object);
      const std::string id = text_of(region, "id");
      if (!value || (!id.empty() && read.contains(id))) return;
      try {
        LabelledObject object{labels.contains(id) ? labels.at(id) : label_of(*value), {}, {}};
        if (const auto rle = member_of(*value, "rle", Kind::array)) {
          collector_.cross(2 * frame.size.width, rle->count());
          object.mask = read_brush(*rle, frame.size);
          collector_.count(object.mask);
        } else {
          Polygon polygon = polygon_of(*value, frame.size);
          if (polygon.empty()) {
            const std::string type = text_of(region, "type");
            if (type != "labels") {
              collector_.leave_out(cat("'", type, "' region"), "it has no area that is read");
            }
            return;
          }
          object.mask = collector_.draw(std::move(polygon), frame.size);
        }
        if (object.label.empty()) throw InputError("has no label");
        read.insert(id);
        frame.objects.push_back(std::move(object));
      } catch (const InputError& error) {
        region_fault(id, error);
      }
    });
    collector_.add(std::move(video));
  }

  void region_fault(const std::string& id, const InputError& error) {
    collector_.fault(
        cat(where_, ", region '", id, "'", error.where().empty() ? "" : ", ", error.where()),
        error.problem(), "the region is left out");
  }

  // --- videos ---

  void read_video(const JsonValue& data, const JsonValue& result) {
    LabelledVideo video;
    video.linked = true;
    const std::string file = without_key(file_name(data, "video"));
    video.name = fs::path(file).stem().string();
    ++videos_;
    if (video.name.empty()) video.name = cat("video ", videos_);
    std::vector<fs::path> pictures = pictures_in(root_ / video.name);
    if (pictures.empty() && !source_.images.empty()) pictures = pictures_in(root_);
    if (pictures.empty()) {
      throw InputError("Label Studio does not store the size of a video", {},
                       cat("put its frames into ", (root_ / video.name).string(),
                           ", or give their folder: --images"));
    }
    const Size size = size_of_picture(pictures.front());
    for (const fs::path& picture : pictures) {
      video.frames.push_back({name_in(root_, picture), size, {}, true});
    }
    const std::map<std::string, std::string> labels = labels_of(result);
    int64_t track = 0;
    result.entries([&](const JsonValue& region) {
      const auto value = member_of(region, "value", Kind::object);
      if (!value) return;
      const std::string id = text_of(region, "id");
      const auto sequence = member_of(*value, "sequence", Kind::array);
      if (!sequence) {
        if (text_of(region, "type") != "labels") {
          collector_.leave_out(cat("'", text_of(region, "type"), "' region"),
                               "it is not a sequence of shapes");
        }
        return;
      }
      try {
        const std::string label = labels.contains(id) ? labels.at(id) : label_of(*value);
        if (label.empty()) throw InputError("has no label");
        read_sequence(*sequence, {label, ++track, {}}, id, video);
      } catch (const InputError& error) {
        region_fault(id, error);
      }
    });
    collector_.add(std::move(video));
  }

  /// A shape of a sequence; it stays, or moves to the next, unless it is the last of its span.
  struct Key {
    Polygon polygon;
    bool goes_on = true;
  };

  void read_sequence(const JsonValue& sequence, const LabelledObject& object, const std::string& id,
                     LabelledVideo& video) {
    const auto frames = static_cast<int64_t>(video.frames.size());
    std::map<int64_t, Key> keys;
    each_entry(sequence, "sequence", [&](const JsonValue& key) {
      if (!key.is(Kind::object)) unexpected(key, "an object with 'frame'");
      // Label Studio counts from 1.
      const int64_t frame = required_integer(key, "frame");
      if (frame < 1 || frame > frames) {
        throw InputError(cat("there is no frame ", frame, " in a video of ", frames, " pictures"));
      }
      const auto enabled = member_of(key, "enabled", Kind::boolean);
      keys[frame - 1] = {polygon_of(key, video.frames[0].size), !enabled || enabled->boolean()};
    });
    for (auto key = keys.begin(); key != keys.end(); ++key) {
      const auto next = std::next(key);
      const auto& [polygon, goes_on] = key->second;
      const int64_t begin = key->first, last = next == keys.end() ? frames : next->first;
      const int64_t end = goes_on ? last : begin + 1;
      collector_.fill(end - begin - 1);
      const bool moves = next != keys.end() && next->second.polygon.size() == polygon.size();
      for (int64_t t = begin; t < end; ++t) {
        LabelledFrame& frame = video.frames[static_cast<size_t>(t)];
        const double share = static_cast<double>(t - begin) / static_cast<double>(last - begin);
        LabelledObject copy = object;
        try {
          copy.mask = collector_.draw(
              moves ? between(polygon, next->second.polygon, share) : polygon, frame.size);
          frame.objects.push_back(std::move(copy));
        } catch (const InputError& error) {
          collector_.fault(cat(where_, ", region '", id, "', frame ", t + 1), error.problem(),
                           "the object is absent from this frame");
        }
      }
    }
  }
};

}  // namespace

LabelledData read_label_studio(const LabelSource& source) { return LabelStudio(source).read(); }

}  // namespace clipwork

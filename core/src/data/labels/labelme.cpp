// labelme: a .json file beside each picture.

#include <clipwork/data/picture_files.h>
#include <clipwork/error.h>
#include <clipwork/host/json.h>
#include <clipwork/host/label_files.h>
#include <clipwork/output_file.h>
#include <clipwork/size_limits.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "data/json_fields.h"
#include "data/json_list.h"
#include "data/labels/label_collector.h"
#include "data/labels/label_kinds.h"
#include "data/labels/label_output.h"
#include "data/labels/label_pictures.h"
#include "data/labels/label_shapes.h"
#include "masks/index_bytes.h"
#include "masks/row_runs.h"

namespace clipwork {
namespace fs = std::filesystem;
namespace {

using Kind = JsonValue::Kind;

/// A file may embed its picture.
constexpr uint64_t kMostJson = uint64_t{256} << 20;
/// A crop that is packed into a few bytes takes two bytes a pixel.
constexpr int64_t kMostCrop = int64_t{1} << 25;

std::string text_member(const JsonValue& entry, const char* key) {
  const std::optional<JsonValue> text = entry.find(key);
  return text && text->is(Kind::text) ? std::string(text->text()) : std::string();
}

std::string decoded_base64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  if (length < 0) throw InputError("is not base64");
  bytes.resize(static_cast<size_t>(length));
  return bytes;
}

/// A PNG picture, not 0 where the object is, whose corner is the first point.
MaskRle read_crop(const JsonValue& shape, const Polygon& points, Size size) {
  if (points.size() != 4) throw InputError("expected two points, the corners of the mask");
  const JsonValue text = required(shape, "mask");
  return within("mask", [&] {
    if (!text.is(Kind::text)) unexpected(text, "a PNG picture in base64");
    const std::string bytes = decoded_base64(text.text());
    const Size png = index_bytes_size(bytes, "");
    for (const double coordinate : points) {
      if (!(std::abs(coordinate) <= kLongestSide))
        throw InputError("expected numbers as its corners");
    }
    const Box crop{std::llround(std::min(points[0], points[2])),
                   std::llround(std::min(points[1], points[3])), png.width, png.height};
    check_crop(crop, size);
    if (png.width * png.height > kMostCrop) {
      throw InputError(
          cat("has ", png.width, " x ", png.height, " pixels, at most ", kMostCrop, " are read"));
    }
    const double width = std::abs(points[2] - points[0]) + 1;
    const double height = std::abs(points[3] - points[1]) + 1;
    if (std::abs(width - static_cast<double>(png.width)) > 1 ||
        std::abs(height - static_cast<double>(png.height)) > 1) {
      throw InputError(cat("the mask is ", png.width, " x ", png.height,
                           " pixels, its corners are ", width, " x ", height, " apart"));
    }
    const IndexPicture picture = read_index_bytes(bytes, "");
    std::vector<RowRun> runs;
    const auto pixels = static_cast<int64_t>(picture.values.size());
    for (int64_t begin = 0; begin < pixels; ++begin) {
      if (picture.values[static_cast<size_t>(begin)] == 0) continue;
      int64_t end = begin + 1;
      while (end < pixels && picture.values[static_cast<size_t>(end)] != 0) ++end;
      runs.push_back({begin, end});
      begin = end;
    }
    if (runs.empty()) throw InputError("has no pixel");
    return mask_of_row_runs(runs, crop, size);
  });
}

/// The shape as a polygon; empty for shapes without an area.
Polygon polygon_of(const std::string& type, const Polygon& points) {
  const size_t corners = points.size() / 2;
  if (type.empty() || type == "polygon") return points;
  if (type == "rectangle" && corners == 2) {
    return rectangle(points[0], points[1], points[2], points[3]);
  }
  if (type == "rectangle" || type == "rotation" || type == "oriented_rectangle") {
    if (corners != 4) throw InputError(cat("expected 4 points of a ", type, ", found ", corners));
    return points;
  }
  if (type == "circle") {
    if (corners != 2) throw InputError(cat("expected 2 points of a circle, found ", corners));
    const double radius = std::hypot(points[2] - points[0], points[3] - points[1]);
    return ellipse(points[0], points[1], radius, radius);
  }
  return {};
}

class Labelme {
 public:
  explicit Labelme(const LabelSource& source)
      : source_(source),
        path_(whole_path(source.path)),
        root_(source.images.empty() ? path_.parent_path() : whole_path(source.images)),
        collector_(source, root_.string()) {}

  LabelledData read() {
    std::map<fs::path, std::vector<fs::path>> folders;
    for (const fs::path& file : label_files_of(path_, ".json", is_labelme)) {
      folders[file.parent_path()].push_back(file);
    }
    for (const auto& [folder, files] : folders) read_folder(folder, files);
    return collector_.done("contains no .json file of labelme");
  }

 private:
  const LabelSource& source_;
  const fs::path path_, root_;
  LabelCollector collector_;

  /// The folder with the pictures of a folder of labels.
  fs::path pictures_of(const fs::path& folder) const {
    if (source_.images.empty()) return folder;
    std::error_code failed;
    const fs::path same = root_ / folder.lexically_relative(path_);
    return fs::is_directory(same, failed) ? same.lexically_normal() : root_;
  }

  void read_folder(const fs::path& folder, const std::vector<fs::path>& files) {
    LabelledVideo video;
    video.name = name_in(path_.parent_path(), folder);
    const fs::path pictures = pictures_of(folder);
    std::map<std::string, LabelledFrame> frames;  // by picture
    for (const fs::path& file : files) {
      try {
        LabelledFrame frame = read_frame(file, pictures);
        const std::string picture = frame.file;
        if (!frames.emplace(picture, std::move(frame)).second) {
          throw InputError(cat("another file has the labels of '", picture, "'"), file.string());
        }
      } catch (const InputError& error) {
        collector_.fault(error.where(), error.problem(), "the file is left out");
      }
    }
    if (fs::is_directory(path_)) {
      for (const fs::path& picture : pictures_in(pictures)) {
        const std::string name = name_in(root_, picture);
        frames.try_emplace(name, LabelledFrame{name, {}, {}, false});
      }
    }
    for (auto& [name, frame] : frames) video.frames.push_back(std::move(frame));
    std::sort(video.frames.begin(), video.frames.end(),
              [](const auto& a, const auto& b) { return natural_less(a.file, b.file); });
    collector_.add(std::move(video));
  }

  LabelledFrame read_frame(const fs::path& file, const fs::path& pictures) {
    struct File final : JsonLists {
      std::function<void(const JsonValue&)> take;
      bool whole() override { return true; }
      void root(Kind) override {}
      bool wants(std::string_view) override { return false; }
      void member(std::string_view, Kind) override {}
      void entry(std::string_view, const JsonValue& value) override { take(value); }
    } reader;
    LabelledFrame frame;
    reader.take = [&](const JsonValue& value) { frame = frame_of(value, file, pictures); };
    check_label_file(file, kMostJson);
    within(file.string(), [&] { read_json(*open_file(file), reader, JsonRules::lenient); });
    return frame;
  }

  LabelledFrame frame_of(const JsonValue& value, const fs::path& file, const fs::path& pictures) {
    if (!value.is(Kind::object)) unexpected(value, "an object with 'shapes'");
    LabelledFrame frame;
    const fs::path picture = picture_of(text_member(value, "imagePath"), file, pictures);
    frame.file = name_in(root_, picture);
    frame.size = {side(value, "imageHeight"), side(value, "imageWidth")};
    if (frame.size.height == 0 || frame.size.width == 0) {
      frame.size = within("imageHeight and imageWidth are missing",
                          [&] { return size_of_picture(picture); });
    }
    if (!is_readable(frame.size)) {
      throw InputError(
          cat("the picture claims to be ", frame.size.width, " x ", frame.size.height));
    }
    int64_t index = 0;
    each_entry(required(value, "shapes"), "shapes", [&](const JsonValue& shape) {
      const std::string where = cat(file.string(), ", shapes[", index++, "]");
      try {
        add_shape(shape, frame);
      } catch (const InputError& error) {
        collector_.fault(cat(where, error.where().empty() ? "" : ", ", error.where()),
                         error.problem(), "the shape is left out");
      }
    });
    return frame;
  }

  static int64_t side(const JsonValue& value, const char* key) {
    const std::optional<JsonValue> side = value.find(key);
    if (!side || side->is(Kind::null)) return 0;
    return within(key, [&] { return integer(*side); });
  }

  /// `imagePath` is relative to the file, with slashes of either kind; people move pictures, and
  /// then the picture with its name, or that of the file, beside the file is meant.
  static fs::path picture_of(std::string image, const fs::path& file, const fs::path& pictures) {
    std::replace(image.begin(), image.end(), '\\', '/');
    const std::string name = fs::path(image).filename().string();
    std::error_code failed;
    if (!name.empty() && fs::is_regular_file(pictures / name, failed)) return pictures / name;
    const fs::path same = picture_named(pictures, file.stem().string());
    if (!same.empty()) return same;
    return pictures / (name.empty() ? file.stem().string() + ".jpg" : name);
  }

  void add_shape(const JsonValue& shape, LabelledFrame& frame) {
    if (!shape.is(Kind::object)) unexpected(shape, "an object with 'label' and 'points'");
    const JsonValue label = required(shape, "label");
    if (!label.is(Kind::text)) within("label", [&] { unexpected(label, "text"); });
    const std::string type = text_member(shape, "shape_type");
    const Polygon points = read_points(required(shape, "points"));
    LabelledObject object{std::string(label.text()), group(shape), {}};
    if (type == "mask") {
      // Its bytes are packed a thousandfold at most, so that they bound the time it takes.
      object.mask = read_crop(shape, points, frame.size);
      collector_.count(object.mask);
    } else {
      Polygon polygon = polygon_of(type, points);
      if (polygon.empty() && !points.empty()) {
        collector_.leave_out(cat("'", type, "' shape"), "it has no area");
        return;
      }
      object.mask = collector_.draw(std::move(polygon), frame.size);
    }
    frame.objects.push_back(std::move(object));
  }

  static std::optional<int64_t> group(const JsonValue& shape) {
    const std::optional<JsonValue> group = shape.find("group_id");
    if (!group || group->is(Kind::null)) return {};
    return within("group_id", [&] { return integer(*group); });
  }
};

void write_shape(JsonWriter& json, const std::string& label, int64_t track,
                 const Polygon& polygon) {
  json.begin_object();
  json.member("label", label);
  json.begin_array("points");
  for (size_t i = 0; i + 1 < polygon.size(); i += 2) {
    json.value(std::vector<double>{polygon[i], polygon[i + 1]});
  }
  json.end_array();
  json.member("group_id", track);
  json.member("description", "");
  json.member("shape_type", "polygon");
  json.begin_object("flags");
  json.end_object();
  json.key("mask");
  json.null();
  json.end_object();
}

}  // namespace

LabelledData read_labelme(const LabelSource& source) { return Labelme(source).read(); }

std::vector<std::string> write_labelme(const LabelOutput& output, const AnnotationFile& file) {
  const FramesToWrite frames(file, output.path, ".json");
  frames.each([&](const FrameToWrite& frame) {
    JsonWriter json;
    json.begin_object();
    json.member("version", "5.5.0");
    json.begin_object("flags");
    json.end_object();
    json.begin_array("shapes");
    for (const auto& [object, mask] : frame.objects) {
      for (const Polygon& polygon : outlines(*mask, output.tolerance)) {
        write_shape(json, frames.label(*object), *object->id, polygon);
      }
    }
    json.end_array();
    json.member("imagePath", picture_path(output, frame));
    json.key("imageData");
    json.null();
    json.member("imageHeight", frame.video->size.height);
    json.member("imageWidth", frame.video->size.width);
    json.end_object();
    fs::create_directories(frame.path.parent_path());
    write_file(frame.path, json.take() + "\n");
  });
  std::vector<std::string> remarks = frames.remarks();
  if (output.images.empty()) {
    remarks.push_back("put each file beside its picture: where the pictures are is not known");
  }
  return remarks;
}

}  // namespace clipwork

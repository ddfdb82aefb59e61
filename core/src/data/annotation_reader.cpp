#include <clipwork/data/annotation_file.h>
#include <clipwork/error.h>
#include <rapidjson/encodedstream.h>
#include <rapidjson/error/en.h>
#include <rapidjson/filereadstream.h>
#include <rapidjson/reader.h>

#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>

#include "data/annotation_names.h"

namespace clipwork {
namespace {

/// A mask on its way into the file.
struct MaskText {
  std::optional<int64_t> height, width;
  std::vector<int64_t> runs;
  std::string text;
  bool has_runs = false, has_text = false;
  AnnotationFile::Polygons polygons;
  std::string damage;  ///< what makes it no mask
};

MaskRle finished(const MaskText& mask) {
  if (!mask.damage.empty()) throw InputError(mask.damage);
  if (!mask.height || !mask.width) throw InputError("the mask has no size");
  if (!mask.has_runs && !mask.has_text) throw InputError("the mask has no counts");
  const Size size{*mask.height, *mask.width};
  return mask.has_text ? MaskRle::parse(mask.text, size) : MaskRle::of_runs(mask.runs, size);
}

enum class In {
  file,
  root,
  videos,
  video,
  files,
  images,
  image,
  classes,
  category,
  annotations,
  annotation,
  masks,
  mask,
  mask_size,
  runs,
  polygons,
  polygon,
  areas,
  occlusion
};

/// Takes RapidJSON's events. A stack of its own says where in the file it is, so that depth costs
/// no call.
class Reader : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Reader> {
 public:
  Reader(std::string name, AnnotationFile& file) : name_(std::move(name)), file_(file) {}

  struct Damage {
    size_t annotation = 0;
    int64_t frame = 0;
    std::string problem;
  };
  const std::vector<Damage>& damages() const { return damages_; }

  bool Null() {
    if (skip_ > 0) return true;
    step();
    switch (top().in) {
      case In::file:
        wrong("null", "an object");
      case In::masks:
        annotation().masks.emplace_back();
        return true;
      case In::areas:
        annotation().areas->emplace_back();
        return true;
      case In::occlusion:
        annotation().occlusion.emplace_back();
        return true;
      case In::annotation:
        if (top().key == "segmentation") {
          annotation().masks = {std::nullopt};
          annotation().polygons.clear();
        }
        return true;
      case In::root:
      case In::video:
      case In::image:
      case In::category:
        return true;
      case In::mask:
      case In::mask_size:
      case In::runs:
      case In::polygons:
      case In::polygon:
        return damage("expected a number in the mask, found null");
      default:
        wrong("null", "an entry");
    }
  }
  bool Bool(bool value) {
    if (skip_ > 0) return true;
    if (top().in == In::annotation && top().key == "iscrowd") {
      annotation().crowd = value;
      return true;
    }
    step();
    return other("a boolean");
  }
  bool Int(int value) { return integer(value); }
  bool Uint(unsigned value) {
    if (skip_ == 0 && top().in == In::runs) {
      mask_.runs.push_back(value);
      return true;
    }
    return integer(value);
  }
  bool Int64(int64_t value) { return integer(value); }
  bool Uint64(uint64_t value) {
    return value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())
               ? integer(static_cast<int64_t>(value))
               : Double(static_cast<double>(value));
  }
  bool Double(double value) {
    if (skip_ > 0) return true;
    // Some writers make every number a float.
    if (value == std::floor(value) && std::abs(value) < 9e15) {
      return number(value, static_cast<int64_t>(value));
    }
    return number(value, {});
  }
  bool String(const char* text, rapidjson::SizeType length, bool) {
    if (skip_ > 0) return true;
    step();
    std::string value(text, length);
    const std::string& key = top().key;
    switch (top().in) {
      case In::files:
        video().files.push_back(std::move(value));
        return true;
      case In::video:
        if (key == "name") video().name = std::move(value);
        break;
      case In::image:
        if (key == "file_name") file_.images.back().file = std::move(value);
        break;
      case In::category:
        if (key == "name") file_.classes.back().name = std::move(value);
        break;
      case In::mask:
        if (key != "counts")
          return key == "size"
                     ? damage("expected [height, width] as the size of the mask, found a string")
                     : true;
        mask_.has_text = true;
        mask_.text = std::move(value);
        return true;
      case In::occlusion:
        return occlusion(value);
      default:
        break;
    }
    return field() ? other("a string") : true;
  }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    if (skip_ == 0) top().key.assign(text, length);
    return true;
  }

  bool StartObject() {
    if (skip_ > 0) return ++skip_, true;
    step();
    switch (top().in) {
      case In::file:
        return push(In::root);
      case In::videos:
        file_.videos.emplace_back();
        return push(In::video);
      case In::images:
        file_.images.emplace_back();
        return push(In::image);
      case In::classes:
        file_.classes.emplace_back();
        return push(In::category);
      case In::annotations:
        file_.annotations.emplace_back();
        return push(In::annotation);
      case In::masks:
        mask_ = {};
        return push(In::mask);
      case In::annotation:
        if (top().key != "segmentation") break;
        mask_ = {};
        return push(In::mask);
      default:
        break;
    }
    return nested("an object");
  }
  bool EndObject(rapidjson::SizeType) {
    if (skip_ > 0) return --skip_, true;
    const bool mask = top().in == In::mask;
    stack_.pop_back();
    if (mask) end_mask();
    return true;
  }
  bool StartArray() {
    if (skip_ > 0) return ++skip_, true;
    step();
    const std::string& key = top().key;
    switch (top().in) {
      case In::root:
        if (key == "videos") return push(In::videos);
        if (key == "images") return push(In::images);
        if (key == "categories") return push(In::classes);
        if (key != "annotations") break;
        file_.annotated = true;
        return push(In::annotations);
      case In::video:
        if (key != "file_names") break;
        video().files.clear();
        return push(In::files);
      case In::annotation:
        if (key == "segmentations") {
          annotation().masks.clear();
          annotation().polygons.clear();
          return push(In::masks);
        }
        if (key == "areas") {
          annotation().areas.emplace();
          return push(In::areas);
        }
        if (key == "occlusion") {
          annotation().occlusion.clear();
          return push(In::occlusion);
        }
        if (key != "segmentation") break;
        mask_ = {};
        return push(In::polygons);
      case In::masks:
        mask_ = {};
        return push(In::polygons);
      case In::mask:
        if (key == "size") {
          mask_.height.reset(), mask_.width.reset();
          return push(In::mask_size);
        }
        if (key != "counts") break;
        mask_.has_runs = true;
        mask_.runs.clear();
        return push(In::runs);
      case In::polygons:
        mask_.polygons.emplace_back();
        return push(In::polygon);
      case In::file:
        wrong("a list", "an object", "a file with a list at the top level is a results file");
      default:
        break;
    }
    return nested("a list");
  }
  bool EndArray(rapidjson::SizeType) {
    if (skip_ > 0) return --skip_, true;
    const bool polygons = top().in == In::polygons;
    stack_.pop_back();
    if (polygons) end_polygons();
    return true;
  }

 private:
  struct Place {
    In in;
    int64_t index = -1;  ///< of the entry, in a list
    std::string key;
  };
  std::string name_;
  AnnotationFile& file_;
  std::vector<Place> stack_{{In::file, -1, {}}};
  int64_t skip_ = 0;  ///< how deep inside something that nobody reads
  MaskText mask_;
  std::vector<Damage> damages_;

  Place& top() { return stack_.back(); }
  AnnotationFile::Video& video() { return file_.videos.back(); }
  AnnotationFile::Annotation& annotation() { return file_.annotations.back(); }
  bool push(In in) {
    stack_.push_back({in, -1, {}});
    return true;
  }
  void step() { ++top().index; }
  static bool is_list(In in) {
    return in == In::videos || in == In::files || in == In::images || in == In::classes ||
           in == In::annotations || in == In::masks || in == In::mask_size || in == In::runs ||
           in == In::polygons || in == In::polygon || in == In::areas || in == In::occlusion;
  }

  [[noreturn]] void wrong(const char* is, const char* wanted, const char* advice = "") {
    std::string place;
    for (const Place& one : stack_) {
      if (is_list(one.in)) {
        place += cat("[", one.index, "]");
      } else if (!one.key.empty()) {
        place += cat(place.empty() ? "" : ".", one.key);
      }
    }
    throw InputError(cat("expected ", wanted, ", found ", is),
                     place.empty() ? name_ : cat(name_, ", ", place), advice);
  }
  bool damage(const char* problem) {
    if (mask_.damage.empty()) mask_.damage = problem;
    return true;
  }

  /// True if the value of this key is read, so that a value of another type is an error.
  bool field() {
    const std::string& key = top().key;
    auto any = [&](std::initializer_list<const char*> keys) {
      for (const char* one : keys) {
        if (key == one) return true;
      }
      return false;
    };
    switch (top().in) {
      case In::root:
        return any({"videos", "images", "annotations", "categories"});
      case In::video:
        return any({"id", "width", "height", "length", "file_names"});
      case In::image:
        return any({"id", "width", "height", "video_id", "frame_id", "frame_index"});
      case In::category:
        return any({"id"});
      case In::annotation:
        return any({"id", "video_id", "image_id", "category_id", "track_id", "instance_id",
                    "iscrowd", "segmentations", "segmentation", "areas", "area", "occlusion"});
      default:
        return true;
    }
  }
  const char* wanted() {
    const std::string& key = top().key;
    switch (top().in) {
      case In::file:
        return "an object";
      case In::root:
        return "a list";
      case In::videos:
      case In::images:
      case In::classes:
      case In::annotations:
        return "an object";
      case In::files:
        return "a file name";
      case In::areas:
        return "a number or null";
      case In::occlusion:
        return "a string or null";
      default:
        if (key == "file_names" || key == "segmentations" || key == "areas" || key == "occlusion") {
          return "a list";
        }
        return key == "segmentation" ? "a mask" : key == "area" ? "a number" : "an integer";
    }
  }
  /// A value of a kind that has no place here.
  bool other(const char* is) {
    switch (top().in) {
      case In::masks:
        mask_ = {};
        damage("expected an RLE mask, a list of polygons or null");
        end_mask();
        return true;
      case In::mask:
        if (top().key == "size" || top().key == "counts")
          damage("the size or counts of the mask are not a list");
        return true;
      case In::mask_size:
      case In::runs:
      case In::polygons:
      case In::polygon:
        return damage("expected a number in the mask");
      default:
        if (field()) wrong(is, wanted());
        return true;
    }
  }
  bool nested(const char* is) {
    other(is);
    skip_ = 1;
    return true;
  }

  bool integer(int64_t value) {
    return skip_ > 0 ? true : number(static_cast<double>(value), value);
  }
  bool number(double value, std::optional<int64_t> whole) {
    step();
    const std::string& key = top().key;
    auto set = [&](auto& field) {
      if (!whole) wrong("a fraction", "an integer");
      field = *whole;
      return true;
    };
    switch (top().in) {
      case In::runs:
        if (!whole) return damage("a run length is not an integer");
        mask_.runs.push_back(*whole);
        return true;
      case In::mask_size:
        if (!whole || top().index > 1) return damage("the size of the mask is not [height, width]");
        (top().index == 0 ? mask_.height : mask_.width) = *whole;
        return true;
      case In::polygon:
        if (!std::isfinite(value))
          return damage("a coordinate of the polygon is not a finite number");
        mask_.polygons.back().push_back(value);
        return true;
      case In::areas:
        annotation().areas->push_back(value);
        return true;
      case In::video:
        if (key == "id") return set(video().id);
        if (key == "width") return set(video().size.width);
        if (key == "height") return set(video().size.height);
        if (key == "length") return set(video().length);
        return field() ? other("a number") : true;
      case In::image:
        if (key == "id") return set(file_.images.back().id);
        if (key == "width") return set(file_.images.back().size.width);
        if (key == "height") return set(file_.images.back().size.height);
        if (key == "video_id") return set(file_.images.back().video);
        if (key == "frame_id" || key == "frame_index") return set(file_.images.back().frame);
        return true;
      case In::category:
        return key == "id" ? set(file_.classes.back().id) : true;
      case In::annotation:
        if (key == "id") return set(annotation().id);
        if (key == "video_id") return set(annotation().video);
        if (key == "image_id") return set(annotation().image);
        if (key == "category_id") return set(annotation().category);
        if (key == "track_id" || key == "instance_id") return set(annotation().track);
        if (key == "iscrowd") {
          annotation().crowd = value != 0;
          return true;
        }
        if (key == "area") {
          annotation().areas = {{value}};
          return true;
        }
        return field() ? other("a number") : true;
      default:
        return other("a number");
    }
  }
  bool occlusion(const std::string& word) {
    std::optional<double> value;
    if (word == "no_occlusion") value = 0;
    if (word == "slight_occlusion") value = 0.25;
    if (word == "severe_occlusion") value = 0.75;
    annotation().occlusion.push_back(value);
    if (!value) {
      damages_.push_back({file_.annotations.size() - 1,
                          static_cast<int64_t>(annotation().occlusion.size()) - 1,
                          cat("the occlusion '", word, "' is unknown")});
    }
    return true;
  }

  void end_mask() {
    std::optional<MaskRle> mask;
    try {
      mask = finished(mask_);
    } catch (const InputError& error) {
      refuse(error.problem());
    }
    annotation().masks.push_back(std::move(mask));
  }
  void end_polygons() {
    annotation().masks.emplace_back();
    // An empty list means "not there", as null does.
    if (!mask_.damage.empty()) return refuse_last(mask_.damage);
    if (mask_.polygons.empty()) return;
    for (const std::vector<double>& part : mask_.polygons) {
      if (part.size() < 6 || part.size() % 2 != 0) {
        return refuse_last(cat("a part of the polygon has ", part.size(),
                               " numbers, expected x and y of at least three points"));
      }
    }
    const auto frame = static_cast<int64_t>(annotation().masks.size()) - 1;
    annotation().polygons.emplace_back(frame, std::move(mask_.polygons));
  }
  void refuse(const std::string& problem) {
    damages_.push_back(
        {file_.annotations.size() - 1, static_cast<int64_t>(annotation().masks.size()), problem});
  }
  void refuse_last(const std::string& problem) {
    damages_.push_back({file_.annotations.size() - 1,
                        static_cast<int64_t>(annotation().masks.size()) - 1, problem});
  }
};

}  // namespace

AnnotationFile read_annotations(const std::string& name, std::vector<DatasetFault>& faults) {
  std::error_code failed;
  if (!std::filesystem::exists(name, failed)) throw InputError("there is no such file", name);
  if (!std::filesystem::is_regular_file(name, failed)) throw InputError("is not a file", name);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(name.c_str(), "rb"),
                                                               &std::fclose);
  if (!stream) throw InputError("the file cannot be read", name);
  std::vector<char> buffer(1 << 18);
  rapidjson::FileReadStream bytes(stream.get(), buffer.data(), buffer.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::FileReadStream> text(bytes);
  AnnotationFile file;
  Reader handler(name, file);
  rapidjson::Reader reader;
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag |
                              rapidjson::kParseNanAndInfFlag;
  if (!reader.Parse<kFlags>(text, handler)) {
    throw InputError(
        cat("is not valid JSON: ", rapidjson::GetParseError_En(reader.GetParseErrorCode())),
        cat(name, ", byte ", reader.GetErrorOffset()));
  }
  if (file.videos.empty() && file.images.empty()) {
    throw InputError("has neither videos nor images", name,
                     "an annotation file is an object with the lists videos (or images), "
                     "categories and annotations");
  }
  const AnnotationNames names(file);
  for (const Reader::Damage& damage : handler.damages()) {
    faults.push_back({cat(names.of(file.annotations[damage.annotation]), ", frame ", damage.frame),
                      damage.problem,
                      damage.problem.starts_with("the occlusion")
                          ? "its occlusion in this frame is unknown"
                          : "the object is absent from this frame"});
  }
  return file;
}

}  // namespace clipwork

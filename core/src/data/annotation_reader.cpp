#include "data/annotation_reader.h"

#include <clipwork/data/fault_lines.h>

#include "data/json_fields.h"
#include "data/mask_json.h"
#include "data/occlusion.h"

namespace clipwork {

using Kind = JsonValue::Kind;
using Numbers = std::vector<std::optional<double>>;

namespace {

std::string text_of(const JsonValue& entry, const char* key) {
  const std::optional<JsonValue> text = entry.find(key);
  return text && text->is(Kind::text) ? std::string(text->text()) : std::string();
}

}  // namespace

void AnnotationReader::read(const std::filesystem::path& path) {
  within(path.string(), [&] {
    read_json(*open_file(path), *this, mends() ? JsonRules::lenient : JsonRules::python);
  });
}

void AnnotationReader::root(Kind kind) {
  if (kind == Kind::object) return;
  throw InputError(
      cat("expected an object, found ", described(kind)), {},
      kind == Kind::array ? "a file with a list at the top level is a results file" : "");
}

bool AnnotationReader::wants(std::string_view list) {
  return list == "videos" || list == "categories" || list == "annotations" ||
         (mends() && list == "images");
}

void AnnotationReader::member(std::string_view list, Kind kind) {
  const bool may_be_null = mends() || list == "annotations";
  if (kind != Kind::array && !(kind == Kind::null && may_be_null)) {
    throw InputError(cat("expected a list, found ", described(kind)), std::string(list));
  }
  lists_.emplace(list);
  index_ = 0;
  if (list == "videos") {
    file_.videos.clear();
  } else if (list == "images") {
    file_.images.clear();
  } else if (list == "categories") {
    file_.categories.clear();
  } else {
    file_.annotated = kind == Kind::array;
    faults_.clear();
    clear_annotations();
  }
}

void AnnotationReader::entry(std::string_view list, const JsonValue& value) {
  try {
    if (!value.is(Kind::object)) unexpected(value, "an object");
    if (list == "videos") {
      file_.videos.push_back(video(value));
    } else if (list == "images") {
      file_.images.push_back(image(value));
    } else if (list == "categories") {
      file_.categories.push_back(category(value));
    } else {
      take(annotation(value));
    }
  } catch (InputError& error) {
    const std::optional<JsonValue> id =
        list == "annotations" && value.is(Kind::object) ? value.find("id") : std::nullopt;
    error.within(cat(list, "[", index_, "]", id ? cat(" (id ", id->described(), ")") : ""));
    throw;
  }
  ++index_;
}

bool AnnotationReader::has(std::string_view list) const { return lists_.contains(list); }

std::string AnnotationReader::place(const AnnotationFile::Annotation& annotation) const {
  return cat("annotations[", index_, "] (id ", annotation.id.value_or(0), ")");
}

/// A member; when mending, null is none.
std::optional<JsonValue> AnnotationReader::member_of(const JsonValue& entry,
                                                     const char* key) const {
  const std::optional<JsonValue> value = entry.find(key);
  return value && value->is(Kind::null) && mends() ? std::nullopt : value;
}

/// A member without which official code stops.
std::optional<JsonValue> AnnotationReader::needed(const JsonValue& entry, const char* key,
                                                  const std::string& advice) const {
  return mends() ? member_of(entry, key) : required(entry, key, advice);
}

std::optional<int64_t> AnnotationReader::id(const JsonValue& entry, const char* key) const {
  const std::optional<JsonValue> value = needed(entry, key);
  if (!value) return {};
  return within(key, [&] { return identifier(*value); });
}

/// The first of the members that is there. Official code does not look at these: there, anything
/// but a number is none.
std::optional<int64_t> AnnotationReader::number(const JsonValue& entry,
                                                std::initializer_list<const char*> keys) const {
  for (const char* key : keys) {
    const std::optional<JsonValue> value = member_of(entry, key);
    if (!value || (!mends() && !value->is_number())) continue;
    return within(key, [&] { return identifier(*value); });
  }
  return {};
}

/// Whether a value in a list by frame means that the object is not there.
bool AnnotationReader::is_absent(const JsonValue& value) const {
  if (!mends()) return is_falsy(value);
  return value.is(Kind::null) || (value.is(Kind::array) && value.count() == 0);
}

AnnotationFile::Video AnnotationReader::video(const JsonValue& entry) const {
  return {id(entry, "id"), text_of(entry, "name"), size(entry), number(entry, {"length"}),
          file_names(entry)};
}

AnnotationFile::Image AnnotationReader::image(const JsonValue& entry) const {
  return {id(entry, "id"), id(entry, "video_id"),
          number(entry, {"frame_id", "frame_index", "frame"}), size(entry),
          text_of(entry, "file_name")};
}

AnnotationFile::Category AnnotationReader::category(const JsonValue& entry) const {
  return {id(entry, "id"), text_of(entry, "name")};
}

Size AnnotationReader::size(const JsonValue& entry) const {
  return {number(entry, {"height"}).value_or(0), number(entry, {"width"}).value_or(0)};
}

std::vector<std::string> AnnotationReader::file_names(const JsonValue& entry) const {
  std::vector<std::string> files;
  const std::optional<JsonValue> names = member_of(entry, "file_names");
  if (!names || (!mends() && !names->is(Kind::array))) return files;
  each_entry(*names, "file_names", [&](const JsonValue& name) {
    if (!name.is(Kind::text)) unexpected(name, "a file name");
    files.emplace_back(name.text());
  });
  return files;
}

AnnotationFile::Annotation AnnotationReader::annotation(const JsonValue& entry) {
  AnnotationFile::Annotation one;
  one.id = id(entry, "id");
  one.video = id(entry, "video_id");
  one.category = id(entry, "category_id");
  if (mends()) {
    one.image = id(entry, "image_id");
    one.track = track(entry);
  }
  one.crowd = crowd(entry);
  one.areas = areas(entry);
  one.occlusion = occlusion(entry);
  masks(entry, one);
  return one;
}

/// The object's id over the frames of a video. CVAT writes it as an attribute, which may be of any
/// type, and anything but a number is none.
std::optional<int64_t> AnnotationReader::track(const JsonValue& entry) const {
  if (const std::optional<int64_t> id = number(entry, {"track_id", "instance_id"})) return id;
  const std::optional<JsonValue> attributes = entry.find("attributes");
  if (!attributes || !attributes->is(Kind::object)) return {};
  const std::optional<JsonValue> id = attributes->find("track_id");
  if (!id || !id->is_number()) return {};
  return within("attributes", [&] { return within("track_id", [&] { return integer(*id); }); });
}

std::optional<bool> AnnotationReader::crowd(const JsonValue& entry) const {
  const std::optional<JsonValue> crowd = needed(entry, "iscrowd", "0 for an object, 1 for a crowd");
  if (!crowd) return {};
  if (!crowd->is(Kind::boolean) && !crowd->is_number()) {
    within("iscrowd", [&] { unexpected(*crowd, "0 or 1"); });
  }
  return !is_falsy(*crowd);
}

std::optional<Numbers> AnnotationReader::areas(const JsonValue& entry) const {
  const auto number = [](const JsonValue& area) {
    if (!area.is_number()) unexpected(area, "a number or null");
    return area.number();
  };
  if (const auto list = needed(entry, "areas", "the area of the mask of each frame, or null")) {
    Numbers areas;
    areas.reserve(list->is(Kind::array) ? list->count() : 0);
    each_entry(*list, "areas", [&](const JsonValue& area) {
      areas.push_back(is_absent(area) ? std::nullopt : std::optional(number(area)));
    });
    return areas;
  }
  const std::optional<JsonValue> area = member_of(entry, "area");
  if (!area) return {};
  return Numbers{within("area", [&] { return number(*area); })};
}

Numbers AnnotationReader::occlusion(const JsonValue& entry) {
  Numbers degrees;
  const std::optional<JsonValue> labels = entry.find("occlusion");
  if (!labels || labels->is(Kind::null)) return degrees;
  each_entry(*labels, "occlusion", [&](const JsonValue& label) {
    const bool text = label.is(Kind::text);
    degrees.push_back(text ? occlusion_of(label.text()) : std::nullopt);
    if (degrees.back() || label.is(Kind::null)) return;
    if (!mends() || !text) {
      unexpected(label, "no_occlusion, slight_occlusion, severe_occlusion or null");
    }
    note(static_cast<int64_t>(degrees.size()) - 1,
         cat("the occlusion '", label.text(), "' is unknown"),
         "its occlusion in this frame is unknown");
  });
  return degrees;
}

void AnnotationReader::masks(const JsonValue& entry, AnnotationFile::Annotation& annotation) {
  if (const std::optional<JsonValue> one = entry.find("segmentation"); one && mends()) {
    mask(*one, annotation);
  } else if (const std::optional<JsonValue> all = needed(entry, "segmentations")) {
    if (all->is(Kind::array)) annotation.masks.reserve(all->count());
    each_entry(*all, "segmentations", [&](const JsonValue& one) { mask(one, annotation); });
  }
}

void AnnotationReader::note(int64_t frame, std::string problem, std::string mended) {
  int64_t alike = 0;
  for (auto known = faults_.rbegin(); known != faults_.rend() && known->annotation == index_;
       ++known) {
    if (known->mended != mended || !are_alike(known->problem, problem)) continue;
    if (++alike == kMostListedFaults) {
      ++known->count;
      return;
    }
  }
  faults_.push_back({index_, frame, std::move(problem), std::move(mended)});
}

/// Reads the mask of the next frame.
void AnnotationReader::mask(const JsonValue& value, AnnotationFile::Annotation& annotation) {
  const auto frame = static_cast<int64_t>(annotation.masks.size());
  std::optional<MaskRle>& mask = annotation.masks.emplace_back();
  if (is_absent(value)) return;
  if (!mends()) {
    if (value.is(Kind::array)) {
      annotation.polygons.emplace_back(frame, read_polygons(value));
    } else {
      mask = read_mask(value);
    }
    return;
  }
  try {
    if (value.is(Kind::array)) {
      polygons(value, frame, annotation);
    } else if ((mask = read_mask_of_printed_bytes(value))) {
      note(frame, "counts are bytes as Python prints them, b'...'", "they are read as these bytes");
    } else {
      mask = read_mask(value);
    }
  } catch (const InputError& error) {
    note(frame, error.what(), kObjectAbsent);
  }
}

/// Keeps the parts that are polygons.
void AnnotationReader::polygons(const JsonValue& value, int64_t frame,
                                AnnotationFile::Annotation& annotation) {
  std::vector<std::string> problems;
  AnnotationFile::Polygons parts =
      read_polygons(value, [&](const InputError& error) { problems.emplace_back(error.what()); });
  for (std::string& problem : problems) {
    note(frame, std::move(problem), parts.empty() ? kObjectAbsent : "the other parts are kept");
  }
  if (!parts.empty()) annotation.polygons.emplace_back(frame, std::move(parts));
}

}  // namespace clipwork

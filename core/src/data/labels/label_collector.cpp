#include "data/labels/label_collector.h"

#include <clipwork/error.h>
#include <clipwork/size_limits.h>
#include <clipwork/text.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "data/labels/label_pictures.h"
#include "data/labels/label_shapes.h"

namespace clipwork {
namespace fs = std::filesystem;
namespace {

using Annotation = AnnotationFile::Annotation;

/// 512 MB of runs: a short file can ask for very many.
constexpr size_t kMostRunsInAll = size_t{1} << 27;
/// Tracks times frames, which lists of masks are as long as: another 512 MB.
constexpr size_t kMostEntries = size_t{1} << 23;
constexpr int64_t kMostFilled = 200'000;
/// Drawing takes time for each column that an edge crosses: shapes of pictures of any usual size
/// have hundreds for each of their numbers.
constexpr int64_t kMostColumns = int64_t{1} << 25, kColumnsOfNumber = 1000;

/// Not an InputError, which readers take for the fault of one object.
[[noreturn]] void too_much(const std::string& problem) {
  throw Error(problem, {}, "convert the labels in parts", ExitCode::bad_input);
}

}  // namespace

LabelCollector::LabelCollector(const LabelSource& source, std::string images) : source_(source) {
  data_.images = std::move(images);
}

void LabelCollector::classes(std::vector<std::string> names) { classes_ = std::move(names); }
void LabelCollector::add(LabelledVideo video) { videos_.push_back(std::move(video)); }
void LabelCollector::fault(std::string where, std::string problem, std::string mended) {
  data_.faults.push_back({std::move(where), std::move(problem), std::move(mended)});
}
void LabelCollector::remark(std::string sentence) { data_.remarks.push_back(std::move(sentence)); }
void LabelCollector::leave_out(const std::string& things, const std::string& reason) {
  ++left_out_[{things, reason}];
}

void LabelCollector::cross(int64_t columns, size_t numbers) {
  columns_ += columns;
  numbers_ += numbers;
  const int64_t most = kMostColumns + kColumnsOfNumber * static_cast<int64_t>(numbers_);
  if (columns_ <= most) return;
  too_much(
      cat("the shapes cross ", columns_, " pixel columns up to here, expected at most ", most));
}

void LabelCollector::count(const MaskRle& mask) {
  runs_ += mask.counts.size();
  if (runs_ > kMostRunsInAll) too_much(cat("the masks have more than ", kMostRunsInAll, " runs"));
}

MaskRle LabelCollector::draw(Polygon polygon, Size size) {
  const auto column = [&](double x) {
    return std::isfinite(x) ? std::clamp(x, 0.0, static_cast<double>(size.width)) : 0;
  };
  double columns = 0;
  for (size_t i = 0; i + 3 < polygon.size(); i += 2) {
    columns += std::abs(column(polygon[i]) - column(polygon[i + 2]));
  }
  // The edge that closes it is no longer than the others together.
  cross(static_cast<int64_t>(2 * columns), polygon.size());
  MaskRle mask = mask_of(std::move(polygon), size);
  count(mask);
  return mask;
}

void LabelCollector::fill(int64_t frames) {
  filled_ += frames;
  if (filled_ <= kMostFilled) return;
  too_much(cat("more than ", kMostFilled, " frames between those of the files have no shape"));
}

/// Categories of the file, with ids in the order of the names.
void LabelCollector::list_categories() {
  if (!source_.classes.empty()) classes_ = source_.classes;
  if (classes_.empty()) {
    std::set<std::string> names;
    for (const LabelledVideo& video : videos_) {
      for (const LabelledFrame& frame : video.frames) {
        for (const LabelledObject& object : frame.objects) names.insert(object.label);
      }
    }
    classes_.assign(names.begin(), names.end());
  }
  for (const std::string& name : classes_) {
    const auto id = static_cast<int64_t>(categories_.size()) + 1;
    if (categories_.emplace(name, id).second) data_.file.categories.push_back({id, name});
  }
}

std::optional<Size> LabelCollector::picture_size(const std::string& file) {
  try {
    return size_of_picture(fs::path(data_.images) / file);
  } catch (const InputError& error) {
    fault(cat("picture '", file, "'"),
          cat("the label file does not say its size, and the picture cannot be read: ",
              error.problem()),
          "it is left out");
    return {};
  }
}

/// That of the first frame that has one.
Size LabelCollector::size_of(const LabelledVideo& video) {
  for (const LabelledFrame& frame : video.frames) {
    if (is_readable(frame.size)) return frame.size;
  }
  return video.frames.empty() ? Size{} : picture_size(video.frames[0].file).value_or(Size{});
}

/// Parts of an object in one frame are united.
void LabelCollector::add_objects(int64_t video, const std::string& where, size_t frame,
                                 size_t length, std::vector<LabelledObject>& objects,
                                 std::map<std::pair<int64_t, std::string>, size_t>& tracks) {
  std::vector<Annotation>& all = data_.file.annotations;
  for (LabelledObject& object : objects) {
    const auto category = categories_.find(object.label);
    if (category == categories_.end()) {
      fault(where, cat("unknown class '", object.label, "'"), "the object is left out");
      continue;
    }
    const auto known = object.track ? tracks.find({*object.track, object.label}) : tracks.end();
    if (known == tracks.end()) {
      if (object.track) tracks.emplace(std::pair(*object.track, object.label), all.size());
      entries_ += length;
      if (entries_ > kMostEntries) {
        too_much(cat("the labels have more than ", kMostEntries, " tracks times frames"));
      }
      Annotation& one = all.emplace_back();
      one.track = object.track;
      one.video = video;
      one.category = category->second;
      one.crowd = false;
      one.masks.resize(length);
      one.areas.emplace(length);
    }
    Annotation& one = all[known == tracks.end() ? all.size() - 1 : known->second];
    std::optional<MaskRle>& mask = one.masks[frame];
    mask = mask ? unite(*mask, object.mask) : std::move(object.mask);
    (*one.areas)[frame] = static_cast<double>(mask->area());
  }
  objects.clear();
}

void LabelCollector::add_video(LabelledVideo& video) {
  const auto id = static_cast<int64_t>(data_.file.videos.size()) + 1;
  const Size size = size_of(video);
  AnnotationFile::Video& entry = data_.file.videos.emplace_back();
  entry.id = id;
  entry.name = video.name;
  entry.size = size;
  entry.length = static_cast<int64_t>(video.frames.size());
  std::map<std::pair<int64_t, std::string>, size_t> tracks;  // annotations by track and label
  for (size_t t = 0; t < video.frames.size(); ++t) {
    LabelledFrame& frame = video.frames[t];
    const std::string where = cat("video '", video.name, "', frame ", t, " (", frame.file, ")");
    if (!frame.labelled) ++unlabelled_frames_;
    if (frame.size != Size{} && frame.size != size) {
      fault(where,
            cat("the picture is ", frame.size.width, " x ", frame.size.height, ", the video ",
                size.width, " x ", size.height),
            "its objects are left out");
    } else {
      add_objects(id, where, t, video.frames.size(), frame.objects, tracks);
    }
    data_.file.videos.back().files.push_back(std::move(frame.file));
  }
}

void LabelCollector::add_still(LabelledFrame& frame) {
  if (!frame.labelled) {
    ++unlabelled_pictures_;
    return;
  }
  Size size = frame.size;
  if (!is_readable(size)) {
    const std::optional<Size> found = picture_size(frame.file);
    if (!found) return;
    size = *found;
  }
  ++stills_;
  const auto id = static_cast<int64_t>(data_.file.videos.size()) + 1;
  const std::string name = fs::path(frame.file).replace_extension().generic_string();
  data_.file.videos.push_back({id, name, size, 1, {frame.file}});
  std::map<std::pair<int64_t, std::string>, size_t> tracks;
  add_objects(id, cat("picture '", frame.file, "'"), 0, 1, frame.objects, tracks);
}

/// Ids of tracks stay where they tell all tracks apart.
void LabelCollector::number_tracks() {
  std::set<int64_t> given;
  bool unique = true;
  for (const Annotation& one : data_.file.annotations) {
    if (one.track) unique = unique && *one.track > 0 && given.insert(*one.track).second;
  }
  int64_t next =
      unique && !given.empty() && *given.rbegin() < (int64_t{1} << 53) ? *given.rbegin() : 0;
  if (next == 0) unique = false;
  for (Annotation& one : data_.file.annotations) {
    one.id = unique && one.track ? *one.track : ++next;
    one.track = one.id;
  }
}

void LabelCollector::add_remarks() {
  for (const auto& [what, number] : left_out_) {
    remark(cat(counted(number, what.first), " left out: ", what.second));
  }
  if (unlabelled_frames_ > 0) {
    remark(cat(counted(unlabelled_frames_, "frame"), " without a label file: no objects"));
  }
  if (unlabelled_pictures_ > 0) {
    remark(cat(counted(unlabelled_pictures_, "picture"), " without a label file left out"));
  }
  if (stills_ > 1 && !source_.stills) {
    remark(
        "no object has a track id: each picture is a video of one frame, and no track is longer");
  }
}

LabelledData LabelCollector::done(const std::string& nothing) {
  list_categories();
  for (LabelledVideo& video : videos_) {
    const bool has_ids =
        std::any_of(video.frames.begin(), video.frames.end(), [](const LabelledFrame& frame) {
          return std::any_of(frame.objects.begin(), frame.objects.end(),
                             [](const LabelledObject& object) { return object.track.has_value(); });
        });
    if (video.linked || (has_ids && !source_.stills)) {
      add_video(video);
    } else {
      for (LabelledFrame& frame : video.frames) add_still(frame);
    }
    video.frames.clear();
  }
  number_tracks();
  add_remarks();
  data_.file.annotated = true;
  mend(data_.file, data_.faults);
  if (data_.file.videos.empty()) {
    if (data_.faults.empty()) throw InputError(nothing, source_.path.string());
    const DatasetFault& first = data_.faults.front();
    throw InputError(first.problem, first.where,
                     data_.faults.size() > 1
                         ? cat("nothing can be read: ", data_.faults.size(), " such faults")
                         : "");
  }
  return std::move(data_);
}

}  // namespace clipwork

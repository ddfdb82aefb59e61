#include <clipwork/data/annotation_file.h>
#include <clipwork/data/data_paths.h>
#include <clipwork/data/fault_lines.h>
#include <clipwork/data/frame_budget.h>
#include <clipwork/data/picture_files.h>
#include <clipwork/error.h>
#include <clipwork/size_limits.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "data/annotation_names.h"
#include "data/mask_json.h"
#include "data/polygon_budget.h"
#include "frames/size_text.h"

namespace clipwork {
namespace {

using Annotation = AnnotationFile::Annotation;

// A file that claims more is damaged or means harm: lists of annotations are as long as their
// video.
constexpr int64_t kLongestVideo = 20'000;

/// One pass over a file; each function mends one thing.
class Mender {
 public:
  Mender(AnnotationFile& file, std::vector<DatasetFault>& faults)
      : file_(file), faults_(faults), names_(file) {}

  void mend() {
    categories();
    videos();
    if (!file_.annotated && file_.annotations.empty()) return;
    std::erase_if(file_.annotations, [&](const Annotation& one) { return !has_place(one); });
    ids();
    for (Annotation& one : file_.annotations) frames(one);
    std::erase_if(file_.annotations, [&](const Annotation& one) { return is_nowhere(one); });
  }

 private:
  AnnotationFile& file_;
  std::vector<DatasetFault>& faults_;
  const AnnotationNames names_;
  std::map<int64_t, const AnnotationFile::Video*> by_id_;
  std::set<int64_t> left_out_, known_;  ///< ids of videos, and of categories
  PolygonBudget polygons_;
  size_t first_fault_ = 0;  ///< of the annotation that is being mended

  /// The lists of masks of a video's annotations.
  struct MaskLists {
    size_t count = 0, longest = 0, entries = 0;
    std::optional<Size> size;  ///< of the first mask
  };
  std::map<int64_t, MaskLists> mask_lists_;  ///< by video

  void fault(std::string where, std::string problem, std::string mended) {
    faults_.push_back({std::move(where), std::move(problem), std::move(mended)});
  }

  /// A fault of a frame of the annotation that is being mended. Only a few that are alike are
  /// listed, so that faults are not many times as large as the file.
  void frame_fault(const std::string& where, size_t frame, std::string problem,
                   std::string mended) {
    int64_t alike = 0;
    for (size_t i = faults_.size(); i-- > first_fault_;) {
      if (faults_[i].mended != mended || !are_alike(faults_[i].problem, problem)) continue;
      if (++alike == kMostListedFaults) {
        ++faults_[i].count;
        return;
      }
    }
    fault(cat(where, ", frame ", frame), std::move(problem), std::move(mended));
  }

  void categories() {
    std::set<std::string> names;
    std::erase_if(file_.categories, [&](AnnotationFile::Category& one) {
      const std::string where = one.id ? cat("category ", *one.id) : "a category without an id";
      if (!one.id || !known_.insert(*one.id).second) {
        fault(where, one.id ? "duplicate id" : cat("'", one.name, "' has no id"), "it is left out");
        return true;
      }
      if (one.name.empty()) {
        one.name = cat("class ", *one.id);
        fault(where, "has no name", cat("it is named '", one.name, "'"));
      }
      if (!names.insert(one.name).second) {
        fault(where, cat("another category is also named '", one.name, "'"), "both are kept");
      }
      return false;
    });
    std::sort(file_.categories.begin(), file_.categories.end(),
              [](const auto& a, const auto& b) { return *a.id < *b.id; });
  }

  void videos() {
    for (const Annotation& one : file_.annotations) {
      if (one.video && !one.masks.empty()) measure(one.masks, mask_lists_[*one.video]);
    }
    std::set<int64_t> ids;
    std::erase_if(file_.videos, [&](AnnotationFile::Video& one) {
      if (!one.id) {
        fault("a video without an id", cat("'", video_name(one), "' has no id"), "it is left out");
        return true;
      }
      const std::string where = names_.video(*one.id);
      if (!ids.insert(*one.id).second) {
        fault(where, cat("duplicate id, here for '", video_name(one), "'"),
              "the second video is left out");
        return true;
      }
      if (sound(one, where)) return false;
      left_out_.insert(*one.id);
      return true;
    });
    leave_out_empty_lengths();
    std::sort(file_.videos.begin(), file_.videos.end(),
              [](const auto& a, const auto& b) { return *a.id < *b.id; });
    for (const AnnotationFile::Video& one : file_.videos) by_id_[*one.id] = &one;
  }

  static void measure(const std::vector<std::optional<MaskRle>>& masks, MaskLists& lists) {
    ++lists.count;
    lists.entries += masks.size();
    lists.longest = std::max(lists.longest, masks.size());
    const auto mask =
        std::find_if(masks.begin(), masks.end(), [](const auto& mask) { return mask.has_value(); });
    if (!lists.size && mask != masks.end()) lists.size = (*mask)->size;
  }

  /// Leaves out videos whose lists of masks would take much more memory than the file.
  void leave_out_empty_lengths() {
    int64_t entries = 0;
    for (const auto& [video, lists] : mask_lists_) entries += static_cast<int64_t>(lists.entries);
    FrameBudget budget(entries);
    std::erase_if(file_.videos, [&](const AnnotationFile::Video& one) {
      const auto lists = mask_lists_.find(*one.id);
      if (lists == mask_lists_.end()) return false;
      const MaskLists& known = lists->second;
      const auto missing =
          *one.length * static_cast<int64_t>(known.count) - static_cast<int64_t>(known.entries);
      if (budget.take(std::max<int64_t>(0, missing))) return false;
      fault(names_.video(*one.id),
            cat("its length is ", *one.length, ", but none of its ", known.count,
                " lists of masks has more than ", known.longest, " entries"),
            "the video is left out");
      left_out_.insert(*one.id);
      return true;
    });
  }

  /// Mends a video; false where it cannot be.
  bool sound(AnnotationFile::Video& one, const std::string& where) {
    one.name = video_name(one);
    if (one.size == Size{}) one.size = size_of_masks(*one.id);
    if (!is_readable(one.size)) {
      fault(where, cat("its size is ", width_by_height(one.size)), "the video is left out");
      return false;
    }
    for (const std::string& name : one.files) {
      std::string problem = fault_of_name(name, "the image folder");
      if (problem.empty()) continue;
      fault(where, std::move(problem), "the video is left out");
      return false;
    }
    if (const auto names = sorted_as_text(one.files)) {
      fault(
          where,
          cat("its pictures are sorted as text: '", names->first, "' before '", names->second, "'"),
          "they are read in that order");
    }
    const auto pictures = static_cast<int64_t>(one.files.size());
    if (pictures == 0) fault(where, "lists no picture files", "its frames cannot be read");
    if (pictures > 0 && one.length != pictures) {
      fault(where,
            one.length ? cat("its length is ", *one.length, ", but it lists ", pictures, " files")
                       : std::string("has no length"),
            cat("it has ", pictures, " frames"));
      one.length = pictures;
    }
    if (!one.length) one.length = length_of_masks(*one.id);
    if (one.length && *one.length > 0 && *one.length <= kLongestVideo) return true;
    fault(where, one.length ? cat("its length is ", *one.length) : "has neither length nor files",
          "the video is left out");
    return false;
  }

  /// The length of the longest list of masks, for a video without a length.
  std::optional<int64_t> length_of_masks(int64_t video) {
    const size_t longest = mask_lists_[video].longest;
    if (longest == 0) return {};
    fault(names_.video(video), "has neither length nor files",
          cat("it has ", longest, " frames, the length of its longest list of masks"));
    return static_cast<int64_t>(longest);
  }

  /// The size of the first mask, for a video without a size.
  Size size_of_masks(int64_t video) {
    const std::optional<Size> size = mask_lists_[video].size;
    if (!size) return {};
    fault(names_.video(video), "has no width and height",
          cat("it is ", width_by_height(*size), ", the size of its first mask"));
    return *size;
  }

  bool has_place(const Annotation& one) {
    if (one.video && left_out_.contains(*one.video)) return false;
    const std::string where = names_.of(one);
    if (!one.video || !by_id_.contains(*one.video)) {
      fault(where, one.video ? "unknown video" : "has no video_id", "it is left out");
      return false;
    }
    const bool known = one.category && known_.contains(*one.category);
    if (!known) {
      fault(where, one.category ? cat("unknown category ", *one.category) : "has no category",
            "it is left out");
    }
    return known;
  }

  void ids() {
    std::set<int64_t> given, taken;
    for (const Annotation& one : file_.annotations) given.insert(one.id.value_or(0));
    // Behind the greatest, unless there is no room.
    const int64_t most = given.empty() ? 0 : std::max<int64_t>(0, *given.rbegin());
    int64_t fresh = most < std::numeric_limits<int64_t>::max() / 2 ? most : 0;
    for (Annotation& one : file_.annotations) {
      if (one.id && *one.id != 0 && taken.insert(*one.id).second) continue;
      const std::string where = names_.of(one);
      std::string problem = !one.id        ? "has no id"
                            : *one.id == 0 ? "official evaluators read the id 0 as 'no match'"
                                           : "duplicate id";
      while (given.contains(++fresh)) continue;
      one.id = fresh;
      fault(where, std::move(problem), cat("its id is now ", fresh));
    }
  }

  void frames(Annotation& one) {
    const AnnotationFile::Video& video = *by_id_.at(*one.video);
    const std::string where = names_.of(one);
    const auto length = static_cast<size_t>(*video.length);
    first_fault_ = faults_.size();
    if (!one.crowd) {
      fault(where, "has no iscrowd", "it is not a crowd");
      one.crowd = false;
    }
    for (size_t t = 0; t < one.masks.size(); ++t) {
      if (!one.masks[t] || one.masks[t]->size == video.size) continue;
      const Size size = one.masks[t]->size;
      frame_fault(where, t,
                  cat("the mask is ", width_by_height(size), ", the video ",
                      width_by_height(video.size), swapped_size_hint(size, video.size)),
                  kObjectAbsent);
      one.masks[t].reset();
    }
    draw_polygons(one, where, video.size);
    for (size_t t = 0; t < one.masks.size(); ++t) {
      if (!one.masks[t] || !one.masks[t]->empty()) continue;
      frame_fault(where, t, "the mask has no pixel", kObjectAbsent);
      one.masks[t].reset();
    }
    // Masks that are all missing are reported as such, not as a list of the wrong length.
    if (is_empty(one)) return;
    fit(one.masks, length, where, "segmentations");
    if (!one.occlusion.empty()) fit(one.occlusion, length, where, "occlusion");
    areas(one, where, length);
  }

  /// Adds polygons to the masks of their frames.
  void draw_polygons(Annotation& one, const std::string& where, Size size) {
    for (const auto& [frame, parts] : one.polygons) {
      const auto t = static_cast<size_t>(frame);
      try {
        polygons_.take(parts, size);
        MaskRle drawn = MaskRle::of_polygons(parts, size);
        if (look_normalised(parts)) {
          frame_fault(where, t,
                      cat(drawn.empty() ? "the mask has no pixel: its coordinates"
                                        : "the coordinates of the mask",
                          " look normalised (all between 0 and 1), expected pixels"),
                      drawn.empty() ? kObjectAbsent : "they are read as pixels");
          if (drawn.empty()) continue;
        }
        one.masks[t] = one.masks[t] ? unite(*one.masks[t], drawn) : std::move(drawn);
      } catch (const InputError& error) {
        frame_fault(where, t,
                    cat(error.problem(), error.advice().empty() ? "" : "; ", error.advice()),
                    kObjectAbsent);
      }
    }
    one.polygons.clear();
  }

  template <class T>
  void fit(std::vector<T>& list, size_t length, const std::string& where, const char* name) {
    if (list.size() == length) return;
    fault(where, cat(name, " has ", list.size(), " entries, the video ", length, " frames"),
          list.size() > length ? "the rest is left out" : "the remaining entries are empty");
    list.resize(length);
  }

  void areas(Annotation& one, const std::string& where, size_t length) {
    if (!one.areas || one.areas->size() != length) {
      fault(where,
            one.areas
                ? cat("areas has ", one.areas->size(), " entries, the video ", length, " frames")
                : std::string("has no areas"),
            "they are computed from the masks");
      one.areas.emplace(length);
    }
    for (size_t t = 0; t < length; ++t) {
      std::optional<double>& area = (*one.areas)[t];
      if (area && !std::isfinite(*area)) {
        frame_fault(where, t, cat("its area is ", *area), "it is computed from the mask");
        area.reset();
      }
      if (one.masks[t] && !area) area = static_cast<double>(one.masks[t]->area());
    }
  }

  static bool is_empty(const Annotation& one) {
    return std::none_of(one.masks.begin(), one.masks.end(),
                        [](const auto& mask) { return mask.has_value(); });
  }
  bool is_nowhere(const Annotation& one) {
    if (!is_empty(one)) return false;
    fault(names_.of(one), "has no mask in any frame", "it is left out");
    return true;
  }
};

}  // namespace

void mend(AnnotationFile& file, std::vector<DatasetFault>& faults) { Mender(file, faults).mend(); }

}  // namespace clipwork

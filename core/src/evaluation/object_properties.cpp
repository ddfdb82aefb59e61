#include "evaluation/object_properties.h"

#include <cmath>
#include <limits>

#include "evaluation/overlaps.h"

namespace clipwork::evaluation {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLargest = 1e10;  ///< the official upper limit of areas

Property::Bin by_area(const char* name, double least, double most) {
  return {name, {least, most, 0, 1}};
}

Property::Bin by_value(const char* name, double least, double most) {
  return {name, {0, kLargest, least, most}};
}

double overlap_of_boxes(const Box& a, const Box& b) {
  const auto common = static_cast<double>(common_area(a, b));
  return common / (static_cast<double>(a.width * a.height + b.width * b.height) - common);
}

}  // namespace

TrackShape shape_of(const MaskList& masks) {
  TrackShape shape;
  MaskRle mask;
  Box before;
  double sum = 0;
  int64_t pairs = 0;
  for (int64_t frame = 0; frame < masks.frames(); ++frame) {
    const Box box = masks.read(frame, &mask) ? mask.box() : Box();
    if (box != Box()) {
      if (shape.frames++ == 0) shape.first_frame = frame;
      shape.end_frame = frame + 1;
      if (before != Box()) {
        sum += overlap_of_boxes(before, box);
        ++pairs;
      }
    }
    before = box;
  }
  if (pairs > 0) shape.motion_iou = sum / static_cast<double>(pairs);
  return shape;
}

std::vector<Property> object_properties(bool occlusion) {
  std::vector<Property> properties;
  properties.push_back(
      {"size",
       "The mean area of the object, with the limits of YouTube-VIS: up to 128x128 pixels, up to "
       "256x256, larger. Results of other sizes that match no object are ignored, as in APs, APm "
       "and APl.",
       {by_area("small", 0, 128 * 128), by_area("medium", 128 * 128, 256 * 256),
        by_area("large", 256 * 256, kLargest)},
       [](const TruthTrack&, const TrackShape&) { return 0.0; }});
  if (occlusion) {
    properties.push_back(
        {"occlusion",
         "OVIS's occlusion score: the mean of the upper half of the object's labels (none 0, "
         "slight 0.25, severe 0.75), with the limits 0.25 and 0.5.",
         {by_value("slight", 0, 0.25), by_value("moderate", 0.25, 0.5), by_value("heavy", 0.5, 1)},
         [](const TruthTrack& track, const TrackShape&) { return *track.occlusion; }});
  }
  properties.push_back(
      {"length",
       "The number of frames in which the object has pixels.",
       {by_value("up to 8", 0, 8), by_value("9 to 16", 9, 16), by_value("17 to 32", 17, 32),
        by_value("33 to 64", 33, 64), by_value("65 and more", 65, kInfinity)},
       [](const TruthTrack&, const TrackShape& shape) {
         return static_cast<double>(shape.frames);
       }});
  constexpr double kSlow = 0.9, kFast = 0.7;
  const double below_slow = std::nextafter(kSlow, 0), below_fast = std::nextafter(kFast, 0);
  properties.push_back(
      {"speed",
       "The mean overlap of the object's boxes in consecutive frames (motion IoU), with the limits "
       "of FGFA (Zhu et al., ICCV 2017): slow from 0.9 on, medium from 0.7 on, fast below. It "
       "depends on the frame rate. Objects without two consecutive frames are in no bin.",
       {by_value("slow", kSlow, 1), by_value("medium", kFast, below_slow),
        by_value("fast", 0, below_fast)},
       [](const TruthTrack&, const TrackShape& shape) { return shape.motion_iou.value_or(-1); }});
  return properties;
}

}  // namespace clipwork::evaluation

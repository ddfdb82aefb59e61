#pragma once
// Statistics of a data set.

#include <clipwork/dataset.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace clipwork::runs {

struct ClassCounts {
  int64_t videos = 0, tracks = 0, masks = 0;
};

struct DatasetStatistics {
  int64_t videos = 0, frames = 0, tracks = 0, masks = 0, crowds = 0;
  std::vector<int64_t> lengths;              ///< sorted
  std::map<std::string, int64_t> sizes;      ///< "1280x720": videos
  int64_t most_tracks = 0;                   ///< in a video
  int64_t small = 0, medium = 0, large = 0;  ///< tracks by mean area, limits 128^2 and 256^2
  double share = 0;                          ///< of its frame that a mask covers, mean
  int64_t leaving = 0;                       ///< tracks that are not there in every frame
  int64_t returning = 0;                     ///< tracks that are away and come back
  double presence = 0;     ///< mean share of a video's frames that a track is there
  int64_t look_alike = 0;  ///< tracks whose video has another of their class
  /// Frames of tracks with no, slight and severe occlusion; tracks by the evaluator's groups.
  std::map<std::string, int64_t> occlusion;
  int64_t labelled = 0;   ///< tracks with labels of occlusion
  int64_t occluded = 0;   ///< of these, how many are at some time
  int64_t severely = 0;   ///< and how many severely
  double centre_way = 0;  ///< way of the box's centre in a frame, in square roots of the area
  static constexpr std::array<int64_t, 3> kGaps = {1, 4, 8};
  std::array<double, 3> still{};  ///< mean overlap of a mask with the track's, so many frames later
  std::vector<ClassCounts> classes;
};

/// Counts; of the objects of a video that cannot be read it tells `faults`.
DatasetStatistics measure_dataset(const Dataset& dataset, std::vector<DatasetFault>& faults);

}  // namespace clipwork::runs

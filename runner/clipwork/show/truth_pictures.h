#pragma once
// Pictures of predictions beside the ground truth.

#include <clipwork/dataset.h>
#include <clipwork/host/ground_truth.h>

#include <cstdint>
#include <string>
#include <vector>

namespace clipwork::runs {

/// A picture of a video: in each row a frame, on the left with the results, on the right with the
/// truth.
struct TruthPicture {
  int64_t video = 0;  ///< id
  std::string name;
  int64_t height = 0, width = 0;
  std::string jpeg;  ///< the bytes of the file
};

/// The first `videos` videos, of each the first frame, the middle one and the last. Results below
/// `min_score` are left out. Throws InputError where there is no painter.
std::vector<TruthPicture> truth_pictures(const Dataset& dataset, const Results& results,
                                         int64_t videos, double min_score);

}  // namespace clipwork::runs

#include "analysis/bootstrap.h"

#include <random>

namespace clipwork::runs {

std::vector<std::vector<int64_t>> draw_videos(size_t videos, size_t samples) {
  std::vector<std::vector<int64_t>> counts(samples, std::vector<int64_t>(videos, 0));
  std::mt19937_64 random(videos);
  for (std::vector<int64_t>& sample : counts) {
    for (size_t drawn = 0; drawn < videos; ++drawn) ++sample[random() % videos];
  }
  return counts;
}

}  // namespace clipwork::runs

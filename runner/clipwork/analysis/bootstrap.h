#pragma once
// Samples of a data set's videos, to tell differences between results from chance.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace clipwork::runs {

/// [samples, videos]: how often each video is in a sample of as many videos, drawn with
/// replacement. The numbers are always the same, so that values of two results on one sample can be
/// compared (a paired bootstrap).
std::vector<std::vector<int64_t>> draw_videos(size_t videos, size_t samples);

}  // namespace clipwork::runs

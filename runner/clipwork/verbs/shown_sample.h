#pragma once

#include <clipwork/runs/shown_video.h>
#include <clipwork/samples.h>

#include <cstdint>
#include <vector>

namespace clipwork::cli {

/// Sample `number` of a run with its objects, as training gets them.
runs::ShownVideo shown_sample(Sample sample, const std::vector<Category>& categories,
                              int64_t number, double rate);

}  // namespace clipwork::cli

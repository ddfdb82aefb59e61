#pragma once

#include <clipwork/samples.h>

#include <cstdint>
#include <vector>

#include "show/shown_video.h"

namespace clipwork::cli {

/// Sample `number` of a run with its objects, as training gets them.
ShownVideo shown_sample(Sample sample, const std::vector<Category>& categories, int64_t number,
                        double rate);

}  // namespace clipwork::cli

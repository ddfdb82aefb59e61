#pragma once
// The learning rate over the steps of a training.

#include <clipwork/host/sections.h>

#include <cstdint>

namespace clipwork {

/// The factor of the rate in step `step` (from 0) of `steps` (detectron2, `WarmupMultiStepLR` and
/// `WarmupPolyLR`).
double rate_factor(const ScheduleSection& schedule, int64_t step, int64_t steps);

}  // namespace clipwork

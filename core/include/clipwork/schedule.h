#pragma once
// How the learning rate goes over the steps of a training.

#include <clipwork/parameters.h>

#include <cstdint>
#include <string>
#include <vector>

namespace clipwork {

/// The part of `[train]` that says how the rate goes (detectron2, `WarmupMultiStepLR` and
/// `WarmupPolyLR`).
struct ScheduleSection {
  std::string schedule = "constant";  ///< constant | steps | poly
  std::vector<int64_t> milestones;    ///< of "steps": from each of these steps on, times `factor`
  double factor = 0.1, power = 0.9;
  int64_t warmup_steps = 0;
  double warmup_factor = 0.001;
  void describe(Describer& d);
  /// What multiplies the rate in step `step` (from 0) of `steps`.
  double at(int64_t step, int64_t steps) const;
};

}  // namespace clipwork

#include <clipwork/host/schedule.h>

#include <cmath>

namespace clipwork {

double rate_factor(const ScheduleSection& schedule, int64_t step, int64_t steps) {
  double value = 1;
  if (step < schedule.warmup_steps) {
    double part = static_cast<double>(step) / static_cast<double>(schedule.warmup_steps);
    value = schedule.warmup_factor * (1 - part) + part;
  }
  if (schedule.form == ScheduleSection::Form::steps) {
    for (int64_t milestone : schedule.milestones) {
      if (step >= milestone) value *= schedule.factor;
    }
  } else if (schedule.form == ScheduleSection::Form::poly && steps > 0) {
    value *= std::pow(1 - static_cast<double>(step) / static_cast<double>(steps), schedule.power);
  }
  return value;
}

}  // namespace clipwork

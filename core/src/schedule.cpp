#include <clipwork/schedule.h>

#include <cmath>

namespace clipwork {

void ScheduleSection::describe(Describer& d) {
  d("schedule", schedule,
    "how the rate goes: it stays, falls at milestones, or falls to zero as (1 - step / steps) to "
    "the power of `power`")
      .choices({"constant", "steps", "poly"});
  d("milestones", milestones,
    "of schedule = \"steps\": from each of these steps on the rate is "
    "multiplied by `factor`");
  d("factor", factor, "of schedule = \"steps\"").range(0, 1);
  d("power", power, "of schedule = \"poly\"").range(0, 100);
  d("warmup_steps", warmup_steps, "steps in which the rate rises to its value").range(0, 1e9);
  d("warmup_factor", warmup_factor, "of the rate, where the rise begins").range(0, 1);
}

double ScheduleSection::at(int64_t step, int64_t steps) const {
  double value = 1;
  if (step < warmup_steps) {
    double part = static_cast<double>(step) / static_cast<double>(warmup_steps);
    value = warmup_factor * (1 - part) + part;
  }
  if (schedule == "steps") {
    for (int64_t milestone : milestones) {
      if (step >= milestone) value *= factor;
    }
  } else if (schedule == "poly" && steps > 0) {
    value *= std::pow(1 - static_cast<double>(step) / static_cast<double>(steps), power);
  }
  return value;
}

}  // namespace clipwork

#include "run/stage_times.h"

#include <algorithm>

namespace clipwork::runs {

void add_times(StageTimes& times, const StageTimes& more) {
  for (const StageTimes::Stage& stage : more.stages) {
    auto found = std::find_if(times.stages.begin(), times.stages.end(),
                              [&](const StageTimes::Stage& s) { return s.name == stage.name; });
    if (found == times.stages.end()) {
      times.stages.push_back(stage);
    } else {
      found->wall_seconds += stage.wall_seconds;
      found->cpu_seconds += stage.cpu_seconds;
      found->calls += stage.calls;
    }
  }
}

void write_stages(JsonWriter& json, const StageTimes& times) {
  json.begin_array("stages");
  for (const StageTimes::Stage& stage : times.stages) {
    json.begin_object();
    json.member("name", stage.name);
    json.member("wall_seconds", stage.wall_seconds);
    json.member("cpu_seconds", stage.cpu_seconds);
    json.member("calls", stage.calls);
    json.end_object();
  }
  json.end_array();
}

}  // namespace clipwork::runs

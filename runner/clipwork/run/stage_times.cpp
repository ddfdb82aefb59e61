#include "run/stage_times.h"

namespace clipwork::runs {

void add_times(StageTimes& times, const StageTimes& more) {
  for (const StageTimes::Stage& stage : more.stages) {
    StageTimes::Stage& sum = times.stage(stage.name);
    sum.wall_seconds += stage.wall_seconds;
    sum.cpu_seconds += stage.cpu_seconds;
    sum.calls += stage.calls;
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

#pragma once
// Times of stages: added up over videos, and written into stats.json.

#include <clipwork/host/json.h>
#include <clipwork/host/pipeline.h>

namespace clipwork::runs {

/// Adds the stages of `more`.
void add_times(StageTimes& times, const StageTimes& more);

/// The member "stages" of an object.
void write_stages(JsonWriter& json, const StageTimes& times);

}  // namespace clipwork::runs

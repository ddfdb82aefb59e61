#pragma once
// Scores as programs read them: full precision, -1 where there is nothing to measure.

#include <clipwork/host/evaluation.h>
#include <clipwork/host/json.h>
#include <clipwork/runs/scores.h>

#include <vector>

namespace clipwork::runs {

/// Into an open object: `stats` and `per_category`, as golden files of the official code have them.
void write_members(JsonWriter& json, const Evaluation& evaluation);
/// Into an open object: the arrays' `shapes` and their digests, `sha256`.
void write_curves(JsonWriter& json, const Curves& curves);
/// Into an open object: `lengths`.
void write_lengths(JsonWriter& json, const std::vector<LengthMeasures>& groups);
/// Into an open object: `tracking`, with TrackEval's names.
void write_tracking(JsonWriter& json, const Tracking& tracking);

/// Into an open object: `speed` and `memory`.
void write_costs(JsonWriter& json, const Costs& costs);

}  // namespace clipwork::runs

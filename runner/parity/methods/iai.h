#pragma once
// IAI's part of a case's config as ours.

#include <clipwork/value.h>

#include "../case.h"

namespace clipwork::parity {

/// [model.decoder] of the association block's keys: `association` or a case of the block alone.
void set_association(Value& tree, const Json& association);
/// [tracks], [window] and [model.tracker]: `thresholds` has max_per_img and result_score_thr.
void set_identity_tracks(Value& tree, const Json& thresholds);
/// The choice of detections: nms_pre and what follows in `thresholds`, for the detector at `place`.
void set_selection(Value& tree, const std::string& place, const Json& thresholds);

}  // namespace clipwork::parity

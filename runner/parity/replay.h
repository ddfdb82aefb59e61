#pragma once
// A pipeline whose decoder gives predictions that are there already, and perhaps its tracker links:
// trackers, blending, ranking and rendering alone.

#include <clipwork/host/tracks.h>
#include <clipwork/tap.h>
#include <clipwork/value.h>

#include <vector>

#include "case.h"

namespace clipwork::parity {

/// The decoder's recorded output for one window.
struct Replayed {
  at::Tensor class_scores;  ///< [Q, K + 1]
  at::Tensor masks;         ///< [Q, T, h, w] logits
  at::Tensor embeddings;    ///< [Q, C], or undefined
  at::Tensor head, tail;  ///< [Q, C]: embeddings of frames shared with the neighbours, or undefined
  at::Tensor links;       ///< int64 [Q]: the row of each track, for tracker "parity/links"
};

/// The rules by which the replayed windows are tracked and ranked: a config's [window], [tracks]
/// and [model.tracker].
struct ReplaySettings {
  Value window = Value::table(), tracks = Value::table(), tracker = Value::table();
  int64_t classes = 1;
  Geometry geometry;
};

/// Settings for windows of masks that are compared and blended at their own size, which is that of
/// the pictures too.
ReplaySettings plain_settings(const std::vector<Replayed>& windows);

/// Runs the loop over `frames` empty pictures with these windows in order.
Result replay(const ReplaySettings& settings, const std::vector<Replayed>& windows, int64_t frames,
              TapListener* listener = nullptr);

/// The stages results.scores, .labels, .ids, .class_scores, .missing and .masks of a result.
void add_results(NamedTensors& stages, const Result& result, const std::string& prefix,
                 bool one_frame);

}  // namespace clipwork::parity

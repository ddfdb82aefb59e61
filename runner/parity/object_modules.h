#pragma once
// VITA's object modules alone, over frame queries that are there already.

#include <clipwork/tap.h>
#include <clipwork/value.h>

#include "case.h"
#include "kinds.h"

namespace clipwork::parity {

/// Runs the loop over frames whose queries, [T, fQ, C], are given: decoder `vita` with the sizes of
/// the case, and the [window], attention window and [model.tracker] of `settings`.
void run_object_modules(const Case& golden, const Options& options, const Value& settings,
                        const at::Tensor& frame_queries, TapListener& listener);

}  // namespace clipwork::parity

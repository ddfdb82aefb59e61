#pragma once

#include <clipwork/config.h>

namespace clipwork::cli {

/// One video of [data.eval] through inference and the evaluator, so that what would stop the first
/// evaluation, perhaps hours later, stops training before it begins. Prints and keeps nothing.
/// Throws InputError where the data has other classes than the model.
void rehearse_evaluation(const Config& config);

}  // namespace clipwork::cli

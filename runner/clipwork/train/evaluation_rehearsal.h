#pragma once

#include <clipwork/dataset.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/plan.h>

#include <vector>

namespace clipwork::runs {

/// One video of [data.eval] through inference with these weights and the evaluator, so that what
/// would stop the first evaluation, perhaps hours later, stops training before it begins. Prints
/// and keeps nothing. Returns the faults of the data. Throws InputError where the data has other
/// classes than the model.
std::vector<DatasetFault> rehearse_evaluation(const Plan& plan,
                                              const std::vector<CheckpointEntry>& weights);

}  // namespace clipwork::runs

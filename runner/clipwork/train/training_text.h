#pragma once
// Messages of a training.

#include <clipwork/host/trainer.h>

#include <cstdint>
#include <string>

namespace clipwork::runs {

/// Whether a loss is of an auxiliary layer: "loss_ce_3" is of layer 3.
bool is_auxiliary(const std::string& loss);
double megabytes(int64_t bytes);
/// "loss 31.2 (ce 1.2, mask 0.4)": the terms of the last layer.
std::string losses_for_people(const StepReport& report);

/// Throws InputError where it does not say how many steps there are; warns, with numbers, of a
/// batch that rate and steps are not meant for.
void check_train_section(const TrainSection& section);

}  // namespace clipwork::runs

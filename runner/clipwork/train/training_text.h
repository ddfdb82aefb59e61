#pragma once
// Messages of a training.

#include <clipwork/host/sections.h>
#include <clipwork/host/trainer.h>
#include <clipwork/samples.h>

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

/// The windows of a training clip: "5 of 3 frames each", "2 of 3 frames, the last of 1".
std::string windows_for_people(const WindowSection& window, int64_t frames);
/// Warns, with numbers, of samples whose last window is shorter than the others.
void check_windows_of(const Samples& samples, const WindowSection& window);

}  // namespace clipwork::runs

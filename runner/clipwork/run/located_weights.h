#pragma once

#include <clipwork/host/config.h>

namespace clipwork::runs {

/// The config with `[weights] file` as the full path of a file, so that it names the same weights
/// from any folder: one beside the config is found, and the folder of a training becomes one of its
/// checkpoints (`weights_in`). Classes that the config leaves out are those that the weights were
/// trained on.
Config with_located_weights(const Config& config);

}  // namespace clipwork::runs

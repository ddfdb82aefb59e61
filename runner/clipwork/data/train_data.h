#pragma once

#include <clipwork/host/config.h>
#include <clipwork/samples.h>

#include <memory>

namespace clipwork::runs {

/// The samples of [data.train], opened. Throws InputError where the config names none, they cannot
/// be read, or their classes are not those of [classes], in the same order.
std::shared_ptr<const Samples> open_samples(const Config& config);

}  // namespace clipwork::runs

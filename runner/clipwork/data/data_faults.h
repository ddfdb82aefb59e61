#pragma once
// Faults of the data that a config trains or evaluates on.

#include <clipwork/dataset.h>

#include <string>
#include <vector>

namespace clipwork::runs {

/// Warns of faults, in one sentence for each file or folder that has any: how many they are, the
/// first, and the command that lists them. Returns the sentences. `place` is where the config names
/// the data ("data.train"). If `strict`, throws InputError with them instead.
std::vector<std::string> report_faults(const std::string& place,
                                       const std::vector<DatasetFault>& faults, bool strict);

}  // namespace clipwork::runs

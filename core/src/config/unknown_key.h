#pragma once
// Advice for keys that a table does not have.

#include <string>
#include <vector>

namespace clipwork {

/// The advice for an unknown `key` of the table `place` ("train"; empty: the config itself), which
/// has the keys `known`: "did you mean 'x'?" with one of these, or with the path of a parameter
/// elsewhere that has this name here or in other projects; `otherwise` if there is neither.
std::string advice_for_key(const std::string& key, const std::vector<std::string>& known,
                           const std::string& place, const std::string& otherwise);

}  // namespace clipwork

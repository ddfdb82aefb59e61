#pragma once
// The advice for words that are not known.

#include <string>
#include <string_view>
#include <vector>

namespace clipwork {

/// "did you mean 'x'?" with the candidate that an unknown `word` most likely means (`nearest`), or
/// `otherwise` when none is near. `front` is written before the candidate ("--").
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates,
                         const std::string& otherwise = {}, std::string_view front = {});

/// The same, followed by `rest` in any case: "did you mean 'x'? available: x, y".
std::string did_you_mean_or(std::string_view word, const std::vector<std::string>& candidates,
                            const std::string& rest);

}  // namespace clipwork

#pragma once
#include <clipwork/host/registry.h>

#include <string>
#include <vector>

namespace clipwork {

/// Faults of the components that a plugin registered, one line each: invalid names, missing
/// descriptions, defaults outside their own ranges, duplicates, and, if `kinds` ("source sink") is
/// not empty, components of another kind.
std::vector<std::string> staging_faults(const std::vector<ComponentInfo>& staged,
                                        const std::string& kinds);

/// True if `kind` is among the words of `kinds`.
bool has_word(const std::string& kinds, const std::string& kind);

}  // namespace clipwork

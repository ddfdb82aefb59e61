#pragma once
#include <clipwork/host/registry.h>

#include <string>
#include <vector>

namespace clipwork {

/// What is wrong with the components that a plugin registered, one line each: names, sentences,
/// parameters without words, defaults outside their own ranges, one component twice, and, where
/// `kinds` ("source sink") is not empty, a component of another kind.
std::vector<std::string> staging_faults(const std::vector<ComponentInfo>& staged,
                                        const std::string& kinds);

/// Whether `kind` is among the words of `kinds`.
bool has_word(const std::string& kinds, const std::string& kind);

}  // namespace clipwork

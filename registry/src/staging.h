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

/// Faults of components of kinds that are not Clipwork's own, one line each, if `declared`
/// (PluginNote::kinds) lacks the kind: without the hash of its header, a plugin that was built
/// against another version of it could not be told.
std::vector<std::string> undeclared_kinds(const std::vector<ComponentInfo>& staged,
                                          const std::string& declared);

/// True if `kind` is among the words of `kinds`.
bool has_word(const std::string& kinds, const std::string& kind);

}  // namespace clipwork

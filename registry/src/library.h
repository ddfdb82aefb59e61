#pragma once
#include <string>

namespace clipwork {

struct PluginEntry;
using EntryFunction = void (*)(PluginEntry&);

/// Loads a plugin that was judged and gives its entry function. The library stays for the life of
/// the process. Throws InputError: a symbol or library that it needs is missing, or it has no
/// entry.
EntryFunction load_library(const std::string& absolute_path);

}  // namespace clipwork

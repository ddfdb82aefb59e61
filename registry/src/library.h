#pragma once
#include <clipwork/error.h>

#include <string>

namespace clipwork {

/// Code that runs while a library is loaded threw. The dynamic linker's lock is then held for ever,
/// and the next thread that loads a library would wait for it: the program must end.
class LinkerLocked : public InputError {
 public:
  using InputError::InputError;
};

struct PluginEntry;
using EntryFunction = void (*)(PluginEntry&);

/// Loads a plugin that was judged and gives its entry function. The library stays for the life of
/// the process. Throws InputError: a symbol or library that it needs is missing, or it has no
/// entry; LinkerLocked: a static initialiser of it threw.
EntryFunction load_library(const std::string& absolute_path);

}  // namespace clipwork

#pragma once
// Plugins that nobody knows yet, tried in a process of their own.

#include <clipwork/inspect.h>

#include <string>
#include <vector>

namespace clipwork::cli {

/// What became of a plugin in a child process.
struct Probe {
  std::string failure;  ///< how it ended before it was done; empty where it loaded or was refused
  std::string page;     ///< the page that the child made; empty where there was a failure
  bool refused = false;
};

/// Starts this program anew to load `file` and to describe it. The child gets no input, leaves no
/// core file, and is ended after `seconds`. Throws Error where no child could be started.
Probe probe_plugin(const std::string& file, PageForm form, double seconds);

/// The child's side: loads the file and writes its page. Gives the exit code.
int run_probe(const std::vector<std::string>& arguments);

/// The first argument by which `clipwork inspect` knows that it is the child.
inline constexpr const char* kProbeArgument = "--probe";

}  // namespace clipwork::cli

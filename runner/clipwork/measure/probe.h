#pragma once
// Runs risky checks, of plugins and GPUs, in a child process.

#include <clipwork/host/inspect.h>

#include <string>
#include <vector>

namespace clipwork::runs {

/// The outcome of a check in a child process.
struct Probe {
  std::string
      failure;       ///< how it ended before it was done; empty where it succeeded or was refused
  std::string page;  ///< the page that the child made; empty where there was a failure
  bool refused = false;
};

/// Starts this program anew to load `file` and to describe it. The child gets no input, leaves no
/// core file, and is ended after `seconds`. Throws Error where no child could be started.
Probe probe_plugin(const std::string& file, PageForm form, double seconds);

/// The child's side: loads the file and writes its page. Gives the exit code.
int run_probe(const std::vector<std::string>& arguments);

/// Starts this program anew to use a device ("cuda:0"); its page says in a sentence what came of
/// it. LibTorch keeps its first answer about CUDA for ever, so this process does not ask.
Probe probe_device(const std::string& device, double seconds);
/// The child's side.
int run_device_probe(const std::string& device);

/// The first argument by which `clipwork inspect` and `clipwork doctor` know that they are the
/// child.
inline constexpr const char* kProbeArgument = "--probe";

}  // namespace clipwork::runs

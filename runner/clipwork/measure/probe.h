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
/// core file, and is ended after `seconds`. Its page counts only if it is signed, which text that a
/// plugin writes is not. Throws Error where no child could be started.
Probe probe_plugin(const std::string& file, PageForm form, double seconds);
/// The child's side: loads the file and writes its page. Returns the exit code.
int run_plugin_probe(const std::vector<std::string>& arguments);

/// Starts this program anew to load all of `files` and to examine its process, as
/// `examine_process`; the page is a line for each fault: "SUBJECT\tTEXT\tADVICE".
Probe probe_process(const std::vector<std::string>& files, double seconds);

/// Starts this program anew to use a device ("cuda:0"); its page says in a sentence what came of
/// it. LibTorch keeps its first answer about CUDA for ever, so this process does not ask.
Probe probe_device(const std::string& device, double seconds);

/// The child's side of `probe_process` and `probe_device`.
int run_doctor_probe(const std::vector<std::string>& arguments);

/// The first argument by which `clipwork inspect` and `clipwork doctor` know that they are the
/// child.
inline constexpr const char* kProbeArgument = "--probe";

}  // namespace clipwork::runs

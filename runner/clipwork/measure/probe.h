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

// Each check runs in a copy of this process, which does not have its threads: call these before
// anything computes. They throw Error where no copy could be made.

/// Loads `file` and describes it. The child gets no input, leaves no core file, and is ended after
/// `seconds`. Its page counts only if it is signed, which text that a plugin writes is not.
Probe probe_plugin(const std::string& file, PageForm form, double seconds);

/// Loads all of `files` and examines the process, as `examine_process`; the page is a line for each
/// fault: "SUBJECT\tTEXT\tADVICE".
Probe probe_process(const std::vector<std::string>& files, double seconds);

/// Uses a device ("cuda:0"); the page says in a sentence what came of it. LibTorch keeps its first
/// answer about CUDA for ever, so this process does not ask.
Probe probe_device(const std::string& device, double seconds);

}  // namespace clipwork::runs

#pragma once

namespace clipwork {

/// As long as it lives, what the process writes to standard output goes to standard error. Results
/// are written to standard output (`--json`), and code of a plugin that is being loaded must not
/// write between them.
class DivertedOutput {
 public:
  DivertedOutput();
  ~DivertedOutput();
  DivertedOutput(const DivertedOutput&) = delete;
  DivertedOutput& operator=(const DivertedOutput&) = delete;

 private:
  int output_;  ///< a copy of the descriptor of standard output; -1 if it is closed
};

}  // namespace clipwork

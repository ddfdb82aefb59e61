#pragma once
// Faults of configs, collected so that a user sees all of them at once.

#include <clipwork/api.h>
#include <clipwork/value.h>

#include <string>
#include <vector>

namespace clipwork {

/// Faults found in configs, reported together, in the order of files and lines.
class CLIPWORK_API Faults {
 public:
  void add(Origin origin, std::string problem, std::string advice = {});
  /// Adds all of `more`.
  void add(const Faults& more);
  bool empty() const { return faults_.empty(); }
  size_t size() const { return faults_.size(); }
  /// Throws one InputError that lists all of them, if there are any.
  void raise() const;
  /// One line per fault: "file:line:column: problem; advice".
  std::string text() const;
  struct Fault {
    Origin origin;
    std::string problem, advice;
    bool operator==(const Fault& other) const;
  };
  /// By file, line and column, without repetitions.
  std::vector<Fault> sorted() const;

 private:
  std::vector<Fault> faults_;
};

}  // namespace clipwork

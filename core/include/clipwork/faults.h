#pragma once
// Faults of configs, collected so that a user sees all of them at once.

#include <clipwork/api.h>
#include <clipwork/value.h>

#include <string>
#include <vector>

namespace clipwork {

/// Faults found in configs, reported together, in the order of files and lines. Of thousands, the
/// first are kept and the others counted; very long texts lose their middle.
class CLIPWORK_API Faults {
 public:
  void add(Origin origin, std::string problem, std::string advice = {});
  /// Adds all of `more`.
  void add(const Faults& more);
  bool empty() const { return faults_.empty(); }
  /// Of all of them, also those that were only counted.
  size_t size() const { return faults_.size() + counted_; }
  /// Throws one InputError that lists them, if there are any.
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
  size_t counted_ = 0;  ///< beyond those that are kept
};

}  // namespace clipwork

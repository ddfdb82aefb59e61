#pragma once
// The tolerances of the golden cases: one table, no case has its own.

#include "case.h"

namespace clipwork::parity {

/// The share of a plane's pixels that may differ: those within rounding of their threshold.
inline constexpr double kFlips = 1e-4;

struct Comparison {
  std::string name;
  bool passed = false;
  double error = 0, limit = 0;  ///< in the unit of `what`
  std::string
      what;  ///< "max abs difference", "differing pixels", ..., or why nothing could be compared
};

/// Compares every tensor of the case's outputs with what was computed. A stage that is missing is a
/// failure.
std::vector<Comparison> compare(const Case& golden, const NamedTensors& stages);

}  // namespace clipwork::parity

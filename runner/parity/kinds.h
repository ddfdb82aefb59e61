#pragma once
// What each kind of golden case computes, with the components of plugins like any program.

#include <set>

#include "case.h"

namespace clipwork::parity {

struct Options {
  /// The packed form of every operator and the quick forms of parameters, instead of the readable
  /// ones.
  bool packed = false;
  /// Stages that are replaced by their golden tensors on the way.
  std::set<std::string> feed;
};

/// Computes the stages that the case compares. Throws InputError where the kind, or something in
/// its config, is not known here.
NamedTensors run_case(const Case& golden, const Options& options);

}  // namespace clipwork::parity

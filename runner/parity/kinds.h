#pragma once
// The computation of each kind of golden case, with components from plugins as in any program.

#include <set>
#include <string>

#include "case.h"

namespace clipwork::parity {

struct Options {
  /// The packed form of every operator and the quick forms of parameters, instead of the readable
  /// ones.
  bool packed = false;
  /// The device for whole models and their training; single parts of methods are computed on the
  /// CPU.
  std::string device = "cpu";
  /// Use a model's masks as computed, including flipped pixels, in later stages.
  bool end_to_end = false;
  /// Stages that are replaced by their golden tensors on the way.
  std::set<std::string> feed;
};

/// True if a model continues with the recorded masks of this stage when no more pixels flip than
/// allowed: attention masks and IAI's id masks that are stored whole.
bool follows_recorded(const Case& golden, const Options& options, const std::string& stage);

/// Computes the stages that the case compares. Throws InputError where the kind, or something in
/// its config, is not known here.
NamedTensors run_case(const Case& golden, const Options& options);

/// A kind of cases. Each file of kinds/ has one, named as the file is.
class Kind {
 public:
  /// Computes the stages that a case compares.
  using Run = NamedTensors (*)(const Case& golden, const Options& options);
  /// Registers the kind under its name, for `run_case`.
  Kind(const char* name, Run run);
};

}  // namespace clipwork::parity

#pragma once
// The recipes by which the methods of `train` cases learn: loss, samples, and the place of draws.

#include <clipwork/host/batch.h>
#include <clipwork/value.h>

#include "case.h"
#include "losses.h"

namespace clipwork::parity {

struct Recipe {
  /// Fills [loss], and of [train] what the method itself asks for.
  void (*configure)(Value& tree, const Json& training);
  /// Clip b of the case.
  Sample (*sample)(const Case& golden, int64_t b);
  /// A term of ours in the case's words.
  std::string (*term)(const std::string& name) = [](const std::string& name) { return name; };
  /// A purpose of ours in the case's words, behind the step.
  std::string (*draw)(const std::string& purpose) = [](const std::string& name) { return name; };
  int64_t (*processes)(const Json& training);
  /// Further stages of step 1 from what was heard.
  void (*add_heard)(NamedTensors& stages, const Draws& draws) = [](NamedTensors&, const Draws&) {};
};

/// The recipe of `config.method`. Throws InputError with the known ones.
const Recipe& recipe_of(const Json& config);

}  // namespace clipwork::parity

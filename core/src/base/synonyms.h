#pragma once
// Names that other projects (Detectron2, MMDetection, YOLO, PyTorch Lightning) have for parameters,
// sections, options and components of ours.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace clipwork {

/// A name of others in lower case, and our name for it: a path in configs ("train.rate",
/// "model.decoder.heads"), a section ("train"), an option ("--input"), or a component's type
/// ("type.msdeform").
struct Synonym {
  std::string_view theirs, ours;
};

/// All of them. A name may come several times, its most likely meaning first.
std::span<const Synonym> synonyms();

/// Our names for `theirs`, the most likely first. Case does not count, nor does '-' for '_'; of a
/// dotted name ("SOLVER.BASE_LR") only the last part does.
std::vector<std::string> our_names(std::string_view theirs);

}  // namespace clipwork

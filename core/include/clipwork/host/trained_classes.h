#pragma once
// The classes that the weights of a checkpoint were trained on, and those of a config.

#include <clipwork/host/checkpoint.h>
#include <clipwork/host/sections.h>

#include <optional>
#include <string>
#include <vector>

namespace clipwork {

/// The key of a checkpoint's metadata under which training records the classes, as a list in TOML.
inline constexpr const char* kClassesFact = "train.classes";
std::string classes_fact(const std::vector<std::string>& names);

/// The names in the order of the class head; none if the checkpoint does not record them.
std::vector<std::string> trained_classes(const Checkpoint& checkpoint);

/// A class name as it is compared: files write "traffic light", "traffic_light" and "Traffic light"
/// for one class.
std::string plain_class_name(std::string name);

/// The first difference between the classes of a config and those of a checkpoint.
struct ClassDifference {
  size_t index = 0;  ///< of the first class that differs
  bool other_count = false;
  /// A class of the config has another place in the checkpoint: its results would be labelled
  /// wrongly, whatever the other names mean.
  bool reordered = false;
  std::string text;  ///< both sides, as a sentence about the checkpoint
};
std::optional<ClassDifference> class_difference(const std::vector<std::string>& trained,
                                                const std::vector<std::string>& names);

/// Throws InputError with the first difference, and with what to write, if a model with these
/// classes would label the results of the checkpoint wrongly. Names that differ without a change of
/// order are accepted if `[classes] renamed` says so.
void check_trained_classes(const Checkpoint& checkpoint, const ClassesSection& classes);

}  // namespace clipwork

#pragma once
// The list of a config's sections.

#include <string>
#include <vector>

namespace clipwork {

class Describer;
struct Sections;

/// A section of a config.
struct SectionEntry {
  std::string name;
  std::string sentence;  ///< what it contains
  /// Names of the components in it, where it has no values of its own.
  std::vector<std::string> parts = {};
  /// Describes its struct in `Sections`; null: it holds components, or other configs.
  void (*describe)(Sections& sections, Describer& d) = nullptr;
  bool list = false;  ///< of tables
};

/// All sections, in the order in which they are printed. The list stands with the structs that it
/// refers to, in inference/sections.cpp; reading configs takes only names and parts from it.
const std::vector<SectionEntry>& config_sections();

/// The paths of all values of sections: "window.length", ..., "train.steps".
const std::vector<std::string>& section_paths();

}  // namespace clipwork

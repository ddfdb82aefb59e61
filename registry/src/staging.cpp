#include "staging.h"

#include <clipwork/plugin_note.h>

#include <sstream>

namespace clipwork {

bool has_word(const std::string& kinds, const std::string& kind) {
  std::istringstream words(kinds);
  for (std::string word; words >> word;) {
    if (word == kind) return true;
  }
  return false;
}

namespace {

bool is_name(const std::string& name) {
  // Parameters and components are keys of configs and parts of full names.
  for (char c : name) {
    if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_') return false;
  }
  return !name.empty();
}

std::vector<std::string> component_faults(const ComponentInfo& info) {
  std::vector<std::string> faults;
  if (!is_name(info.name))
    faults.push_back("a name may contain only lower-case letters, digits and '_'");
  if (info.sentence.empty()) faults.push_back("it has no description");
  Describer describer;
  info.describe(describer);
  for (const ParameterInfo& parameter : describer.parameters()) {
    if (!is_name(parameter.name)) {
      faults.push_back(cat("parameter '", parameter.name,
                           "': a name may contain only lower-case letters, digits and '_'"));
    }
    if (parameter.sentence.empty())
      faults.push_back(cat("parameter '", parameter.name, "' has no description"));
  }
  for (const std::string& mistake : describer.mistakes()) faults.push_back(mistake);
  return faults;
}

}  // namespace

std::vector<std::string> staging_faults(const std::vector<ComponentInfo>& staged,
                                        const std::string& kinds) {
  std::vector<std::string> faults;
  if (staged.empty()) faults.push_back("it registers no components");
  for (size_t i = 0; i < staged.size(); ++i) {
    const ComponentInfo& info = staged[i];
    const std::string who = info.called();
    try {
      for (const std::string& fault : component_faults(info))
        faults.push_back(cat(who, ": ", fault));
    } catch (const std::exception& error) {
      faults.push_back(cat(who, ": describing its parameters threw: ", error.what()));
    }
    for (size_t j = 0; j < i; ++j) {
      if (staged[j].kind == info.kind && staged[j].name == info.name)
        faults.push_back(cat(who, " is registered twice"));
    }
    if (!kinds.empty() && !has_word(kinds, info.kind)) {
      faults.push_back(cat(who, ": the plugin is loaded on demand for '", kinds,
                           "' only; add this kind to CLIPWORK_PLUGIN_ON_DEMAND"));
    }
  }
  return faults;
}

}  // namespace clipwork

#include "staging.h"

#include <clipwork/backbone.h>
#include <clipwork/dataset.h>
#include <clipwork/decoder.h>
#include <clipwork/detector.h>
#include <clipwork/loss.h>
#include <clipwork/loss_term.h>
#include <clipwork/painter.h>
#include <clipwork/picture_reader.h>
#include <clipwork/pixel_decoder.h>
#include <clipwork/plugin_note.h>
#include <clipwork/samples.h>
#include <clipwork/sink.h>
#include <clipwork/source.h>
#include <clipwork/tracker.h>
#include <clipwork/transform.h>

#include <algorithm>
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

/// The kinds whose headers the layout hash covers.
const std::string_view kOwnKinds[] = {
    Backbone::kKind, Dataset::kKind, Decoder::kKind,       Detector::kKind,     Loss::kKind,
    LossTerm::kKind, Painter::kKind, PictureReader::kKind, PixelDecoder::kKind, Samples::kKind,
    Sink::kKind,     Source::kKind,  Tracker::kKind,       Transform::kKind};

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

std::vector<std::string> undeclared_kinds(const std::vector<ComponentInfo>& staged,
                                          const std::string& declared) {
  std::vector<std::string> faults;
  for (const ComponentInfo& info : staged) {
    if (std::ranges::find(kOwnKinds, info.kind) != std::end(kOwnKinds)) continue;
    const bool known = (" " + declared).find(cat(" ", info.kind, ":")) != std::string::npos;
    if (known) continue;
    faults.push_back(cat(info.called(), ": the kind '", info.kind,
                         "' is not one of Clipwork's; name the header that declares it in "
                         "clipwork_plugin(... KIND_HEADERS FILE)"));
  }
  return faults;
}

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

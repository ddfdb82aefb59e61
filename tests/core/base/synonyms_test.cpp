#include "base/synonyms.h"

#include <clipwork/host/registry.h>
#include <clipwork/host/sections.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "support.h"

using namespace clipwork;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

/// Whether any component of this kind has a parameter of this name.
bool has_parameter(const std::string& kind, const std::string& name) {
  const auto components = Registry::instance().components(kind);
  return std::ranges::any_of(components, [&](const ComponentInfo* info) {
    Describer describer;
    info->describe(describer);
    return std::ranges::count(describer.parameters(), name, &ParameterInfo::name) > 0;
  });
}

/// The kind of the component at this place of a config.
std::string kind_at(const std::string& place) {
  if (place == "loss") return "loss";
  if (place == "loss.terms.class") return "loss_term";
  if (place == "data.eval") return "dataset";
  if (place == "data.train") return "samples";
  if (place == "model.decoder.detector") return "detector";
  return place.substr(place.find('.') + 1);
}

/// Whether a config may have this path.
bool exists(const std::string& path) {
  const size_t dot = path.rfind('.');
  const auto all = sections();
  for (const SectionInfo& section : all) {
    if (section.name == path) return true;
    for (const std::string& part : section.parts) {
      if (section.name + "." + part == path) return true;
    }
  }
  if (dot == path.npos) return false;
  const std::string place = path.substr(0, dot), name = path.substr(dot + 1);
  const auto values = section_parameters(place);
  return std::ranges::count(values, name, &ParameterInfo::name) > 0 ||
         has_parameter(kind_at(place), name);
}

}  // namespace

TEST(Synonyms, AreFoundWhateverTheirCaseAndPlace) {
  EXPECT_THAT(our_names("lr"), ElementsAre("train.rate"));
  EXPECT_THAT(our_names("SOLVER.BASE_LR"), ElementsAre("train.rate"));
  EXPECT_THAT(our_names("max-iters"), ElementsAre("train.steps"));
  EXPECT_THAT(our_names("checkpoint"), ElementsAre("weights.file", "--weights"));
  EXPECT_THAT(our_names("buffer"), IsEmpty());
}

TEST(Synonyms, AreInLowerCaseAndListedOnceForEachMeaning) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Synonym& one : synonyms()) {
    EXPECT_TRUE(seen.emplace(one.theirs, one.ours).second) << one.theirs;
    EXPECT_TRUE(std::ranges::none_of(one.theirs, [](char c) {
      return c == '-' || (c >= 'A' && c <= 'Z');
    })) << one.theirs;
  }
}

TEST(Synonyms, LeadToNamesThatExist) {
  test::use_built_plugins();
  Registry::instance().load_search_path();
  std::set<std::string> types;
  for (const ComponentInfo* info : Registry::instance().components()) types.insert(info->name);
  for (const Synonym& one : synonyms()) {
    const std::string ours(one.ours);
    if (ours.starts_with("--")) continue;  // options, which the verbs describe
    if (ours.starts_with("type.")) {
      EXPECT_TRUE(types.contains(ours.substr(5))) << ours;
    } else {
      EXPECT_TRUE(exists(ours)) << one.theirs << " -> " << ours;
    }
  }
}

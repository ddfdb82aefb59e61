// Every tracker with every decoder: a pair runs on a small video, or it is refused before anything
// is built, naming both and what would fit. Plugins that are added later take part by themselves.

#include <clipwork/host/checkpoint.h>
#include <clipwork/host/config.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/registry.h>

#include <map>
#include <set>
#include <vector>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;
namespace fs = std::filesystem;

namespace {

constexpr int64_t kPairFrames = 4;

/// The tiny configs of each decoder, by the decoder's name.
std::map<std::string, std::vector<fs::path>> tiny_configs() {
  std::map<std::string, std::vector<fs::path>> found;
  for (const auto& folder : fs::directory_iterator(source_dir() / "configs")) {
    fs::path file = folder.path() / "tiny.toml";
    if (!fs::exists(file)) continue;
    Config config = load_config(file.string());
    const Value* type = config.find("model.decoder.type");
    if (type) found[*type->text()].push_back(file);
  }
  return found;
}

std::set<std::string> names(const char* kind) {
  std::set<std::string> names;
  for (const ComponentInfo* info : Registry::instance().components(kind)) names.insert(info->name);
  return names;
}

void run_windows(const Plan& plan) {
  Pipeline pipeline(plan, WeightRule());
  Stream stream = pipeline.open();
  int64_t frames = pipeline.still_pictures() ? 1 : kPairFrames;
  at::Tensor pictures = picture_by_rule(3, 0, frames, 64, 64);
  for (int64_t t = 0; t < frames; ++t) stream.push({pictures[t], t, 0, ""});
  EXPECT_EQ(stream.finish().result.frames, frames);
}

/// Whether a tracker ran with the decoder of a config, in windows of any kind; else why not.
struct Outcome {
  bool ran = false;
  std::string refusals;
};

Outcome try_pair(const fs::path& file, const std::string& tracker) {
  Outcome outcome;
  for (const char* window : {"length=1", "length=3", "length=3, stride=2", "length=\"video\""}) {
    const Plan plan = plan_pipeline(load_config(
        file.string(), {{"model.tracker.type=" + tracker, "the pair"},
                        {"window={replace=true, " + std::string(window) + "}", "the pair"},
                        {"preprocess.short_edge=64", "the pair"}}));
    if (!plan.faults.empty()) {
      outcome.refusals += plan.faults.text();
      continue;
    }
    EXPECT_NO_THROW(run_windows(plan)) << window;
    outcome.ran = true;
  }
  return outcome;
}

}  // namespace

TEST(Pairs, OfTrackersAndDecodersRunOrAreRefusedNamingBothAndWhatFits) {
  use_built_plugins();
  Registry::instance().load_search_path();
  const std::map<std::string, std::vector<fs::path>> configs = tiny_configs();
  std::set<std::string> decoders = names("decoder");
  // Finds no objects: it is there to train a backbone.
  decoders.erase("dense_classes");
  const std::set<std::string> trackers = names("tracker");
  ASSERT_GE(decoders.size(), 2u);
  ASSERT_GE(trackers.size(), 4u);
  std::map<std::string, int> partners;
  for (const std::string& decoder : decoders) {
    ASSERT_TRUE(configs.contains(decoder))
        << "no configs/*/tiny.toml has the decoder '" << decoder << "'";
    for (const std::string& tracker : trackers) {
      SCOPED_TRACE(decoder + " with " + tracker);
      Outcome outcome;
      for (const fs::path& file : configs.at(decoder)) {
        if (!outcome.ran) outcome = try_pair(file, tracker);
      }
      partners[decoder] += outcome.ran;
      partners[tracker] += outcome.ran;
      if (outcome.ran) continue;
      const std::string& says = outcome.refusals;
      EXPECT_NE(says.find("decoder '" + decoder + "'"), std::string::npos) << says;
      EXPECT_NE(says.find("tracker '" + tracker + "'"), std::string::npos) << says;
      bool advised = says.find("a tracker that would fit: ") != std::string::npos ||
                     says.find("or use a tracker that ") != std::string::npos;
      EXPECT_TRUE(advised) << says;
    }
  }
  for (const auto& [name, count] : partners) EXPECT_GT(count, 0) << name << " fits nothing";
}

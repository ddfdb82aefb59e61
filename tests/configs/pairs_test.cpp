// Every tracker with every decoder: a pair runs on a small video, or it is refused before anything
// is built, naming both and what would fit. Plugins that are added later take part by themselves.

#include <clipwork/checkpoint.h>
#include <clipwork/config.h>
#include <clipwork/pipeline.h>
#include <clipwork/registry.h>

#include <map>
#include <set>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;
namespace fs = std::filesystem;

namespace {

constexpr int64_t kFrames = 4;

/// The tiny config of each decoder, by the decoder's name.
std::map<std::string, fs::path> tiny_configs() {
  std::map<std::string, fs::path> found;
  for (const auto& folder : fs::directory_iterator(source_dir() / "configs")) {
    fs::path file = folder.path() / "tiny.toml";
    if (!fs::exists(file)) continue;
    Config config = load_config(file.string());
    if (const Value* type = config.find("model.decoder.type")) found.emplace(*type->text(), file);
  }
  return found;
}

std::set<std::string> names(const char* kind) {
  std::set<std::string> names;
  for (const ComponentInfo* info : Registry::instance().components(kind)) names.insert(info->name);
  return names;
}

void run(const Config& config) {
  PipelineOptions options;
  options.weights = "rule";
  Pipeline pipeline(config, options);
  Stream stream = pipeline.open();
  int64_t frames = pipeline.still_pictures() ? 1 : kFrames;
  at::Tensor pictures = picture_by_rule(3, 0, frames, 64, 64);
  for (int64_t t = 0; t < frames; ++t) stream.push({pictures[t], t, 0, ""});
  EXPECT_EQ(stream.finish().frames, frames);
}

}  // namespace

TEST(Pairs, OfTrackersAndDecodersRunOrAreRefusedNamingBothAndWhatFits) {
  use_built_plugins();
  Registry::instance().load_search_path();
  const std::map<std::string, fs::path> configs = tiny_configs();
  const std::set<std::string> decoders = names("decoder"), trackers = names("tracker");
  ASSERT_GE(decoders.size(), 2u);
  ASSERT_GE(trackers.size(), 4u);
  std::map<std::string, int> partners;
  for (const std::string& decoder : decoders) {
    ASSERT_TRUE(configs.contains(decoder))
        << "no configs/*/tiny.toml has the decoder '" << decoder << "'";
    for (const std::string& tracker : trackers) {
      SCOPED_TRACE(decoder + " with " + tracker);
      bool ran = false;
      std::string refusals;
      for (const char* window :
           {"length=1", "length=3", "length=3, stride=2", "length=\"video\""}) {
        Faults faults;
        std::optional<Config> config =
            load_config(configs.at(decoder).string(),
                        {{"model.tracker.type=" + tracker, "the pair"},
                         {"window={replace=true, " + std::string(window) + "}", "the pair"},
                         {"preprocess.short_edge=64", "the pair"}},
                        faults);
        ASSERT_TRUE(config);
        check_pipeline(*config, faults);
        if (faults.empty()) {
          EXPECT_NO_THROW(run(*config)) << window;
          ran = true;
        } else {
          refusals += faults.text();
        }
      }
      partners[decoder] += ran;
      partners[tracker] += ran;
      if (ran) continue;
      EXPECT_NE(refusals.find("decoder '" + decoder + "'"), std::string::npos) << refusals;
      EXPECT_NE(refusals.find("tracker '" + tracker + "'"), std::string::npos) << refusals;
      bool advised = refusals.find("a tracker that would fit: ") != std::string::npos ||
                     refusals.find("or use one that ") != std::string::npos;
      EXPECT_TRUE(advised) << refusals;
    }
  }
  for (const auto& [name, count] : partners) EXPECT_GT(count, 0) << name << " fits nothing";
}

#include <clipwork/error.h>
#include <clipwork/host/registry.h>
#include <clipwork/source.h>
#include <clipwork/tracker.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "fixture.h"
#include "support.h"

using namespace clipwork;
using test::error_of;
using test::fixture;
namespace fs = std::filesystem;

namespace {

/// A tracker of the test's own program.
struct Own : Tracker {
  struct Parameters {
    int64_t buffer = 1;
    void describe(Describer& d) { d("buffer", buffer, "past frames").range(1, 9); }
  };
  Parameters parameters;
  static Contract contract(const Parameters& parameters, const Given& given) {
    Contract contract;
    contract.min_window = parameters.buffer;
    contract.needs = {given.maps.empty() ? "embeddings" : "map:" + given.maps[0].name};
    return contract;
  }
  Own(const Parameters& parameters, const Given&) : parameters(parameters) {}
  Tracked track(ClipPrediction prediction, const Window&, State&, Context&) override {
    return {0, std::move(prediction), {}, {}};
  }
};

PluginInfo* find_plugin(std::vector<PluginInfo>& plugins, const fs::path& file) {
  for (PluginInfo& info : plugins) {
    if (info.file == file) return &info;
  }
  return nullptr;
}

}  // namespace

TEST(Registry, MakesAComponentThroughItsErasedType) {
  Registry& registry = Registry::instance();
  registry.add_builtin("own", [](Registrar& r) { r.add<Own>("simple", "links nothing"); });
  const ComponentInfo& info = registry.find("tracker", "simple");
  EXPECT_EQ(info.full_name(), "own/simple");

  Value table = Value::table();
  table.set("buffer", Value(int64_t{4}));
  Faults faults;
  Describer reading(&table, "model.tracker", faults);
  std::shared_ptr<void> parameters = info.describe(reading);
  reading.finish();
  EXPECT_TRUE(faults.empty()) << faults.text();
  Given given{.maps = {{"res5", 2048, 32}}, .classes = 40};
  const auto contract = info.contract(parameters.get(), given);
  EXPECT_EQ(dynamic_cast<const TrackerContract&>(*contract).min_window, 4);
  EXPECT_EQ(contract->needs, std::vector<std::string>{"map:res5"});
  auto made = std::dynamic_pointer_cast<Own>(info.make(parameters.get(), given));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->parameters.buffer, 4);
}

TEST(Registry, TakesComponentsOfAnInterpreterOneByOne) {
  Registry& registry = Registry::instance();
  registry.add_builtin("typed", [](Registrar& r) { r.add<Own>("first", "links nothing"); });
  ComponentInfo info = registry.find("tracker", "first");
  info.name = "second";
  registry.add_builtin(info);
  info.plugin = "interpreted";
  registry.add_builtin(info);
  EXPECT_EQ(registry.find("tracker", "typed/second").full_name(), "typed/second");
  EXPECT_EQ(registry.find("tracker", "interpreted/second").full_name(), "interpreted/second");

  EXPECT_SAYS(error_of([&] { registry.add_builtin(info); }),
              "tracker 'second' is registered twice");
  info.name = "Third";
  EXPECT_SAYS(error_of([&] { registry.add_builtin(info); }), "a name may contain only lower-case");
  EXPECT_THROW(registry.find("tracker", "interpreted/Third"), InputError);
}

TEST(Registry, RefusesUnsoundBuiltinComponentsWhole) {
  Registry& registry = Registry::instance();
  size_t before = registry.components().size();
  EXPECT_SAYS(error_of([&] {
                registry.add_builtin("unsound", [](Registrar& r) {
                  r.add<Own>("sound", "links nothing");
                  r.add<Own>("No-Name", "");
                });
              }),
              "plugin 'unsound': 2 reasons:\n  tracker 'No-Name': a name may contain only "
              "lower-case letters");
  EXPECT_EQ(registry.components().size(), before);
}

TEST(Registry, LoadsAPluginOnceByWhateverPath) {
  Registry& registry = Registry::instance();
  PluginInfo info = registry.load(fixture("good"));
  EXPECT_TRUE(info.loaded);
  EXPECT_EQ(info.name, "good");
  EXPECT_EQ(info.version, "1.2.3");
  EXPECT_EQ(info.sha256.size(), 64u);
  EXPECT_TRUE(info.remarks.empty()) << info.remarks[0];
  size_t count = registry.components().size();

  test::ScratchFolder scratch;
  fs::create_symlink(fixture("good"), scratch.path() / "link.so");
  EXPECT_EQ(registry.load(scratch.path() / "link.so").file, info.file);
  fs::path old = fs::current_path();
  fs::current_path(fixture("good").parent_path());
  EXPECT_EQ(registry.load("good.so").file, info.file);
  fs::current_path(old);
  EXPECT_EQ(registry.components().size(), count);

  fs::copy(fixture("good"), scratch.path() / "copy.so");
  EXPECT_SAYS(error_of([&] { registry.load(scratch.path() / "copy.so"); }),
              "a plugin called 'good' is already loaded from " + info.file);
}

TEST(Registry, HashesTheFile) {
  test::ScratchFolder scratch;
  EXPECT_EQ(Registry::examine(scratch.write("abc.so", "abc")).sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Registry, WorksWithStrippedPlugins) {
  test::ScratchFolder scratch;
  fs::path file = scratch.path() / "stripped.so";
  auto strip = test::run_program("strip -s -o " + file.string() + " " + fixture("good").string());
  ASSERT_EQ(strip.code, 0) << strip.errors;
  EXPECT_EQ(Registry::examine(file).refusal, "");
  EXPECT_EQ(Registry::examine(file).name, "good");
}

TEST(Registry, AsksForFullNamesWhereTwoPluginsHaveAShortOne) {
  Registry& registry = Registry::instance();
  registry.load(fixture("good"));
  registry.load(fixture("twin"));
  std::string text = error_of([&] { registry.find("tracker", "nearest"); });
  EXPECT_SAYS(text, "several plugins have a tracker called 'nearest': 'good/nearest' (");
  EXPECT_SAYS(text, "'twin/nearest' (");
  EXPECT_SAYS(text, "use the full name of one of them");
  EXPECT_EQ(registry.find("tracker", "twin/nearest").plugin, "twin");
  EXPECT_EQ(registry.find("tracker", "good/nearest").plugin, "good");
  EXPECT_EQ(registry.find("tracker", "idle").plugin, "good");
}

TEST(Registry, TellsAllItKnowsOfAnUnknownName) {
  Registry& registry = Registry::instance();
  registry.load(fixture("good"));
  EXPECT_THROW(registry.load(fixture("wrong_abi")), InputError);
  test::ScratchFolder scratch;
  registry.load_search_path({scratch.path()});
  std::string text = error_of([&] { registry.find("tracker", "neerest"); });
  EXPECT_SAYS(text, "unknown tracker 'neerest'; did you mean 'nearest'? available: ");
  EXPECT_SAYS(text, "plugins loaded: ");
  EXPECT_SAYS(text, "refused: " + fixture("wrong_abi").string() + ": ABI number");
  EXPECT_SAYS(text, "searched: " + scratch.path().string());
  EXPECT_SAYS(text, "clipwork inspect --list tracker");
  EXPECT_SAYS(error_of([&] { registry.find("decoder", "idle"); }), "'idle' is a tracker");
  EXPECT_SAYS(error_of([&] { registry.find("tracker", "good/neerest"); }),
              "did you mean 'good/nearest'?");
}

TEST(Registry, NamesTheBuildSwitchOfWhatNeedsVideo) {
  const std::string text = error_of([] { Registry::instance().find("painter", "overlay"); });
  EXPECT_SAYS(text, "unknown painter 'overlay'");
  EXPECT_SAYS(text, "-DCLIPWORK_VIDEO=ON");
}

TEST(Registry, LoadsASlowPluginWhenOneOfItsKindsIsAskedFor) {
  test::ScratchFolder scratch;
  fs::path witness = scratch.path() / "witness";
  fs::copy(fixture("slow"), scratch.path() / "slow.so");
  setenv("CLIPWORK_WITNESS", witness.c_str(), 1);
  Registry& registry = Registry::instance();
  registry.load_search_path({scratch.path()});
  registry.components("tracker");
  error_of([&] { registry.find("tracker", "unknown"); });
  std::vector<PluginInfo> plugins = registry.plugins();
  PluginInfo* slow = find_plugin(plugins, scratch.path() / "slow.so");
  ASSERT_TRUE(slow);
  EXPECT_STREQ(slow->state(), "on demand");
  EXPECT_FALSE(fs::exists(witness));

  EXPECT_EQ(registry.find("source", "empty").plugin, "slow");
  EXPECT_TRUE(fs::exists(witness));
  plugins = registry.plugins();
  EXPECT_STREQ(find_plugin(plugins, scratch.path() / "slow.so")->state(), "loaded");
  unsetenv("CLIPWORK_WITNESS");
}

TEST(Registry, TakesTheFirstOfTwoPluginsOfOneName) {
  test::ScratchFolder first, second;
  fs::copy(fixture("misbehaves"), first.path() / "a.so");
  fs::copy(fixture("misbehaves"), second.path() / "b.so");
  Registry& registry = Registry::instance();
  registry.load_search_path({first.path(), second.path()});
  std::vector<PluginInfo> plugins = registry.plugins();
  EXPECT_STREQ(find_plugin(plugins, first.path() / "a.so")->state(), "loaded");
  PluginInfo* behind = find_plugin(plugins, second.path() / "b.so");
  EXPECT_STREQ(behind->state(), "shadowed");
  EXPECT_EQ(behind->shadowed_by, first.path() / "a.so");

  std::vector<PluginInfo> unread = Registry::examine_search_path({second.path(), first.path()});
  EXPECT_STREQ(find_plugin(unread, second.path() / "b.so")->state(), "fit");
  EXPECT_STREQ(find_plugin(unread, first.path() / "a.so")->state(), "shadowed");
}

TEST(SearchPath, HasAFixedOrderAndNeverTheCurrentFolder) {
  test::ScratchFolder option, variable;
  setenv("CLIPWORK_PLUGIN_PATH", cat(":", variable.path().string(), "/::/nowhere:").c_str(), 1);
  const std::string home = std::getenv("HOME") ? std::getenv("HOME") : "";
  setenv("HOME", "/home/jane", 1);
  std::vector<std::string> path = Registry::search_path({option.path()});
  setenv("HOME", ".", 1);
  EXPECT_EQ(Registry::search_path({option.path()}).size(), 5u) << "a home that is no absolute path";
  setenv("HOME", home.c_str(), 1);
  unsetenv("CLIPWORK_PLUGIN_PATH");
  fs::path program = fs::read_symlink("/proc/self/exe").parent_path().parent_path();
  ASSERT_EQ(path.size(), 6u);
  EXPECT_EQ(path[0], option.path());
  EXPECT_EQ(path[1], variable.path());
  EXPECT_EQ(path[2], "/nowhere");
  EXPECT_EQ(path[3], program / "plugins");
  EXPECT_EQ(path[4], test::build_dir() / "lib/clipwork/plugins");
  EXPECT_EQ(path[5], "/home/jane/.local/lib/clipwork/plugins");
  for (const std::string& folder : path) EXPECT_NE(folder, fs::current_path());
}

TEST(SearchPath, RefusesRelativeAndAbsentFolders) {
  setenv("CLIPWORK_PLUGIN_PATH", "/usr:plugins", 1);
  EXPECT_SAYS(error_of([] { Registry::search_path(); }),
              "CLIPWORK_PLUGIN_PATH: the folder 'plugins' is a relative path");
  unsetenv("CLIPWORK_PLUGIN_PATH");
  EXPECT_SAYS(error_of([] { Registry::search_path({"/nowhere"}); }),
              "--plugin-path: the plugin folder '/nowhere' does not exist");
}

TEST(Registry, TrustsFoldersThatTheUserNamedAndThoseBelow) {
  test::ScratchFolder scratch;
  const fs::path named = scratch.path() / "named", other = scratch.path() / "named_other";
  fs::create_directories(named / "sub/deep");
  fs::create_directories(other);
  fs::create_directory_symlink(other, named / "link");
  fs::create_directory_symlink(named / "sub", other / "back");
  Registry& registry = Registry::instance();
  EXPECT_FALSE(registry.trusts(named.string()));
  registry.load_search_path({named.string()});
  EXPECT_TRUE(registry.trusts(named.string()));
  EXPECT_TRUE(registry.trusts((named / "sub/deep").string()));
  EXPECT_TRUE(registry.trusts((other / "back").string()));
  EXPECT_FALSE(registry.trusts(scratch.path().string()));
  EXPECT_FALSE(registry.trusts(other.string()));
  EXPECT_FALSE(registry.trusts((named / "../named_other").string()));
  EXPECT_FALSE(registry.trusts((named / "link").string()));
}

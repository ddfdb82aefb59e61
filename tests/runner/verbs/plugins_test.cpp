// `inspect`, `plugins list` and `doctor`, each in a process of its own, as people run them.

#include <clipwork/error.h>
#include <gmock/gmock.h>
#include <rapidjson/document.h>

#include <filesystem>
#include <fstream>

#include "fixture.h"
#include "support.h"

using namespace clipwork;
using test::fixture;
using test::ProgramResult;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
namespace fs = std::filesystem;

namespace {

ProgramResult clipwork_program(const std::string& arguments, const std::string& environment = "") {
  return test::run_program(environment + " " + (test::build_dir() / "bin/clipwork").string() + " " +
                           arguments);
}

/// A folder with copies of these fixtures.
class Folder : public test::ScratchFolder {
 public:
  explicit Folder(std::initializer_list<const char*> names) {
    for (const char* name : names) fs::copy(fixture(name), path() / (std::string(name) + ".so"));
  }
  std::string option() const { return " --plugin-path " + path().string(); }
};

}  // namespace

TEST(Inspect, ListsAKindWithoutLoadingPluginsThatAreSlow) {
  Folder plugins{"slow", "twin"};
  fs::path witness = plugins.path() / "witness";
  std::string environment = "CLIPWORK_WITNESS=" + witness.string();
  ProgramResult trackers =
      clipwork_program("inspect --list tracker" + plugins.option(), environment);
  EXPECT_THAT(trackers.output, HasSubstr("twin/nearest"));
  EXPECT_FALSE(fs::exists(witness));
  ProgramResult sources = clipwork_program("inspect --list source" + plugins.option(), environment);
  EXPECT_THAT(sources.output, HasSubstr("slow/empty"));
  EXPECT_TRUE(fs::exists(witness));
}

TEST(Inspect, ShowsAComponentByShortOrFullName) {
  Folder plugins{"good"};
  ProgramResult page = clipwork_program("inspect good/nearest" + plugins.option());
  EXPECT_EQ(page.code, 0) << page.errors;
  EXPECT_THAT(page.output, StartsWith("tracker good/nearest 1.2.3\n"));
  ProgramResult json = clipwork_program("inspect nearest --json" + plugins.option());
  rapidjson::Document document;
  document.Parse(json.output.c_str());
  ASSERT_FALSE(document.HasParseError()) << json.output;
  EXPECT_STREQ(document["full_name"].GetString(), "good/nearest");
}

TEST(Inspect, ShowsLicenceMaintainerAndUrl) {
  const ProgramResult page = clipwork_program("inspect " + fixture("good").string());
  EXPECT_THAT(page.output, HasSubstr("  licence: MIT\n"
                                     "  maintainer: Jane Doe <jane@example.org>\n"
                                     "  URL: https://example.org/good\n"));
  rapidjson::Document json;
  json.Parse(clipwork_program("inspect --json " + fixture("good").string()).output.c_str());
  ASSERT_TRUE(json.IsObject());
  EXPECT_STREQ(json["note"]["licence"].GetString(), "MIT");
}

TEST(Inspect, NamesTheNearestOfAnUnknownNameOrKind) {
  Folder plugins{"good"};
  ProgramResult name = clipwork_program("inspect nearst" + plugins.option());
  EXPECT_EQ(name.code, 2);
  EXPECT_THAT(name.errors,
              HasSubstr("unknown component, section or plugin 'nearst'; did you mean 'nearest'?"));
  ProgramResult kind = clipwork_program("inspect --list traker" + plugins.option());
  EXPECT_EQ(kind.code, 2);
  EXPECT_THAT(kind.errors,
              HasSubstr("there are no components of kind 'traker'; did you mean 'tracker'?"));
}

TEST(Inspect, ShowsWhatAFileOffersOrWhyItIsRefused) {
  ProgramResult good = clipwork_program("inspect " + fixture("good").string());
  EXPECT_EQ(good.code, 0) << good.errors;
  EXPECT_THAT(good.output, HasSubstr("  state: loaded\n"));
  EXPECT_THAT(good.output, HasSubstr("good/nearest  links nothing, with parameters"));
  ProgramResult old = clipwork_program("inspect " + fixture("other_torch").string());
  EXPECT_EQ(old.code, 2);
  EXPECT_THAT(old.output, HasSubstr("  reason: LibTorch: the plugin was built with 2.10.0"));
  ProgramResult throws = clipwork_program("inspect --json " + fixture("throws_std").string());
  EXPECT_EQ(throws.code, 2);
  rapidjson::Document document;
  document.Parse(throws.output.c_str());
  ASSERT_FALSE(document.HasParseError()) << throws.output;
  EXPECT_THAT(document["reason"].GetString(), HasSubstr("the licence has run out"));
  EXPECT_EQ(clipwork_program("inspect /nowhere/absent.so").code, 2);
}

TEST(Inspect, SurvivesPluginsThatEndTheProcess) {
  struct {
    const char *how, *limit, *says;
  } cases[] = {
      {"abort", "60",
       "ended the process with signal SIGABRT (Aborted); its last output:\n"
       "  last words\n"},
      {"segfault", "60", "ended the process with signal SIGSEGV"},
      {"exit", "60", "ended the process with exit code 0"},
      {"answer", "60", "ended the process with exit code 0 after it wrote an answer of its own"},
      {"loop", "1", "loading it took more than 1 s"},
      {"noise", "1", "loading it took more than 1 s"},
  };
  for (const auto& one : cases) {
    ProgramResult result = clipwork_program(
        cat("inspect --time-limit ", one.limit, " ", fixture("misbehaves").string()),
        cat("CLIPWORK_MISBEHAVE=", one.how));
    EXPECT_EQ(result.code, 2) << one.how;
    EXPECT_THAT(result.output, HasSubstr(one.says)) << one.how;
    EXPECT_LT(result.output.size(), 10000u);
  }
}

TEST(Inspect, ShowsSectionsOfConfigs) {
  const ProgramResult train = clipwork_program("inspect train");
  EXPECT_EQ(train.code, 0) << train.errors;
  EXPECT_THAT(train.output, StartsWith("section [train]\n  the training recipe\n"));
  EXPECT_THAT(train.output, HasSubstr("  rate = 1e-04    (number, 0 to 1000)\n"));
  EXPECT_THAT(clipwork_program("inspect preprocess").output,
              HasSubstr("(list of numbers, 3 values, "));
  EXPECT_THAT(clipwork_program("inspect weights").output, HasSubstr("regular expressions"));
  EXPECT_THAT(clipwork_program("inspect model").output,
              HasSubstr("it holds the components backbone, pixel_decoder, decoder, tracker"));
  rapidjson::Document json;
  json.Parse(clipwork_program("inspect run --json").output.c_str());
  ASSERT_TRUE(json.IsObject());
  EXPECT_STREQ(json["section"].GetString(), "run");
  EXPECT_THAT(clipwork_program("inspect").output,
              HasSubstr("[tracks]      how scores of windows become scores of tracks\n"));
  EXPECT_THAT(clipwork_program("inspect trakcs").errors, HasSubstr("did you mean 'tracks'?"));
}

namespace {

/// A config that names a folder with the plugin 'good', whose first code leaves a witness.
class ConfigWithPlugin : public testing::Test {
 protected:
  ConfigWithPlugin() {
    fs::create_directories(root() / "theirs/sub");
    fs::create_directories(root() / "elsewhere");
    fs::copy(fixture("good"), root() / "theirs/sub/good.so");
    fs::copy(fixture("good"), root() / "elsewhere/good.so");
    fs::create_directory_symlink("../elsewhere", root() / "theirs/link");
    write("c.toml", "sub");
  }
  fs::path root() const { return fs::canonical(scratch.path()); }
  void write(const std::string& name, const std::string& folder) const {
    scratch.write("theirs/" + name,
                  "extends = \"clipwork:demo/novis.toml\"\n[plugins]\npath = [\"" + folder +
                      "\"]\n[model.tracker]\ntype = \"nearest\"\n");
  }
  ProgramResult run(const std::string& arguments) const {
    return clipwork_program(arguments,
                            "cd " + root().string() + " && CLIPWORK_WITNESS=" + witness().string());
  }
  fs::path witness() const { return root() / "witness"; }
  test::ScratchFolder scratch;
};

}  // namespace

TEST_F(ConfigWithPlugin, IsNeitherShownNorCheckedNorRunByItsCode) {
  const std::string weights = (test::source_dir() / "configs/demo/novis.safetensors").string();
  scratch.write("outer/x.toml", "extends = \"../theirs/c.toml\"\n");
  for (const std::string& command :
       {std::string("config check theirs/c.toml"), std::string("config check outer/x.toml"),
        std::string("config show theirs/c.toml"),
        std::string("config diff theirs/c.toml outer/x.toml"),
        "weights " + weights + " theirs/c.toml", "weights " + weights + " --which --configs theirs",
        std::string("run theirs/c.toml --input /nowhere --out o"),
        std::string("eval theirs/c.toml --out o"),
        std::string("train theirs/c.toml --dry-run --weights initial")}) {
    const ProgramResult result = run(command);
    EXPECT_FALSE(fs::exists(witness())) << command;
    fs::remove(witness());
    const bool lists = command.starts_with("config show") || command.starts_with("config diff");
    EXPECT_EQ(result.code == 0, lists) << command << "\n" << result.errors;
  }
  EXPECT_THAT(run("config check theirs/c.toml").errors,
              HasSubstr("theirs/c.toml:3:8: plugins.path: the plugins in 'sub' are not loaded: "
                        "their code would run with all your rights; if you trust them, add "
                        "--plugin-path " +
                        (root() / "theirs/sub").string() + "\n"));
}

TEST_F(ConfigWithPlugin, IsUsedOnceTheUserNamesTheFolderOrOneAbove) {
  for (const char* folder : {"theirs/sub", "theirs", "."}) {
    const ProgramResult result = run(cat("config show theirs/c.toml --plugin-path ", folder));
    EXPECT_EQ(result.code, 0) << result.errors;
    EXPECT_THAT(result.output, HasSubstr("buffer = 3             # default\n")) << folder;
    EXPECT_TRUE(fs::exists(witness()));
    fs::remove(witness());
  }
  const ProgramResult variable = clipwork_program(
      "config show theirs/c.toml",
      "cd " + root().string() + " && CLIPWORK_PLUGIN_PATH=" + (root() / "theirs").string());
  EXPECT_THAT(variable.output, HasSubstr("# default\n"));
}

TEST_F(ConfigWithPlugin, DoesNotReachOutOfTrustedFolders) {
  for (const char* folder : {"link", "../elsewhere", "sub/../../elsewhere"}) {
    write("out.toml", folder);
    const ProgramResult result = run("config check theirs/out.toml --plugin-path theirs");
    EXPECT_EQ(result.code, 2) << folder;
    EXPECT_THAT(result.errors, HasSubstr("add --plugin-path " + (root() / "elsewhere").string()));
    EXPECT_FALSE(fs::exists(witness())) << folder;
    fs::remove(witness());
  }
}

TEST(Plugins, AreListedFromTheirBytesAlone) {
  Folder plugins{"good", "wrong_abi", "no_note"};
  fs::path witness = plugins.path() / "witness";
  ProgramResult list =
      clipwork_program("plugins list" + plugins.option(), "CLIPWORK_WITNESS=" + witness.string());
  EXPECT_EQ(list.code, 0) << list.errors;
  EXPECT_THAT(list.output, HasSubstr("good               1.2.3      MIT          fit        " +
                                     (plugins.path() / "good.so").string() +
                                     "\n    by Jane Doe <jane@example.org>, "
                                     "https://example.org/good\n"));
  EXPECT_THAT(list.output,
              HasSubstr("ABI number: the plugin was built with 2, this program with 1"));
  EXPECT_THAT(list.output, HasSubstr("it has no Clipwork note"));
  EXPECT_FALSE(fs::exists(witness));
}

TEST(Plugins, ThatPrintWhileTheyAreLoadedSpoilNoJson) {
  Folder plugins{"talks"};
  const ProgramResult list = clipwork_program("inspect --list tracker --json" + plugins.option());
  EXPECT_EQ(list.code, 0) << list.errors;
  rapidjson::Document components;
  components.Parse(list.output.c_str());
  EXPECT_FALSE(components.HasParseError()) << list.output;
  EXPECT_THAT(list.errors, HasSubstr("registering\n"));
}

TEST(Plugins, WhoseStaticInitialiserThrowsEndTheProgramAndDoNotHang) {
  Folder plugins{"throws_early"};
  const std::string reason = "a static initialiser of it threw (there is no licence server)";
  for (const char* command : {"inspect --list tracker", "config check clipwork:demo/novis.toml",
                              "eval clipwork:demo/novis.toml --out o"}) {
    const ProgramResult result = clipwork_program(
        command + plugins.option(), "cd " + plugins.path().string() + " && timeout 60");
    EXPECT_EQ(result.code, 2) << command;
    EXPECT_THAT(result.errors, HasSubstr("error: " + (plugins.path() / "throws_early.so").string() +
                                         ": " + reason));
  }
  const ProgramResult page = clipwork_program("inspect " + fixture("throws_early").string());
  EXPECT_EQ(page.code, 2);
  EXPECT_THAT(page.output, HasSubstr("  reason: " + reason));
}

TEST(Plugins, AreLockedAndVerifiedByTheirDigests) {
  Folder plugins{"good", "twin", "wrong_abi"};
  const std::string lock = (plugins.path() / "plugins.lock").string();
  const ProgramResult locked = clipwork_program("plugins lock " + lock + plugins.option());
  EXPECT_EQ(locked.code, 0) << locked.errors;
  EXPECT_EQ(test::read_file(lock).find("wrong_abi"), std::string::npos);
  const std::string verify = "plugins verify " + lock + plugins.option();
  EXPECT_EQ(clipwork_program(verify).code, 0);

  fs::copy(fixture("slow"), plugins.path() / "slow.so");
  fs::remove(plugins.path() / "twin.so");
  fs::path good = plugins.path() / "good.so";
  std::ofstream(good, std::ios::app) << "one byte more";
  const ProgramResult differs = clipwork_program(verify);
  EXPECT_EQ(differs.code, 3) << differs.errors;
  EXPECT_THAT(differs.output, HasSubstr("good: expected version 1.2.3 with SHA-256 "));
  EXPECT_THAT(differs.output, HasSubstr("twin 1.0.0: the plugin was not found\n"));
  EXPECT_THAT(differs.output, HasSubstr("slow.so is not in the lock file\n"));

  const ProgramResult bad = clipwork_program(
      "plugins verify " + plugins.write("bad.lock", "good 1.2.3\n").string() + plugins.option());
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.errors, HasSubstr("bad.lock:1: expected the name of a plugin, its SHA-256"));
}

TEST(Doctor, EndsWithThreeWhereAPluginIsRefusedOrCrashes) {
  Folder sound{"good"}, refused{"wrong_abi"}, crashing{"misbehaves"};
  ProgramResult good = clipwork_program("doctor" + sound.option());
  EXPECT_EQ(good.code, 0) << good.output;
  EXPECT_THAT(good.output, HasSubstr("plugin good"));
  EXPECT_THAT(good.output, HasSubstr("GFLOP/s on one core"));

  ProgramResult bad = clipwork_program("doctor --json" + refused.option());
  EXPECT_EQ(bad.code, 3);
  rapidjson::Document findings;
  findings.Parse(bad.output.c_str());
  ASSERT_FALSE(findings.HasParseError()) << bad.output;
  int faults = 0;
  for (const auto& finding : findings.GetArray()) {
    if (std::string(finding["state"].GetString()) != "fault") continue;
    ++faults;
    EXPECT_STREQ(finding["subject"].GetString(), "plugin wrong_abi");
    EXPECT_THAT(finding["text"].GetString(), HasSubstr("ABI number"));
  }
  EXPECT_EQ(faults, 1);

  ProgramResult crash = clipwork_program("doctor" + crashing.option(), "CLIPWORK_MISBEHAVE=abort");
  EXPECT_EQ(crash.code, 3);
  EXPECT_THAT(crash.output, HasSubstr("ended the process with signal SIGABRT"));
}

TEST(Doctor, LoadsNoPluginIntoItsOwnProcess) {
  Folder answering{"misbehaves"}, unmannered{"unmannered"};
  const ProgramResult answer =
      clipwork_program("doctor" + answering.option(), "CLIPWORK_MISBEHAVE=answer");
  EXPECT_EQ(answer.code, 3);
  EXPECT_THAT(answer.output,
              HasSubstr("ended the process with exit code 0 after it wrote an answer of its own"));
  EXPECT_THAT(answer.output, HasSubstr("GFLOP/s on one core"));
  const ProgramResult noise =
      clipwork_program("doctor" + answering.option(), "CLIPWORK_MISBEHAVE=exit");
  EXPECT_EQ(noise.code, 3);
  EXPECT_LT(noise.output.size(), 20'000u);
  // What loading changes in a process is reported from the child's.
  const ProgramResult changes = clipwork_program("doctor" + unmannered.option());
  EXPECT_THAT(changes.output, HasSubstr("loading it "));
}

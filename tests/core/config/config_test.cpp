#include <clipwork/host/clock.h>
#include <clipwork/host/config.h>
#include <clipwork/host/config_layers.h>

#include <sys/resource.h>
#include <sys/stat.h>

#include <cmath>

#include "support.h"

using namespace clipwork;
using test::error_of;
using test::ScratchFolder;

namespace {

class ConfigTest : public testing::Test {
 protected:
  ScratchFolder scratch;
  test::WorkingFolder inside{scratch.path()};
  std::string load_error(const std::vector<Override>& overrides = {}) {
    return error_of([&] { load_config("a.toml", overrides); });
  }
  Config load(const std::vector<Override>& overrides = {}) {
    return load_config("a.toml", overrides);
  }
};

std::string origin(const Config& config, const std::string& path) {
  return config.find(path) ? config.find(path)->origin().text() : "absent";
}

}  // namespace

TEST_F(ConfigTest, KnowsWhereEveryValueStands) {
  scratch.write("a.toml", "[window]\nlength = 4\n  stride   =  2\n[model]\ndecoder.queries = 7\n");
  Config config = load();
  EXPECT_EQ(*config.find("window.length")->integer(), 4);
  EXPECT_EQ(origin(config, "window.length"), "a.toml:2:10");
  EXPECT_EQ(origin(config, "window.stride"), "a.toml:3:15");
  EXPECT_EQ(origin(config, "model.decoder.queries"), "a.toml:5:19");
}

TEST_F(ConfigTest, ParentsAreMergedInOrderAndTheFileItselfComesLast) {
  scratch.write("base/one.toml", "[window]\nlength = 1\nstride = 1\nlast = \"short\"\n");
  scratch.write("base/two.toml", "[window]\nlength = 2\nstride = 2\n");
  scratch.write("a.toml",
                "extends = [\"base/one.toml\", \"base/two.toml\"]\n[window]\nlength = 3\n");
  Config config = load();
  EXPECT_EQ(*config.find("window.length")->integer(), 3);
  EXPECT_EQ(origin(config, "window.stride"), "base/two.toml:3:10");
  EXPECT_EQ(origin(config, "window.last"), "base/one.toml:4:8");
  EXPECT_EQ(config.find("window")->member("length")->origin.text(), "a.toml:3:1");
  EXPECT_EQ(config.files(), (std::vector<std::string>{"base/one.toml", "base/two.toml", "a.toml"}));
  EXPECT_EQ(config.find("extends"), nullptr);
}

TEST_F(ConfigTest, SeveralFilesAreLaidOverEachOtherAndOverridesComeLast) {
  scratch.write("one.toml", "[window]\nlength = 1\nstride = 1\n");
  scratch.write("two.toml", "extends = \"one.toml\"\n[window]\nlength = 2\n");
  scratch.write("three.toml", "[window]\nlast = \"shift\"\n");
  Faults faults;
  const std::optional<Config> config =
      load_layers({"two.toml", "one.toml", "three.toml"}, {"window.stride=2"}, faults);
  ASSERT_TRUE(config) << faults.text();
  EXPECT_EQ(*config->find("window.length")->integer(), 2);
  EXPECT_EQ(origin(*config, "window.stride"), "--set");
  EXPECT_EQ(origin(*config, "window.last"), "three.toml:2:8");
}

TEST_F(ConfigTest, ParentsAreFoundFromTheFileThatNamesThem) {
  scratch.write("base/deep/grand.toml", "[run]\nseed = 5\n");
  scratch.write("base/parent.toml", "extends = \"deep/grand.toml\"\n");
  scratch.write("methods/m/a.toml", "extends = \"../../base/parent.toml\"\n");
  EXPECT_EQ(*load_config("methods/m/a.toml").find("run.seed")->integer(), 5);
}

TEST_F(ConfigTest, AParentSharedByTwoCountsOnceAndUndoesNothing) {
  scratch.write("shared.toml", "[window]\nlength = 1\n");
  scratch.write("one.toml", "extends = \"shared.toml\"\n[window]\nlength = 4\n");
  scratch.write("two.toml", "extends = \"shared.toml\"\n[run]\nseed = 1\n");
  scratch.write("a.toml", "extends = [\"one.toml\", \"two.toml\"]\n");
  Config config = load();
  EXPECT_EQ(*config.find("window.length")->integer(), 4);
  EXPECT_EQ(config.files().size(), 4u);
}

TEST_F(ConfigTest, ArraysReplaceAndTablesMerge) {
  scratch.write(
      "base.toml",
      "[preprocess]\nmean = [1, 2, 3]\n[model.backbone]\ntype = \"resnet\"\ndepth = 50\n");
  scratch.write(
      "a.toml",
      "extends = \"base.toml\"\n[preprocess]\nmean = [9]\n[model.backbone]\ndepth = 18\n");
  Config config = load();
  EXPECT_EQ(config.find("preprocess.mean")->toml(), "[9]");
  EXPECT_EQ(*config.find("model.backbone.type")->text(), "resnet");
  EXPECT_EQ(*config.find("model.backbone.depth")->integer(), 18);
}

TEST_F(ConfigTest, ReplaceTakesThePlaceOfTheInheritedTable) {
  scratch.write("base.toml", "[tracks]\ntop_k = 10\nmin_score = 0.1\n");
  scratch.write("a.toml", "extends = \"base.toml\"\n[tracks]\nreplace = true\ntop_k = 5\n");
  Config config = load();
  EXPECT_EQ(config.find("tracks")->toml(), "{ top_k = 5 }");
  scratch.write("a.toml", "extends = \"base.toml\"\n[tracks]\nreplace = false\ntop_k = 5\n");
  EXPECT_EQ(load().find("tracks")->toml(), "{ top_k = 5, min_score = 0.1 }");
}

TEST_F(ConfigTest, ReplaceThatIsNoBooleanIsRefused) {
  scratch.write("a.toml", "[model.tracker]\nreplace = 1\n");
  EXPECT_EQ(load_error(),
            "a.toml:2:11: model.tracker.replace: expected true or false, found an integer; true "
            "makes this table replace the inherited one, false keeps what is inherited");
}

TEST_F(ConfigTest, AnotherTypeDropsTheInheritedParametersOfThatTableOnly) {
  scratch.write("base.toml",
                "[model.decoder]\ntype = \"vita\"\nlayers = 6\n[model.decoder.frame]\n"
                "type = \"mask2former\"\nqueries = 100\n");
  scratch.write("a.toml",
                "extends = \"base.toml\"\n[model.decoder.frame]\ntype = \"detr\"\nwidth = 8\n");
  Config config = load();
  EXPECT_EQ(config.find("model.decoder.frame")->toml(), "{ type = \"detr\", width = 8 }");
  EXPECT_EQ(*config.find("model.decoder.layers")->integer(), 6);
}

TEST_F(ConfigTest, AnotherTypeKeepsTheInheritedParametersIfItSaysSo) {
  scratch.write("a.toml", "[loss]\ntype = \"uvla\"\npoints = 7\nterms.ce.type = \"class\"\n");
  EXPECT_EQ(load({"loss.type=set", "loss.replace=false"}).find("loss")->toml(),
            "{ type = \"set\", points = 7, terms = { ce = { type = \"class\" } } }");
  EXPECT_EQ(load({"loss.type=set"}).find("loss")->toml(), "{ type = \"set\" }");
}

TEST_F(ConfigTest, TheSameTypeOrNoneKeepsTheInheritedParameters) {
  scratch.write("base.toml", "[model.tracker]\nbuffer = 3\n");
  scratch.write("a.toml", "extends = \"base.toml\"\n[model.tracker]\ntype = \"embedding\"\n");
  EXPECT_EQ(*load().find("model.tracker.buffer")->integer(), 3);
  scratch.write("b.toml", "extends = \"a.toml\"\n[model.tracker]\ntype = \"embedding\"\n");
  EXPECT_EQ(*load_config("b.toml").find("model.tracker.buffer")->integer(), 3);
}

TEST_F(ConfigTest, TheFullAndTheShortNameAreOneType) {
  scratch.write("a.toml", "[model.tracker]\ntype = \"embedding\"\nbuffer = 3\n");
  EXPECT_EQ(load({"model.tracker.type=embedding/embedding"}).find("model.tracker")->toml(),
            "{ type = \"embedding/embedding\", buffer = 3 }");
  EXPECT_EQ(load({"model.tracker.type=mine/iou"}).find("model.tracker")->toml(),
            "{ type = \"mine/iou\" }");
  scratch.write("a.toml", "[model.tracker]\ntype = \"embedding/embedding\"\nbuffer = 3\n");
  EXPECT_EQ(*load({"model.tracker.type=embedding"}).find("model.tracker.buffer")->integer(), 3);
  EXPECT_EQ(load({"model.tracker.type=mine/embedding"}).find("model.tracker")->toml(),
            "{ type = \"mine/embedding\" }");
}

TEST_F(ConfigTest, OverridesAreTheLastFileWhateverTheirOrder) {
  scratch.write("a.toml", "[model.tracker]\ntype = \"embedding\"\nbuffer = 3\n");
  Config config = load({"model.tracker.threshold=0.5", "model.tracker.type=iou"});
  EXPECT_EQ(config.find("model.tracker")->toml(), "{ threshold = 0.5, type = \"iou\" }");
  EXPECT_EQ(origin(config, "model.tracker.type"), "--set");
  EXPECT_EQ(*load({"run.seed=1", "run.seed=2"}).find("run.seed")->integer(), 2);
  EXPECT_EQ(origin(load({{"run.seed=1", "--seed"}}), "run.seed"), "--seed");
  EXPECT_EQ(load({"run.list=[1]"}).find("run.list")->array()->at(0).origin().text(), "--set");
}

TEST_F(ConfigTest, OverrideValuesAreTomlAndBareWordsAreText) {
  scratch.write("a.toml", "");
  Config config =
      load({"run.a=1", "run.b=1.5", "run.c=true", "run.d=[1, 2]", "run.e={ x = \"y\" }",
            "run.f=greedy", "run.g=/data/my videos", "run.h=\"5\"", "run.i=a=b", "run.j=1.2.3"});
  EXPECT_EQ(config.find("run")->toml(),
            "{ a = 1, b = 1.5, c = true, d = [1, 2], e = { x = \"y\" }, f = \"greedy\", g = "
            "\"/data/my videos\", h = \"5\", i = \"a=b\", j = \"1.2.3\" }");
}

TEST_F(ConfigTest, TableThatAnOverrideChangesStillStandsInItsFile) {
  scratch.write("a.toml", "[run]\nseed = 1\n");
  Config config = load({"run.plain=true", "window.length=2"});
  EXPECT_EQ(config.tree().origin().text(), "a.toml:1:1");
  EXPECT_EQ(origin(config, "run"), "a.toml:1:1");
  EXPECT_EQ(origin(config, "window"), "--set");
}

TEST_F(ConfigTest, BadOverridesAreRefusedTogetherAndShowTheRightForm) {
  scratch.write("a.toml", "");
  std::string error = load_error({"queries", "run.seed=", "run..seed=1", "run.x=[1", "#run=1",
                                  "extends=\"b.toml\"", "window=5", "wndow.length=5"});
  EXPECT_EQ(error,
            "8 faults\n"
            "  --set: 'queries' is not KEY=VALUE; write it as --set model.decoder.queries=50\n"
            "  --set: 'run.seed=' has no value; write it as --set model.decoder.queries=50, or "
            "KEY='\"\"' for an empty string\n"
            "  --set: 'run..seed=1' is not KEY=VALUE; write it as --set model.decoder.queries=50\n"
            "  --set: 'run.x=[1': not valid TOML: in this array: encountered end-of-file\n"
            "  --set: '#run=1' is not KEY=VALUE; write it as --set model.decoder.queries=50\n"
            "  --set: 'extends' is only allowed in a file\n"
            "  --set: window: expected a table, found an integer (5); write its values as "
            "window.NAME = VALUE, or below [window]\n"
            "  --set: a config has no section 'wndow'; did you mean 'window'?");
}

TEST_F(ConfigTest, AllFaultsOfAllFilesAreReportedAtOnceInTheOrderOfTheLines) {
  scratch.write("base.toml", "[modle]\nx = 1\n[data.trian]\ny = 1\n");
  scratch.write("a.toml",
                "extends = \"base.toml\"\nqueries = 5\nwindow = 4\n[model]\ntracker = \"none\"\n"
                "[model.trackr]\ntype = \"iou\"\n");
  EXPECT_EQ(
      load_error(),
      "6 faults\n"
      "  a.toml:2:1: a config has no section 'queries'; available: model, window, preprocess, "
      "tracks, memory, classes, weights, run, output, data, loss, train, plugins, stages\n"
      "  a.toml:3:10: window: expected a table, found an integer (4); write its values as "
      "window.NAME = VALUE, or below [window]\n"
      "  a.toml:5:11: model.tracker: expected a table, found a string (\"none\"); write "
      "model.tracker.type = \"none\"\n"
      "  a.toml:6:8: [model] has no part 'trackr'; did you mean 'tracker'?\n"
      "  base.toml:1:2: a config has no section 'modle'; did you mean 'model'?\n"
      "  base.toml:3:7: [data] has no part 'trian'; did you mean 'train'?");
}

TEST_F(ConfigTest, FaultsCanBeCollectedWithThoseFoundLater) {
  scratch.write("a.toml", "[modle]\n[run]\nseed = 1\n");
  Faults faults;
  std::optional<Config> config = load_config("a.toml", {}, faults);
  EXPECT_EQ(faults.size(), 1u);
  EXPECT_EQ(*config->find("run.seed")->integer(), 1);
  EXPECT_FALSE(load_config("absent.toml", {}, faults).has_value());
  EXPECT_EQ(faults.size(), 2u);
}

TEST_F(ConfigTest, TheFirstSyntaxErrorOfEachFileIsReported) {
  scratch.write("one.toml", "[run\n");
  scratch.write("two.toml", "[run]\nname = minvis\n");
  scratch.write("a.toml", "extends = [\"one.toml\", \"two.toml\"]\n[modle]\n");
  EXPECT_EQ(load_error(),
            "3 faults\n"
            "  a.toml:2:2: a config has no section 'modle'; did you mean 'model'?\n"
            "  one.toml:1:5: not valid TOML: in this table header: expected ']', saw '\\n'\n"
            "  two.toml:2:8: not valid TOML: in this value: could not determine value type; "
            "strings need quotes; other values are numbers, true, false, [lists] and { tables }");
}

TEST_F(ConfigTest, KeyGivenTwiceIsASyntaxError) {
  scratch.write("a.toml", "[run]\nseed = 1\nseed = 2\n");
  EXPECT_EQ(load_error().substr(0, 27), "a.toml:3:8: not valid TOML:");
}

TEST_F(ConfigTest, MissingParentIsNamedAtItsPlaceWithTheNearest) {
  scratch.write("base/minvis.toml", "");
  scratch.write("a.toml", "extends = [\n  \"base/minvi.toml\",\n  \"nowhere/x.toml\"]\n");
  EXPECT_EQ(load_error(),
            "2 faults\n"
            "  a.toml:2:3: extends 'base/minvi.toml', which does not exist (base/minvi.toml); did "
            "you mean 'base/minvis.toml'?\n"
            "  a.toml:3:3: extends 'nowhere/x.toml', which does not exist (nowhere/x.toml); there "
            "is no folder nowhere");
}

TEST_F(ConfigTest, AMissingConfigSuggestsTheNearestName) {
  scratch.write("run.toml", "");
  EXPECT_EQ(error_of([] { load_config("rnu.toml"); }),
            "there is no config 'rnu.toml'; did you mean 'run.toml'?");
}

TEST_F(ConfigTest, ExtendsTakesNamesOnly) {
  scratch.write("a.toml", "extends = [3]\n");
  EXPECT_EQ(load_error(),
            "a.toml:1:12: extends: expected the name of a file, found an integer (3); write "
            "extends = \"base.toml\" or extends = [\"one.toml\", \"two.toml\"]");
}

TEST_F(ConfigTest, CycleIsRefusedAndNamed) {
  scratch.write("a.toml", "extends = \"b.toml\"\n");
  scratch.write("b.toml", "\nextends = \"a.toml\"\n");
  EXPECT_EQ(load_error(),
            "b.toml:2:11: a config extends itself: a.toml extends b.toml extends a.toml; remove "
            "one of these");
}

TEST_F(ConfigTest, InstalledNamesStayInsideTheInstalledFolder) {
  scratch.write("a.toml", "extends = \"clipwork:../secret.toml\"\n");
  EXPECT_EQ(load_error(),
            "a.toml:1:11: 'clipwork:../secret.toml' is not the name of an installed config; "
            "installed configs have names like clipwork:minvis/ovis_r50.toml");
}

TEST_F(ConfigTest, FolderOfARunStandsForItsConfig) {
  scratch.write("out/config.toml", "[run]\nseed = 3\n");
  EXPECT_EQ(*load_config("out").find("run.seed")->integer(), 3);
}

TEST_F(ConfigTest, DatesAreRefused) {
  scratch.write("a.toml", "[run]\nday = 2024-05-06\n");
  EXPECT_EQ(
      load_error(),
      "a.toml:2:7: dates and times are not allowed in a config; write it as a string, in quotes");
}

TEST_F(ConfigTest, EndlessNestingIsAnErrorAndNoCrash) {
  auto repeated = [](const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
  };
  for (const std::string& text :
       {"x = " + repeated("[", 10000), "x = " + repeated("{a=", 10000),
        "x" + repeated(".a", 1000000) + " = 1", "[x" + repeated(".a", 1000000) + "]",
        "x" + repeated(".\"=#\"", 300000) + " = 1", "x = {a" + repeated(". a", 300000) + " = 1}",
        "y = \"\"\"\"\"\"\"\"\nx" + repeated(".a", 1000000) + " = 1",
        "x = " + repeated("[", 40) + repeated("]", 40), "[x" + repeated(".a", 40) + "]"}) {
    scratch.write("a.toml", text);
    std::string error = load_error();
    EXPECT_TRUE(error.find("more than 32 levels deep") != std::string::npos ||
                error.find("more than 32 parts") != std::string::npos)
        << text.substr(0, 20) << ": " << error.substr(0, 200);
  }
}

TEST_F(ConfigTest, ManyDotsInTextAndListsAreNoNesting) {
  std::string dots(300, '.');
  scratch.write("a.toml", "[run] # " + dots + "\na = \"" + dots + "\"\nb = '''" + dots +
                              "'''\nc = [" + std::string(200, ' ') + "0.5, 0.5]\n");
  EXPECT_EQ(*load().find("run.a")->text(), dots);
}

TEST_F(ConfigTest, PrintedAndLoadedAgainGivesTheSameTreeAndTheSameText) {
  scratch.write("a.toml", R"([run]
"odd key.with \"dots\"" = 1
big = 1e300
small = 5e-324
third = 0.3333333333333333
whole = 2.0
zero = -0.0
huge = inf
none = nan
hex = 0xff
text = "tab\t quote\" back\\ bell\u0007 ü 日本"
lines = '''
one
two'''
nested = [[1, 2.5], ["x", { a = { b = [true] } }], []]
empty = {}
[[output.many]]
a = 1
[[output.many]]
a = 2
[model.decoder]
type = "vita"
[model.decoder.frame."part.one"]
x = -9223372036854775808
[weights]
)");
  Config config = load();
  for (bool origins : {false, true}) {
    scratch.write("printed.toml", config.toml(origins));
    Config again = load_config("printed.toml");
    EXPECT_EQ(config.tree(), again.tree()) << config.toml(origins);
    EXPECT_TRUE(differences(config, again).empty());
    EXPECT_EQ(config.toml(), again.toml());
  }
  EXPECT_TRUE(std::signbit(*config.find("run.zero")->real()));
}

TEST_F(ConfigTest, EveryShippedConfigLoadsAndIsTheSameWhenItWasPrinted) {
  int count = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(test::source_dir() / "configs")) {
    if (entry.path().extension() != ".toml" || entry.path().stem() == "metafile") continue;
    if (entry.path().parent_path().parent_path().stem() == "tables") continue;
    Config config = load_config(entry.path().string());
    scratch.write("printed.toml", config.toml(true));
    EXPECT_EQ(config.tree(), load_config("printed.toml").tree()) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 5);
}

TEST_F(ConfigTest, PrintsSectionsInTheirOrderEachValueWithItsOrigin) {
  scratch.write("base.toml", "[run]\nseed = 7\n[model.tracker]\ntype = \"embedding\"\n");
  scratch.write("a.toml", "extends = \"base.toml\"\n[window]\nlength = 4\n");
  EXPECT_EQ(load({"model.tracker.buffer=3"}).toml(true),
            "[model.tracker]\n"
            "type = \"embedding\"  # base.toml:4:8\n"
            "buffer = 3          # --set\n"
            "\n"
            "[window]\n"
            "length = 4  # a.toml:3:10\n"
            "\n"
            "[run]\n"
            "seed = 7  # base.toml:2:8\n");
}

TEST_F(ConfigTest, DifferencesNamePathAndBothValues) {
  Config here = parse_config(
      "[run]\nseed = 1\n[tracks]\ntop_k = 5\n[model.tracker]\ntype = \"iou\"\n[weights]\n", "h");
  Config there = parse_config("[run]\nseed = 2\n[tracks]\ntop_k = 5\n[window]\nlength = 4\n", "t");
  std::vector<Difference> found = differences(here, there);
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].path, "run.seed");
  EXPECT_EQ(found[0].here.toml() + " " + found[0].here.origin().text(), "1 h:2:8");
  EXPECT_EQ(found[0].there.toml() + " " + found[0].there.origin().text(), "2 t:2:8");
  EXPECT_EQ(found[1].path, "model.tracker.type");
  EXPECT_TRUE(found[1].there.is_none());
  EXPECT_EQ(found[2].path, "weights");
  EXPECT_EQ(found[3].path, "window.length");
  EXPECT_TRUE(found[3].here.is_none());
}

TEST_F(ConfigTest, DifferenceOfATableAndAValueIsOne) {
  Config here = parse_config("[model.decoder.frame]\ntype = \"x\"\n");
  Config there = parse_config("[model.decoder]\nframe = \"@model.tracker\"\n");
  std::vector<Difference> found = differences(here, there);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].path, "model.decoder.frame");
}

TEST_F(ConfigTest, ExamplesOfTheDocumentationResolveAsItShows) {
  // Each example starts with its file's name as a comment.
  std::istringstream page(test::read_file(test::source_dir() / "docs" / "config.md"));
  std::map<std::string, std::string> examples;
  std::string line, name;
  for (bool inside = false; std::getline(page, line);) {
    if (line == "```toml") {
      std::getline(page, line);
      name = line.substr(2);
      // The comment stays, so that lines count as a reader counts them.
      examples[name] = line + "\n";
      inside = true;
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      examples[name] += line + "\n";
    }
  }
  ASSERT_EQ(examples.size(), 3u);
  for (const auto& [file, text] : examples) scratch.write(file, text);
  EXPECT_EQ("# shown\n" + load_config("mine.toml", {"run.seed=7"}).toml(true), examples["shown"]);
  EXPECT_EQ(load_config("shown").tree(), load_config("mine.toml", {"run.seed=7"}).tree());
}

TEST_F(ConfigTest, FolderWithoutAConfigSaysSo) {
  scratch.write("out/results.json", "[]");
  EXPECT_EQ(error_of([] { load_config("out"); }),
            "there is no config 'out'; it is a folder without a config.toml");
}

TEST_F(ConfigTest, ManyKeysOfATableAreMergedAndComparedInLinearTime) {
  std::string base = "[model.decoder]\n", own = "extends = \"base.toml\"\n[model.decoder]\n";
  for (int i = 0; i < 100'000; ++i) {
    base += cat("k", std::hex, i, "=1\n");
    own += cat("k", std::hex, i + 50'000, "=2\n");
  }
  scratch.write("base.toml", base);
  scratch.write("a.toml", own);
  const double start = user_cpu_seconds();
  const Config config = load();
  EXPECT_EQ(config.find("model.decoder")->table_members()->size(), 150'000u);
  EXPECT_EQ(*config.find("model.decoder.kc350")->integer(), 2);
  EXPECT_EQ(differences(config, load_config("base.toml")).size(), 100'000u);
  EXPECT_TRUE(config.tree() == load().tree());
  // A second or two; with a search through the table for each key, more than a minute.
  EXPECT_LT(user_cpu_seconds() - start, 20);
}

TEST_F(ConfigTest, AChainOfFilesHasAnEnd) {
  for (int i = 0; i < 1000; ++i)
    scratch.write(cat(i, ".toml"), cat("extends = \"", i + 1, ".toml\"\n"));
  scratch.write("1000.toml", "[run]\n");
  EXPECT_EQ(error_of([] { load_config("0.toml"); }),
            "100.toml:1:11: a config extends more than 100 files in all; join some of them");
  EXPECT_EQ(load_config("900.toml").files().size(), 101u);
}

TEST_F(ConfigTest, EveryFileOfAChainIsForgottenBeforeTheNextIsRead) {
  // Each of these files fills its 4 MB with a comment.
  const std::string comment = "#" + std::string(4'000'000, 'x') + "\n";
  for (int i = 0; i < 30; ++i) {
    scratch.write(cat(i, ".toml"), cat("extends = \"", i + 1, ".toml\"\n", comment));
  }
  scratch.write("30.toml", "[run]\nseed = 1\n");
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  EXPECT_EQ(*load_config("0.toml").find("run.seed")->integer(), 1);
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 60'000) << "KiB";
}

TEST_F(ConfigTest, ManyMissingParentsAreNotAllLookedFor) {
  std::string list = "extends = [";
  for (int i = 0; i < 100'000; ++i) list += cat("\"absent", i, ".toml\", ");
  scratch.write("a.toml", list + "]\n");
  Faults faults;
  EXPECT_FALSE(load_config("a.toml", {}, faults).has_value());
  EXPECT_EQ(faults.size(), 101u);
  EXPECT_SAYS(faults.text(), "a config extends more than 100 files in all");
}

TEST_F(ConfigTest, OnlyRegularFilesAreRead) {
  ASSERT_EQ(::mkfifo("pipe", 0600), 0);
  std::filesystem::create_symlink("/dev/zero", "device");
  EXPECT_EQ(error_of([] { load_config("pipe"); }),
            "'pipe' cannot be a config: expected a file, found a named pipe");
  scratch.write("a.toml", "extends = [\"pipe\", \"device\"]\n");
  const std::string error = load_error();
  EXPECT_SAYS(error, "a.toml:1:12: 'pipe' cannot be a config: expected a file, found a named pipe");
  EXPECT_SAYS(error, "cannot be a config: expected a file, found a device");
}

TEST_F(ConfigTest, LargeFilesAndEndlessKeysAreRefused) {
  scratch.write("a.toml", std::string(5'000'000, '#'));
  EXPECT_SAYS(load_error(), "the file has more than 4 MB");
  scratch.write("a.toml", "[run]\n" + std::string(2000, 'k') + " = 1\n");
  EXPECT_EQ(load_error(), "a.toml:2:1: the path of this key has 2003 bytes; the limit is 1000");
}

TEST_F(ConfigTest, FilesOfOtherKindsAreNamed) {
  const auto error_for = [&](const std::string& text) {
    scratch.write("a.toml", text);
    return load_error();
  };
  EXPECT_SAYS(error_for("<!DOCTYPE html>\n<html>"),
              "expected a TOML file, but this is an HTML page");
  EXPECT_SAYS(error_for("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
              "expected a TOML file, but this is a Git LFS pointer");
  EXPECT_SAYS(error_for(std::string("\xff\xfe[\0r\0u\0n\0]\0", 12)),
              "expected a TOML file, but this is text in UTF-16; save it as UTF-8");
  scratch.write("a.toml", "\xef\xbb\xbf[run]\nseed = 5\n");
  EXPECT_EQ(*load().find("run.seed")->integer(), 5);
}

TEST_F(ConfigTest, SectionsOfOtherProjectsAreKnown) {
  scratch.write("a.toml", "lr = 0.1\n[SOLVER]\nBASE_LR = 0.1\nIMS_PER_BATCH = 16\nx = 1\n");
  EXPECT_EQ(load_error(),
            "2 faults\n"
            "  a.toml:1:1: a config has no section 'lr'; did you mean 'train.rate'?\n"
            "  a.toml:2:2: a config has no section 'SOLVER'; did you mean 'train'? BASE_LR is "
            "train.rate here, IMS_PER_BATCH is train.batch here");
  EXPECT_SAYS(load_error({"score_threshold=0.5"}), "did you mean 'tracks.min_score'?");
}

TEST_F(ConfigTest, ThousandsOfUnknownSectionsAreCounted) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += cat("unheard", i, " = 1\n");
  scratch.write("a.toml", text);
  const std::string error = load_error();
  EXPECT_LT(error.size(), 10'000u);
  EXPECT_SAYS(error, "the config has 99980 more unknown sections");
}

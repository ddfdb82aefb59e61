// The program as people and scripts meet it: what it prints, where, and with which exit code.

#include <clipwork/error.h>
#include <clipwork/printable.h>
#include <gmock/gmock.h>

#include <iostream>
#include <iterator>

#include "cli/printable_output.h"
#include "cli/program.h"
#include "runner/run_here.h"
#include "support.h"

using namespace clipwork;
using test::ProgramResult;
using testing::HasSubstr;
using testing::StartsWith;

namespace {

class CommandLine : public testing::Test {
 protected:
  test::ScratchFolder scratch;
  test::WorkingFolder inside{scratch.path()};

  /// Runs the program's verbs in the scratch folder, in this process.
  static ProgramResult run(const std::string& arguments) {
    std::istringstream words(arguments);
    std::vector<std::string> list{std::istream_iterator<std::string>(words), {}};
    return test::run_here(list);
  }
  /// The message of a run that must end with 2 and print no result.
  std::string refusal(const std::string& arguments) {
    ProgramResult result = run(arguments);
    EXPECT_EQ(result.code, 2) << arguments;
    EXPECT_EQ(result.output, "") << arguments;
    return result.errors;
  }
  std::string output(const std::string& arguments) {
    ProgramResult result = run(arguments);
    EXPECT_EQ(result.code, 0) << result.errors;
    EXPECT_EQ(result.errors, "") << arguments;
    return result.output;
  }
};

}  // namespace

TEST_F(CommandLine, HelpIsAResultOfTheProgramAndOfEveryVerb) {
  for (const char* verb : {"", "config ", "config show ", "config check ", "config diff "}) {
    std::string help = output(std::string(verb) + "--help");
    EXPECT_THAT(help, StartsWith("usage: clipwork "));
    size_t examples = help.find("\nexamples:\n  clipwork ");
    ASSERT_NE(examples, std::string::npos) << help;
    EXPECT_NE(help.find("\n  clipwork ", examples + 12), std::string::npos) << help;
    EXPECT_EQ(help, output(std::string(verb) + "-h"));
  }
  EXPECT_THAT(output("config show --help"), HasSubstr("--set KEY=VALUE"));
  // Help is given even where the rest of the line would not do.
  EXPECT_THAT(output("config show --help --seed 1"), StartsWith("usage: clipwork config show"));
}

TEST_F(CommandLine, VersionNamesProgramLibTorchAndLayout) {
  std::string version = output("--version");
  EXPECT_THAT(version, StartsWith("Clipwork "));
  EXPECT_THAT(version, HasSubstr("\nLibTorch 2."));
  EXPECT_THAT(version, HasSubstr("\nplugins: ABI 1, layout "));
}

TEST_F(CommandLine, UnknownVerbNamesTheNearest) {
  EXPECT_EQ(refusal("confg"), "error: unknown verb 'confg'; did you mean 'clipwork config'?\n");
  EXPECT_EQ(refusal("config dif a b"),
            "error: unknown verb 'dif'; did you mean 'clipwork config diff'?\n");
  EXPECT_EQ(refusal("xyzzy"), "error: unknown verb 'xyzzy'; see clipwork --help\n");
}

TEST_F(CommandLine, VerbComesFirst) {
  EXPECT_THAT(refusal(""), StartsWith("error: clipwork needs a verb: "));
  EXPECT_EQ(
      refusal("config"),
      "error: clipwork config needs a verb: show, list, check, diff; see clipwork config --help\n");
  EXPECT_EQ(refusal("--quiet config"),
            "error: expected a verb, found '--quiet'; options follow the verb: clipwork VERB "
            "[OPTIONS]\n");
}

TEST_F(CommandLine, UnknownOptionNamesTheNearestAndNothingIsGuessed) {
  scratch.write("a.toml", "");
  EXPECT_EQ(refusal("config show a.toml --stet run.seed=1"),
            "error: unknown option '--stet'; did you mean '--set'?\n");
  EXPECT_EQ(refusal("config show a.toml --js"),
            "error: unknown option '--js'; did you mean '--json'?\n");
  EXPECT_EQ(refusal("config show a.toml -json"),
            "error: unknown option '-json'; did you mean '--json'?\n");
  EXPECT_EQ(refusal("config show a.toml --work-dir=x"),
            "error: unknown option '--work-dir'; see clipwork config show --help\n");
}

TEST_F(CommandLine, WrongUseIsExplained) {
  scratch.write("a.toml", "");
  EXPECT_EQ(refusal("config show"),
            "error: CONFIG is missing (a config file, the folder of a run, or clipwork:NAME for an "
            "installed one); usage: clipwork config show CONFIG [OPTIONS]\n");
  EXPECT_EQ(refusal("config show a.toml b.toml"),
            "error: unexpected argument 'b.toml'; usage: clipwork config show CONFIG [OPTIONS]\n");
  EXPECT_EQ(refusal("config show a.toml --seed one"),
            "error: --seed: expected an integer, found 'one'\n");
  EXPECT_EQ(refusal("inspect x.so --time-limit nan"),
            "error: --time-limit: expected a number, found 'nan'\n");
  EXPECT_EQ(refusal("inspect x.so --time-limit 1e300"),
            "error: --time-limit expects a number above 0 and up to a day\n");
  EXPECT_EQ(refusal("config show a.toml --seed 1 --seed 2"), "error: --seed is given twice\n");
  EXPECT_EQ(refusal("config show a.toml --log loud"),
            "error: --log: expected error, warn, info or debug, found 'loud'\n");
  EXPECT_EQ(refusal("config show a.toml --cfg-options"),
            "error: --cfg-options expects KEY=VALUE\n");
  EXPECT_THAT(refusal("config show a.toml --set"), HasSubstr("'--set' is missing"));
}

TEST_F(CommandLine, ShowPrintsEveryValueWithItsOriginAndLoadsAgain) {
  scratch.write("base.toml", "[model.tracker]\ntype = \"embedding\"\n");
  scratch.write("a.toml", "extends = \"base.toml\"\n[window]\nlength = 4\n");
  std::string shown = output("config show a.toml --set window.stride=2 --seed 3");
  EXPECT_EQ(shown,
            "[model.tracker]\ntype = \"embedding\"  # base.toml:2:8\n\n"
            "[window]\nlength = 4  # a.toml:3:10\nstride = 2  # --set\n\n"
            "[run]\nseed = 3  # --seed\n");
  scratch.write("again.toml", shown);
  EXPECT_EQ(run("config diff a.toml again.toml --set window.stride=2 --seed 3").output, "");
}

TEST_F(CommandLine, DiffChangesBothConfigsOrTheOtherAlone) {
  scratch.write("a.toml", "[window]\nlength = 4\n");
  EXPECT_EQ(output("config diff a.toml a.toml --set run.seed=1 --set-other window.length=2 "
                   "--set-other run.plain=true"),
            "window.length\n  - 4  # a.toml:2:10\n  + 2  # --set-other\n"
            "run.plain\n  - not set\n  + true  # --set-other\n");
  EXPECT_THAT(refusal("config diff a.toml a.toml --set-other window"), HasSubstr("--set-other"));
}

TEST_F(CommandLine, SpellingsOfOtherProjectsMeanTheSame) {
  scratch.write("a.toml", "[run]\nplain = true\n");
  std::string ours = output("config show a.toml --set run.seed=1 --set window.length=2");
  EXPECT_EQ(ours, output("config show a.toml --cfg-options run.seed=1 window.length=2"));
  EXPECT_EQ(ours, output("config show --cfg-options run.seed=1 window.length=2 --config a.toml"));
  EXPECT_EQ(ours, output("config show --cfg-options=run.seed=1 --config=a.toml --set "
                         "window.length=2"));
}

TEST_F(CommandLine, ShowAsJsonHasValuesAndOrigins) {
  scratch.write("a.toml", "[run]\nseed = 3\nname = \"a\\\"b\"\nlimit = inf\n");
  std::string json = output("config show a.toml --json");
  EXPECT_THAT(json, HasSubstr("\"seed\": 3"));
  EXPECT_THAT(json, HasSubstr(R"("name": "a\"b")"));
  EXPECT_THAT(json, HasSubstr("\"limit\": \"inf\""));
  EXPECT_THAT(json, HasSubstr("\"run.seed\": \"a.toml:2:8\""));
}

TEST_F(CommandLine, CheckReportsEveryFaultOfEveryFileWithItsPlace) {
  scratch.write("base.toml", "[model.decodr]\ntype = \"x\"\n");
  scratch.write("a.toml", "extends = [\"base.toml\", \"absent.toml\"]\n[trakcs]\nwindow = 3\n");
  scratch.write("b.toml", "[run]\nname = bare\n");
  EXPECT_EQ(refusal("config check a.toml b.toml"),
            "error: 4 faults\n"
            "  a.toml:1:25: extends 'absent.toml', which does not exist (absent.toml)\n"
            "  a.toml:2:2: a config has no section 'trakcs'; did you mean 'tracks'?\n"
            "  b.toml:2:8: not valid TOML: in this value: could not determine value type; strings "
            "need quotes; other values are numbers, true, false, [lists] and { tables }\n"
            "  base.toml:1:8: [model] has no part 'decodr'; did you mean 'decoder'?\n");
  ProgramResult json = run("config check a.toml b.toml --json");
  EXPECT_EQ(json.code, 2);
  EXPECT_EQ(json.errors, "");
  EXPECT_THAT(json.output, HasSubstr("\"file\": \"base.toml\",\n    \"line\": 1,\n"));
}

TEST_F(CommandLine, CheckGoesOnToTheParametersOfSectionsAndComponents) {
  scratch.write("a.toml",
                "extends = \"clipwork:minvis/tiny.toml\"\n[windw]\nx = 1\n[run]\nsed = 1\n"
                "[model.tracker]\nbuffer = -1\n");
  std::string program = "cd " + scratch.path().string() + " && " +
                        (test::build_dir() / "bin" / "clipwork").string() + " config check ";
  ProgramResult good = test::run_program(program + "clipwork:minvis/tiny.toml");
  EXPECT_EQ(good.code, 0) << good.errors;
  EXPECT_EQ(good.output, "clipwork:minvis/tiny.toml: no faults\n");
  ProgramResult bad = test::run_program(program + "a.toml");
  EXPECT_EQ(bad.code, 2);
  EXPECT_EQ(
      bad.errors,
      "error: 3 faults\n"
      "  a.toml:2:2: a config has no section 'windw'; did you mean 'window'?\n"
      "  a.toml:5:1: run has no parameter 'sed'; did you mean 'seed'?\n"
      "  a.toml:7:10: model.tracker.buffer = -1 is outside its range; expected from 0 to 100000\n");
}

TEST_F(CommandLine, OneFaultIsOneLine) {
  scratch.write("a.toml", "[run]\n");
  EXPECT_EQ(
      refusal("config show a.toml --set queries=5"),
      "error: --set: a config has no section 'queries'; available: model, window, preprocess, "
      "tracks, memory, classes, weights, run, output, data, loss, train, plugins, stages\n");
  EXPECT_EQ(refusal("config show b.toml"),
            "error: there is no config 'b.toml'; did you mean 'a.toml'?\n");
}

TEST_F(CommandLine, DiffPrintsBothValuesWithTheirOrigins) {
  scratch.write("a.toml", "[run]\nseed = 1\nplain = true\n");
  scratch.write("runs/b/config.toml", "[run]\nseed = 2\nplain = true\n[window]\nlength = 4\n");
  EXPECT_EQ(output("config diff a.toml runs/b"),
            "run.seed\n"
            "  - 1  # a.toml:2:8\n"
            "  + 2  # runs/b/config.toml:2:8\n"
            "window.length\n"
            "  - not set\n"
            "  + 4  # runs/b/config.toml:5:10\n");
  EXPECT_THAT(output("config diff a.toml runs/b --json"), HasSubstr("\"path\": \"run.seed\""));
}

TEST_F(CommandLine, DiffOfEqualConfigsSaysSoUnlessQuiet) {
  scratch.write("a.toml", "[run]\nseed = 1\n");
  ProgramResult result = run("config diff a.toml a.toml");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.output, "");
  EXPECT_EQ(result.errors, "the two configs resolve to the same values\n");
  EXPECT_EQ(output("config diff a.toml a.toml --quiet"), "");
  EXPECT_EQ(output("config diff a.toml a.toml --log warn"), "");
}

TEST_F(CommandLine, InstalledConfigsAreFoundFromTheLibrary) {
  // A copy of the library in a prefix of its own finds the configs of that prefix.
  std::filesystem::create_directories(scratch.path() / "prefix" / "lib");
  std::filesystem::copy_file(test::build_dir() / "lib" / "libclipwork.so",
                             scratch.path() / "prefix" / "lib" / "libclipwork.so");
  scratch.write("prefix/share/clipwork/configs/demo/base.toml", "[run]\nseed = 4\n");
  scratch.write("a.toml", "extends = \"clipwork:demo/base.toml\"\n");
  const std::string built = test::build_dir().string();
  const std::string libraries = "LD_LIBRARY_PATH=prefix/lib:" + built + "/lib ";
  for (const char* name : {"a.toml", "clipwork:demo/base.toml"}) {
    ProgramResult result = test::run_program("cd " + scratch.path().string() + " && " + libraries +
                                             built + "/bin/clipwork config show " + name);
    EXPECT_EQ(result.output,
              "[run]\nseed = 4  # prefix/share/clipwork/configs/demo/base.toml:2:8\n")
        << result.errors;
  }
}

TEST_F(CommandLine, ProcessReturnsTheCodeAndKeepsResultsAndMessagesApart) {
  std::string program = (test::build_dir() / "bin" / "clipwork").string();
  ProgramResult good = test::run_program(program + " --version");
  EXPECT_EQ(good.code, 0);
  EXPECT_THAT(good.output, StartsWith("Clipwork "));
  EXPECT_EQ(good.errors, "");
  ProgramResult bad = test::run_program(program + " confg");
  EXPECT_EQ(bad.code, 2);
  EXPECT_EQ(bad.output, "");
  EXPECT_EQ(bad.errors, "error: unknown verb 'confg'; did you mean 'clipwork config'?\n");
}

TEST_F(CommandLine, FullDiskIsAFailure) {
  std::string program = (test::build_dir() / "bin" / "clipwork").string();
  ProgramResult result = test::run_program("sh -c '" + program + " --help > /dev/full'");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.errors, HasSubstr("standard output could not be written"));
}

TEST_F(CommandLine, FirstExampleOfTheHelpRuns) {
  for (const char* verb : {"", "config ", "config show ", "config check ", "config diff ",
                           "inspect ", "plugins ", "plugins list "}) {
    const std::string help = output(std::string(verb) + "--help");
    const std::string mark = "\nexamples:\n  clipwork ";
    const size_t begin = help.find(mark) + mark.size();
    const std::string example = help.substr(begin, help.find('\n', begin) - begin);
    const ProgramResult result =
        test::run_program(cat("cd ", test::source_dir().string(), " && ",
                              (test::build_dir() / "bin" / "clipwork").string(), " ", example));
    EXPECT_EQ(result.code, 0) << example << ": " << result.errors;
    EXPECT_NE(result.output, "") << example;
  }
}

TEST_F(CommandLine, OptionsOfOtherProjectsAreKnown) {
  scratch.write("a.toml", "");
  EXPECT_EQ(refusal("config show a.toml --lr 0.1"),
            "error: unknown option '--lr'; did you mean '--set train.rate=VALUE'?\n");
  EXPECT_EQ(refusal("config show a.toml --batch-size=4"),
            "error: unknown option '--batch-size'; did you mean '--set train.batch=VALUE'?\n");
  EXPECT_EQ(refusal("config show a.toml --min-score 0.1"),
            "error: unknown option '--min-score'; did you mean '--set tracks.min_score=VALUE'?\n");
  EXPECT_EQ(refusal("weights a.toml --checkpoint b"),
            "error: unknown option '--checkpoint'; did you mean '--set weights.file=VALUE'?\n");
  EXPECT_EQ(refusal("run a.toml --source b --out c"),
            "error: unknown option '--source'; did you mean '--input'?\n");
}

TEST_F(CommandLine, TextOfFilesDoesNotActOnTheTerminal) {
  const std::string evil = "\x1b]0;title\x07\x1b[31m";
  scratch.write("a.toml",
                "[run]\n\""
                "k\\u001b[2J\" = \"v\\u009b31m\\r\\u202e\"\n");
  const auto is_safe = [](const std::string& text) { return printable(text) == text; };
  const ProgramResult shown = run("config show a.toml");
  EXPECT_TRUE(is_safe(shown.output)) << shown.output;
  EXPECT_THAT(shown.output, HasSubstr("\\u202e"));
  const ProgramResult json = run("config show a.toml --json");
  EXPECT_TRUE(is_safe(json.output)) << json.output;
  EXPECT_THAT(json.output, HasSubstr("\\u009b"));
  const ProgramResult checked = run("config check a.toml");
  EXPECT_EQ(checked.code, 2);
  EXPECT_TRUE(is_safe(checked.errors)) << checked.errors;
  EXPECT_THAT(checked.errors, HasSubstr("\\x1b[2J"));
  const ProgramResult absent = run("config show " + evil + ".toml");
  EXPECT_TRUE(is_safe(absent.errors)) << absent.errors;

  // A pickle whose global has such a name, and annotations with such names.
  scratch.write("x.pkl",
                std::string("\x80\x02}X\x01\0\0\0acevil", 14) + evil + "\nname" + evil + "\n)Rs.");
  const ProgramResult weights = run("weights x.pkl");
  EXPECT_TRUE(is_safe(weights.output) && is_safe(weights.errors))
      << weights.output << weights.errors;
  scratch.write("x.json", R"({"videos": [{"id": 1, "height": 4, "width": 5, "length": 1,
    "name": "x\u001b]0;T\u0007\u009b", "file_names": ["\u001b[2J/a.jpg"]}], "categories":
    [{"id": 1, "name": "\u001b[31mred\r"}], "annotations": [{"id": 1, "video_id": 1, "category_id": 1,
    "iscrowd": 0, "segmentations": ["\u001b[31m"]}]})");
  for (const char* arguments : {"dataset check x.json", "dataset info x.json"}) {
    const ProgramResult result = run(arguments);
    EXPECT_TRUE(is_safe(result.output) && is_safe(result.errors)) << result.output << result.errors;
  }
}

TEST_F(CommandLine, CharactersMayBeWrittenInParts) {
  testing::internal::CaptureStdout();
  {
    const cli::PrintableOutput output;
    for (const char c :
         std::string("l\303\244uft \xe2\x82\xac \xe2\x80\xae\x1b \xf0\x9f\x98\x80")) {
      std::cout << c;
    }
    std::cout << "\303\244\xe2"
              << "\x82";
  }
  std::cout << "\x1b";
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            "l\303\244uft \xe2\x82\xac \\u202e\\x1b \xf0\x9f\x98\x80\303\244\\xe2\\x82\x1b");
}

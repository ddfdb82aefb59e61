// Completions, manual pages, and the lists of what is installed.

#include <clipwork/error.h>
#include <gmock/gmock.h>

#include "runner/json_of.h"
#include "runner/run_here.h"

using namespace clipwork;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

class ShellHelp : public testing::Test {
 protected:
  test::ScratchFolder scratch_;

  std::string script(const std::string& shell) {
    const test::ProgramResult done = test::run_here({"completion", shell});
    EXPECT_EQ(done.code, 0) << done.errors;
    return scratch_.write("script", done.output).string();
  }
  /// The words that bash offers at the end of a line.
  std::string offered(const std::string& line) {
    scratch_.write("ask.sh", cat("source ", script("bash"), "\nCOMP_LINE=\"", line,
                                 "\" COMP_POINT=${#COMP_LINE}\n_clipwork\n"
                                 "printf '%s\\n' \"${COMPREPLY[@]}\"\n"));
    const test::ProgramResult done =
        test::run_program(cat("cd ", scratch_.path().string(), " && bash ask.sh"));
    EXPECT_EQ(done.code, 0) << done.errors;
    return done.output;
  }
};

}  // namespace

TEST_F(ShellHelp, BashOffersVerbsOptionsAndInstalledConfigs) {
  EXPECT_EQ(test::run_program(cat("bash -n ", script("bash"))).errors, "");
  EXPECT_EQ(offered("clipwork ev"), "eval\n");
  EXPECT_EQ(offered("clipwork config sh"), "show\n");
  EXPECT_EQ(offered("clipwork config show --js"), "--json\n");
  EXPECT_EQ(offered("clipwork eval --analy"), "--analysis\n");
  EXPECT_EQ(offered("clipwork run clipwork:minvis/tin"), "minvis/tiny.toml\n");
  EXPECT_EQ(offered("clipwork run --log d"), "debug\n");
  EXPECT_EQ(offered("clipwork run x.toml --max-frames "), "\n");
  scratch_.write("mine.toml", "");
  EXPECT_EQ(offered("clipwork run min"), "mine.toml\n");
}

TEST_F(ShellHelp, ScriptsOfOtherShellsAreWholeAndTheirSyntaxIsThatOfTheShell) {
  const std::string zsh = script("zsh"), fish_text = test::run_here({"completion", "fish"}).output;
  EXPECT_THAT(test::read_file(zsh), AllOf(HasSubstr("#compdef clipwork"), HasSubstr("'--analysis["),
                                          HasSubstr("'config show'")));
  EXPECT_THAT(fish_text, AllOf(HasSubstr("= 'config show'\" -l json"),
                               HasSubstr("-f -a eval -d 'scores results")));
  if (test::run_program("zsh --version").code == 0) {
    EXPECT_EQ(test::run_program(cat("zsh -n ", zsh)).errors, "");
  }
  const std::string fish = scratch_.write("script.fish", fish_text).string();
  if (test::run_program("fish --version").code == 0) {
    EXPECT_EQ(test::run_program(cat("fish --no-execute ", fish)).errors, "");
  }
  EXPECT_THAT(test::run_here({"completion", "fisch"}).errors, HasSubstr("did you mean 'fish'?"));
}

TEST_F(ShellHelp, EveryVerbHasAManualPage) {
  const auto folder = scratch_.path() / "man1";
  ASSERT_EQ(test::run_here({"man", "--out", folder.string()}).code, 0);
  const std::string page = test::read_file(folder / "clipwork-config-show.1");
  EXPECT_THAT(page, AllOf(HasSubstr(".TH \"CLIPWORK\\-CONFIG\\-SHOW\" 1"), HasSubstr(".SH OPTIONS"),
                          HasSubstr("\\fB\\-\\-json\\fR"), HasSubstr(".SH EXAMPLES")));
  EXPECT_THAT(test::read_file(folder / "clipwork.1"), HasSubstr("\\fBclipwork\\-run\\fR(1)"));
  if (test::run_program("groff --version").code != 0) GTEST_SKIP() << "groff is not installed";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const test::ProgramResult done =
        test::run_program(cat("groff -man -ww -z ", entry.path().string()));
    EXPECT_EQ(done.errors, "") << entry.path();
  }
}

TEST(Lists, ConfigsAreListedByAWordOfTheirName) {
  const test::ProgramResult all = test::run_here({"config", "list"});
  EXPECT_THAT(all.output, AllOf(HasSubstr("clipwork:demo/novis.toml\n"), Not(HasSubstr("_base_")),
                                Not(HasSubstr("metafile"))));
  const test::ProgramResult some = test::run_here({"config", "list", "OVIS_swin"});
  EXPECT_THAT(some.output,
              AllOf(HasSubstr("clipwork:minvis/ovis_swin_l.toml\n"), Not(HasSubstr("ytvis2019"))));
  EXPECT_EQ(test::run_here({"config", "list", "nothing"}).code, 2);
}

TEST(Lists, TheZooHasMethodsWithThePapersNumbers) {
  const test::ProgramResult done = test::run_here({"zoo", "minvis"});
  EXPECT_EQ(done.code, 0) << done.errors;
  EXPECT_THAT(done.output,
              AllOf(HasSubstr("MinVIS: Online"), HasSubstr("MODEL_ZOO.md (CC BY-NC-SA 4.0)"),
                    Not(HasSubstr("VITA: "))));
  const test::ProgramResult as_json = test::run_here({"zoo", "ovis", "--json"});
  rapidjson::Document zoo;
  zoo.Parse(as_json.output.c_str());
  ASSERT_FALSE(zoo.HasParseError()) << as_json.output;
  bool found = false;
  for (const auto& method : zoo.GetArray()) {
    for (const auto& config : method["configs"].GetArray()) {
      if (std::string(config["config"].GetString()) != "clipwork:minvis/ovis_r50.toml") continue;
      found = true;
      EXPECT_EQ(config["ap"].GetDouble(), 25.0);
      EXPECT_STREQ(config["backbone"].GetString(), "R50");
    }
  }
  EXPECT_TRUE(found);
  EXPECT_THAT(test::run_here({"zoo", "yolo"}).errors, HasSubstr("no method or config has 'yolo'"));
}

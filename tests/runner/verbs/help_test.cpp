// The first example of a help text runs as it is printed.

#include <gmock/gmock.h>

#include "support.h"

namespace clipwork::test {
namespace {

/// The program in a scratch folder, as people type it.
class Help : public testing::Test {
 protected:
  ScratchFolder scratch_;

  ProgramResult typed(const std::string& command) const {
    return run_program(cat("cd ", scratch_.path().string(), " && export PATH=",
                           (build_dir() / "bin").string(), ":$PATH && ", command));
  }
  std::string first_example(const std::string& verb) const {
    const std::string help = typed(cat("clipwork ", verb, " --help")).output;
    const std::string title = "\nexamples:\n  ";
    const size_t begin = help.find(title);
    EXPECT_NE(begin, help.npos) << help;
    const size_t first = begin + title.size();
    return help.substr(first, help.find('\n', first) - first);
  }
  void expect_runs(const std::string& verb, const std::string& more = "") const {
    const std::string example = first_example(verb);
    EXPECT_TRUE(cat(example, " ").starts_with(cat("clipwork ", verb, " "))) << example;
    const ProgramResult done = typed(example + more);
    EXPECT_EQ(done.code, 0) << example << "\n" << done.errors;
  }
};

TEST_F(Help, ExamplesOfVerbsThatRunModelsNeedNothingThatIsNotInstalled) {
  expect_runs("eval");
  // The training itself takes minutes.
  expect_runs("train", " --dry-run");
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "runs"));
}

TEST_F(Help, ExampleOfRunNeedsItsVideoAlone) {
  CLIPWORK_NEEDS_VIDEO();
  ASSERT_EQ(typed("clipwork dataset make --shapes dog.mp4 --frames 3").code, 0);
  expect_runs("run");
}

TEST_F(Help, ExamplesOfOtherVerbsRun) {
  for (const char* verb :
       {"config show", "inspect", "plugins list", "new-plugin", "dataset info"}) {
    expect_runs(verb);
  }
}

TEST_F(Help, ExamplesThatWriteVideosAndPicturesRun) {
  CLIPWORK_NEEDS_VIDEO();
  expect_runs("dataset make");
  expect_runs("dataset browse");
  const ProgramResult made = typed("clipwork dataset make --shapes new/folder/a.mp4 --frames 2");
  EXPECT_EQ(made.code, 0) << made.errors;
  EXPECT_TRUE(std::filesystem::exists(scratch_.path() / "new/folder/a.mp4"));
}

TEST_F(Help, ExampleOfWeightsNeedsItsFileAlone) {
  const std::string demo = (source_dir() / "configs/demo/novis.safetensors").string();
  ASSERT_EQ(typed(cat("clipwork weights ", demo, " --convert model.pth")).code, 0);
  expect_runs("weights");
}

}  // namespace
}  // namespace clipwork::test

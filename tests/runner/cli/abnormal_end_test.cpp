// A plugin that ends the program never ends it as a success, and is named.

#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>

#include "runner/json_of.h"
#include "support.h"

namespace clipwork::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class AbnormalEnd : public testing::Test {
 protected:
  AbnormalEnd() {
    fs::create_directory(plugins_);
    fs::copy(build_dir() / "tests/fixtures/misbehaves.so", plugins_);
  }
  /// What the program does with the plugin on its path, which does what `how` says.
  ProgramResult program(const std::string& how, const std::string& arguments) const {
    return run_program(cat("CLIPWORK_MISBEHAVE=", how, " ", (build_dir() / "bin/clipwork").string(),
                           " ", arguments, " --plugin-path ", plugins_.string()));
  }
  /// An evaluation of a video with the plugin's tracker.
  ProgramResult eval(const std::string& how, const std::string& more = "") const {
    return program(how, cat("eval ", config(),
                            " rule --set data.eval.videos=1 --set "
                            "preprocess.short_edge=32 --set model.tracker.type=ends --out ",
                            out_.string(), " ", more));
  }
  static std::string config() { return (source_dir() / "configs/minvis/tiny.toml").string(); }
  std::string plugin() const {
    return cat("plugin 'misbehaves' 1.0.0 (", (plugins_ / "misbehaves.so").string(), ")");
  }

  ScratchFolder scratch_;
  fs::path plugins_ = scratch_.path() / "plugins", out_ = scratch_.path() / "out";
};

TEST_F(AbnormalEnd, ExitInARegistrationOrAStaticConstructorIsAFailureOfAnyVerb) {
  for (const char* how : {"exit", "static_exit"}) {
    for (const std::string& arguments :
         {"config check " + config(), "eval " + config() + " rule --out " + out_.string()}) {
      const ProgramResult result = program(how, arguments);
      EXPECT_EQ(result.code, 1) << how << ": " << arguments;
      EXPECT_THAT(result.errors,
                  HasSubstr("error: " + plugin() + ": ended the program by calling exit()"));
      EXPECT_EQ(result.output, "");
    }
  }
  EXPECT_FALSE(fs::exists(out_));
}

TEST_F(AbnormalEnd, ExitInAComponentLeavesARunThatSaysIncomplete) {
  const ProgramResult result = eval("track_exit");
  EXPECT_EQ(result.code, 1);
  const std::string says =
      "tracker 'ends' of " + plugin() + ": ended the program by calling exit()";
  EXPECT_THAT(result.errors, HasSubstr(says));
  const auto run = json_of(out_ / "run.json");
  EXPECT_STREQ(run["state"].GetString(), "incomplete");
  EXPECT_THAT(run["reason"].GetString(), HasSubstr(says));
}

TEST_F(AbnormalEnd, ACrashNamesTheComponent) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer reports crashes itself";
#endif
  for (const auto& [how, signal, name] :
       {std::tuple("track_segfault", SIGSEGV, "SIGSEGV"), {"track_abort", SIGABRT, "SIGABRT"}}) {
    const ProgramResult result = eval(how, "--overwrite");
    EXPECT_EQ(result.code, 128 + signal) << how;
    EXPECT_THAT(result.errors, HasSubstr(cat("error: the program crashed (", name,
                                             ") in tracker 'ends' of ", plugin(), "\n")));
  }
}

TEST_F(AbnormalEnd, WhateverIsThrownNamesVideoFrameAndComponent) {
  const ProgramResult result = eval("track_throw");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.errors, HasSubstr(cat(", tracker 'ends' of ", plugin(),
                                           ": threw an object that is not a std::exception")));
}

TEST_F(AbnormalEnd, ATrackerThatLinksNothingIsRefused) {
  const ProgramResult result = eval("");
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.errors,
              HasSubstr(cat(", tracker 'ends' of ", plugin(), ": expected one link for each of ")));
}

}  // namespace
}  // namespace clipwork::test

#include <clipwork/host/running_code.h>
#include <gtest/gtest.h>

#include <thread>

using namespace clipwork;

TEST(CodeOwner, NamesComponentPluginVersionAndFile) {
  EXPECT_EQ((CodeOwner{"tracker", "mine", "own", "0.3.0", "/p/own.so"}.text()),
            "tracker 'mine' of plugin 'own' 0.3.0 (/p/own.so)");
  EXPECT_EQ((CodeOwner{"", "", "own", "0.3.0", "/p/own.so"}.text()),
            "plugin 'own' 0.3.0 (/p/own.so)");
  EXPECT_EQ((CodeOwner{"tracker", "mine", "own", "", ""}.text()), "tracker 'mine'");
}

TEST(RunningCode, IsTheInnermostCallOfTheThread) {
  EXPECT_EQ(running_code(), nullptr);
  {
    const RunningCode outer({"samples", "clips", "", "", ""});
    {
      const RunningCode inner({"transform", "flip", "", "", ""});
      EXPECT_EQ(running_code()->text(), "transform 'flip'");
      std::thread([] { EXPECT_EQ(running_code(), nullptr); }).join();
    }
    EXPECT_EQ(running_code()->text(), "samples 'clips'");
  }
  EXPECT_EQ(running_code(), nullptr);
}

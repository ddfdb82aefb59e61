#include <clipwork/error.h>
#include <gtest/gtest.h>

#include <vector>

using namespace clipwork;

TEST(Error, SaysWhereWhatAndWhatToDo) {
  InputError error("no such file", "run.toml:3:1", "write its full path");
  EXPECT_STREQ(error.what(), "run.toml:3:1: no such file; write its full path");
  EXPECT_EQ(error.code(), ExitCode::bad_input);
  error.within("config");
  EXPECT_STREQ(error.what(), "config, run.toml:3:1: no such file; write its full path");
}

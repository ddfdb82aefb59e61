// Where data lies, and that file names stay in their folder.

#include <clipwork/data/data_paths.h>
#include <clipwork/error.h>
#include <gtest/gtest.h>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;

TEST(DataPaths, BelowTheRootOrRefused) {
  ScratchFolder scratch;
  scratch.write("root/a.jpg", "");
  scratch.write("secret.jpg", "");
  const auto root = scratch.path() / "root";
  std::filesystem::create_symlink("../secret.jpg", root / "link.jpg");
  std::filesystem::create_symlink("a.jpg", root / "inside.jpg");
  EXPECT_EQ(below(root, "a.jpg"), root / "a.jpg");
  EXPECT_EQ(below(root, "inside.jpg"), root / "inside.jpg");
  EXPECT_THROW(below(root, "../secret.jpg"), InputError);
  EXPECT_THROW(below(root, (scratch.path() / "secret.jpg").string()), InputError);
  EXPECT_THROW(below(root, "link.jpg"), InputError);
}

TEST(DataPaths, NamesThatAreNotThoseOfAFileBelowAreNamed) {
  EXPECT_EQ(fault_of_name("v1/..a/0.jpg", "images"), "");
  EXPECT_EQ(fault_of_name("", "images"), "a file name is empty");
  EXPECT_EQ(fault_of_name("a/../b.jpg", "images"),
            "the file name 'a/../b.jpg' leads out of images");
  for (const char* name : {"/v1/0.jpg", "C:/v1/0.jpg", "c:0.jpg", "//server/0.jpg"}) {
    EXPECT_TRUE(is_absolute_name(name)) << name;
    EXPECT_EQ(
        fault_of_name(name, "images"),
        cat("the file name '", name, "' is an absolute path, expected one relative to images"));
  }
}

TEST(DataPaths, RelativeOnesAreLookedForBelowTheDataFolderFirst) {
  ScratchFolder scratch;
  scratch.write("data/x.json", "");
  const WorkingFolder here(scratch.path());
  ::setenv("CLIPWORK_DATA", (scratch.path() / "data").c_str(), 1);
  EXPECT_EQ(find_data("x.json"), (scratch.path() / "data/x.json").string());
  ::unsetenv("CLIPWORK_DATA");
  EXPECT_EQ(find_data("data/x.json"), "data/x.json");
  EXPECT_THROW(find_data("x.json"), InputError);
}

// The hash that tells whether a plugin was compiled against the same public headers, and the record
// that keeps them from changing unnoticed.

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "support.h"

using namespace clipwork;
namespace fs = std::filesystem;

namespace {

/// The generated header for a tree of two headers of one base name.
std::string hash_of(const std::string& outer, const std::string& inner) {
  test::ScratchFolder scratch;
  fs::path a = scratch.write("include/clipwork/norm.h", outer);
  fs::path b = scratch.write("include/clipwork/ops/norm.h", inner);
  fs::path out = scratch.path() / "layout_hash.h";
  auto result = test::run_program("cmake -DOUT=" + out.string() + " '-DHEADERS=" + b.string() +
                                  ";" + a.string() + "' -P " +
                                  (test::source_dir() / "cmake/layout_hash.cmake").string());
  EXPECT_EQ(result.code, 0) << result.errors;
  return test::read_file(out);
}

const std::string kStruct = "struct A {\n  int x;\n  int y[2];\n};\n";

}  // namespace

TEST(LayoutHash, LeavesOutCommentsAndSpacesAndWhereTheTreeLies) {
  std::string hash = hash_of(kStruct, "struct B;");
  EXPECT_NE(hash.find("#define CLIPWORK_LAYOUT_HASH 0x"), std::string::npos) << hash;
  // Each call has a folder of its own.
  EXPECT_EQ(hash_of(kStruct, "struct B;"), hash);
  EXPECT_EQ(hash_of("// a comment; with [brackets\nstruct A { int x; // one\n int y[2]; };",
                    "struct  B;"),
            hash);
}

TEST(LayoutHash, ChangesWithOrderTypesAndTheFileOfAText) {
  std::string hash = hash_of(kStruct, "struct B;");
  EXPECT_NE(hash_of("struct A { int y[2]; int x; };", "struct B;"), hash);
  EXPECT_NE(hash_of("struct A { long x; int y[2]; };", "struct B;"), hash);
  EXPECT_NE(hash_of("struct B;", kStruct), hash);
}

namespace {

/// Runs a command whose message CMake breaks into lines where it likes.
test::ProgramResult one_line(const std::string& command) {
  test::ProgramResult result = test::run_program(command);
  result.errors = std::regex_replace(result.errors, std::regex("[ \n]+"), " ");
  return result;
}

/// A tree of the files that the record is about.
class LayoutRecord : public testing::Test {
 protected:
  LayoutRecord() {
    layout("1111");
    abi(1);
    changes("first");
    scratch_.write("layout.txt", "abi 0\nlayout 0\nchangelog 0\n");
    EXPECT_EQ(record().code, 0);
  }
  void layout(const std::string& hash) const {
    scratch_.write("layout_hash.h", "#define CLIPWORK_LAYOUT_HASH 0x" + hash + "ULL\n");
  }
  void abi(int number) const {
    scratch_.write("plugin_note.h",
                   "constexpr uint32_t kAbiNumber = " + std::to_string(number) + ";");
  }
  void changes(const std::string& text) const { scratch_.write("CHANGELOG.md", text); }
  test::ProgramResult record(const std::string& options = "") const {
    return one_line("cd '" + scratch_.path().string() +
                    "' && cmake -DLAYOUT=layout_hash.h -DNOTE=plugin_note.h "
                    "-DCHANGELOG=CHANGELOG.md -DRECORD=layout.txt " +
                    options + " -P '" +
                    (test::source_dir() / "cmake/record_layout.cmake").string() + "'");
  }
  test::ScratchFolder scratch_;
};

}  // namespace

TEST_F(LayoutRecord, IsThatOfTheTree) {
  const test::ProgramResult result = test::run_program(
      "cmake -DCHECK=ON -DLAYOUT='" +
      (test::build_dir() / "include/clipwork/layout_hash.h").string() + "' -DNOTE='" +
      (test::source_dir() / "registry/include/clipwork/plugin_note.h").string() +
      "' -DCHANGELOG='" + (test::source_dir() / "CHANGELOG.md").string() + "' -DRECORD='" +
      (test::source_dir() / "registry/layout.txt").string() + "' -P '" +
      (test::source_dir() / "cmake/record_layout.cmake").string() + "'");
  EXPECT_EQ(result.code, 0) << result.errors;
}

TEST_F(LayoutRecord, IsNotWrittenForHeadersThatChangedWithoutAWord) {
  layout("2222");
  const std::string before = test::read_file(scratch_.path() / "layout.txt");
  for (const char* options : {"", "-DCHECK=ON"}) {
    const test::ProgramResult silent = record(options);
    EXPECT_NE(silent.code, 0);
    EXPECT_SAYS(silent.errors, "CHANGELOG.md does not");
  }
  EXPECT_EQ(test::read_file(scratch_.path() / "layout.txt"), before);

  changes("first, and second");
  const test::ProgramResult check = record("-DCHECK=ON");
  EXPECT_NE(check.code, 0);
  EXPECT_SAYS(check.errors, "--target record_layout");
  EXPECT_EQ(record().code, 0);
  EXPECT_EQ(record("-DCHECK=ON").code, 0);
  // What changes only in CHANGELOG.md is nothing to record.
  changes("third");
  EXPECT_EQ(record("-DCHECK=ON").code, 0);
}

TEST_F(LayoutRecord, FollowsTheAbiNumberToo) {
  abi(2);
  EXPECT_NE(record("-DCHECK=ON").code, 0);
  EXPECT_EQ(record().code, 0);
  EXPECT_EQ(record("-DCHECK=ON").code, 0);
}

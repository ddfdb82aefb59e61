// The hash that tells whether a plugin was compiled against the same public headers.

#include <gtest/gtest.h>

#include <filesystem>

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

#include <clipwork/error.h>
#include <clipwork/read_file.h>
#include <gmock/gmock.h>

#include "support.h"

namespace clipwork::test {

TEST(ReadFile, ReturnsAllBytes) {
  ScratchFolder scratch;
  const std::string bytes("a\0b\r\n\xff", 6);
  scratch.write("bytes", bytes);
  EXPECT_EQ(clipwork::read_file(scratch.path() / "bytes"), bytes);
  scratch.write("empty", "");
  EXPECT_EQ(clipwork::read_file(scratch.path() / "empty"), "");
}

TEST(ReadFile, NamesAFileThatCannotBeRead) {
  ScratchFolder scratch;
  for (const std::filesystem::path& file : {scratch.path() / "none", scratch.path()}) {
    try {
      clipwork::read_file(file);
      ADD_FAILURE() << file << " was read";
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr(file.string()));
    }
  }
}

}  // namespace clipwork::test

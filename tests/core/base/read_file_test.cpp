#include <clipwork/error.h>
#include <clipwork/read_file.h>
#include <gmock/gmock.h>

#include <sys/stat.h>

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

TEST(ReadFile, RefusesWhatIsNotARegularFileAndDoesNotWait) {
  ScratchFolder scratch;
  ASSERT_EQ(::mkfifo((scratch.path() / "pipe").c_str(), 0600), 0);
  std::filesystem::create_symlink("/dev/zero", scratch.path() / "device");
  const auto refusal = [&](const std::string& name) {
    return error_of<InputError>([&] { clipwork::read_file(scratch.path() / name); });
  };
  EXPECT_THAT(refusal("pipe"), testing::HasSubstr("expected a file, found a named pipe"));
  EXPECT_THAT(refusal("device"), testing::HasSubstr("expected a file, found a device"));
  EXPECT_THAT(refusal("."), testing::HasSubstr("expected a file, found a folder"));
}

TEST(ReadFile, ReadsNoMoreThanAllowed) {
  ScratchFolder scratch;
  const std::filesystem::path file = scratch.write("five", "12345");
  EXPECT_EQ(clipwork::read_file(file, 5), "12345");
  EXPECT_THAT(error_of<InputError>([&] { clipwork::read_file(file, 4); }),
              testing::HasSubstr("more than 4 bytes"));
  // A file of a terabyte without a byte on the disk.
  std::filesystem::resize_file(file, uintmax_t{1} << 40);
  EXPECT_THAT(error_of<InputError>([&] { clipwork::read_file(file, 1 << 20); }),
              testing::HasSubstr("more than 1 MB"));
}

}  // namespace clipwork::test

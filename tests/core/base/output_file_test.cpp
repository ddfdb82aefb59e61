#include <clipwork/error.h>
#include <clipwork/output_file.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "support.h"

using namespace clipwork;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> files_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

std::string refusal_of(const fs::path& file, const std::string& content = "text") {
  return test::error_of([&] { write_file(file, content); });
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST(OutputFile, AppearsOnCommitAndNotBefore) {
  test::ScratchFolder scratch;
  auto file = scratch.path() / "results.json";
  OutputFile output(file);
  output.write("[1, ");
  output.write("2]");
  EXPECT_FALSE(fs::exists(file));
  EXPECT_EQ(output.temporary().extension(), ".json");
  EXPECT_EQ(output.temporary().parent_path(), scratch.path());
  output.commit();
  EXPECT_EQ(test::read_file(file), "[1, 2]");
  EXPECT_EQ(files_in(scratch.path()), std::vector<std::string>{"results.json"});
  EXPECT_THROW(output.write("3"), Error);
  EXPECT_THROW(output.commit(), Error);
}

TEST(OutputFile, WithoutCommitLeavesTheOldFileAndNothingElse) {
  test::ScratchFolder scratch;
  auto file = scratch.write("a.txt", "old");
  {
    OutputFile output(file);
    output.write(std::string(1 << 20, 'x'));
  }
  EXPECT_EQ(test::read_file(file), "old");
  EXPECT_EQ(files_in(scratch.path()).size(), 1u);
}

TEST(OutputFile, KeepsTheOrderOfSmallAndLargeWrites) {
  test::ScratchFolder scratch;
  std::string expected;
  OutputFile output(scratch.path() / "a");
  for (size_t size : {3u, 300000u, 5u, 262144u, 1u, 262143u, 7u}) {
    std::string part(size, static_cast<char>('a' + size % 26));
    output.write(part);
    expected += part;
  }
  output.commit();
  EXPECT_EQ(test::read_file(scratch.path() / "a"), expected);
}

TEST(OutputFile, TakesWhatAnEncoderWroteUnderTheTemporaryName) {
  test::ScratchFolder scratch;
  OutputFile output(scratch.path() / "overlay.mp4");
  std::ofstream(output.temporary()) << "video";
  output.commit();
  EXPECT_EQ(test::read_file(scratch.path() / "overlay.mp4"), "video");
}

TEST(OutputFile, ReplacesTheFileBehindALinkAndNotTheLink) {
  test::ScratchFolder scratch;
  fs::create_directory(scratch.path() / "elsewhere");
  auto target = scratch.write("elsewhere/a", "old");
  fs::create_symlink(target, scratch.path() / "link");
  write_file(scratch.path() / "link", "new");
  EXPECT_TRUE(fs::is_symlink(scratch.path() / "link"));
  EXPECT_EQ(test::read_file(target), "new");
}

TEST(OutputFile, MakesItsFolder) {
  test::ScratchFolder scratch;
  write_file(scratch.path() / "new" / "folders" / "a", "text");
  EXPECT_EQ(test::read_file(scratch.path() / "new" / "folders" / "a"), "text");
  const test::WorkingFolder inside(scratch.path());
  write_file("beside", "text");
  EXPECT_EQ(test::read_file("beside"), "text");
}

TEST(OutputFile, NamesPathAndCauseWhenItCannotBeWritten) {
  test::ScratchFolder scratch;
  fs::create_directory(scratch.path() / "folder");
  scratch.write("file", "");
  EXPECT_TRUE(contains(refusal_of("/dev/full"), "/dev/full: cannot be written: No space left"));
  EXPECT_TRUE(contains(refusal_of(scratch.path() / "folder"), "folder: cannot be written: Is a"));
  EXPECT_TRUE(contains(refusal_of(scratch.path() / "file" / "a"), "Not a directory"));
  // A folder in which not even root may create files.
  EXPECT_TRUE(contains(refusal_of("/proc/self/a"), "/proc/self/a: cannot be written"));
  EXPECT_EQ(files_in(scratch.path()).size(), 2u);
}

TEST(OutputFile, LeavesNothingWhenAFolderTakesItsNameMeanwhile) {
  test::ScratchFolder scratch;
  {
    OutputFile output(scratch.path() / "a");
    output.write("text");
    fs::create_directory(scratch.path() / "a");
    EXPECT_THROW(output.commit(), Error);
  }
  EXPECT_EQ(files_in(scratch.path()), std::vector<std::string>{"a"});
}

TEST(OutputFile, ReportsThatAFileSizeLimitIsReached) {
  test::ScratchFolder scratch;
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  struct rlimit small = before;
  small.rlim_cur = 4096;
  std::string message;
  ::setrlimit(RLIMIT_FSIZE, &small);
  message = refusal_of(scratch.path() / "a", std::string(10000, 'x'));
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_TRUE(contains(message, "a: cannot be written: File too large")) << message;
  EXPECT_TRUE(files_in(scratch.path()).empty());
}

TEST(OutputFile, IsWholeWheneverTheProgramIsKilled) {
  test::ScratchFolder scratch;
  auto file = scratch.path() / "a";
  std::mt19937 random(1);
  auto content = [](int round) { return std::string(300000, static_cast<char>('a' + round % 26)); };
  write_file(scratch.path() / "a", content(0));
  for (int kill = 0; kill < 30; ++kill) {
    pid_t child = ::fork();
    if (child == 0) {
      for (int round = 0;; ++round) write_file(file, content(round));
    }
    ::usleep(random() % 20000);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    std::string found = test::read_file(file);
    ASSERT_EQ(found.size(), 300000u);
    ASSERT_EQ(found.find_first_not_of(found[0]), std::string::npos);
  }
}

TEST(OutputFile, RemovesWhatKilledProgramsLeftAndNothingElse) {
  test::ScratchFolder scratch;
  auto folder = scratch.path() / "run";
  fs::create_directory(folder);
  pid_t child = ::fork();
  if (child == 0) {
    OutputFile output(folder / "a.txt");
    output.write("half");
    ::raise(SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  ASSERT_EQ(files_in(folder).size(), 1u);
  std::string left = files_in(folder)[0];
  auto of_process = [&](pid_t pid) {
    std::string name = left;
    std::string number = std::to_string(child);
    return name.replace(name.find(number), number.size(), std::to_string(pid));
  };
  // Numbers of processes come again: in a container every run may have the same one.
  std::string same_number = of_process(::getpid()), running = of_process(::getppid());
  scratch.write("run/" + same_number, "of a program before this one");
  scratch.write("run/" + running, "of a program that runs");
  scratch.write("run/.clipwork-notes", "of somebody else");
  write_file(folder / "b.txt", "whole");
  EXPECT_FALSE(fs::exists(folder / left));
  EXPECT_FALSE(fs::exists(folder / same_number));
  EXPECT_TRUE(fs::exists(folder / running));
  EXPECT_TRUE(fs::exists(folder / ".clipwork-notes"));
  EXPECT_TRUE(fs::exists(folder / "b.txt"));
}

// Folders of a training's checkpoints: whole or not at all, and never the last good one lost.

#include <clipwork/host/checkpoint_store.h>
#include <clipwork/output_file.h>
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;
namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

auto content(const std::string& text) {
  return [text](const fs::path& folder) {
    write_file(folder / "model.safetensors", text);
    write_file(folder / "config.toml", "a = 1\n");
  };
}

struct Store : testing::Test {
  ScratchFolder scratch;
  fs::path folder = scratch.path() / "checkpoints";
  CheckpointStore store{folder};
  void SetUp() override { store.open_for_writing(); }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
};

using CheckpointStoreTest = Store;

TEST_F(CheckpointStoreTest, FindsTheNewest) {
  EXPECT_FALSE(store.newest());
  store.write(5, content("five"));
  store.write(10, content("ten"));
  EXPECT_EQ(store.newest(), 10);
  EXPECT_EQ(read_file(store.path(10) / "model.safetensors"), "ten");
  EXPECT_THAT(names(), ElementsAre("iter_0000005", "iter_0000010"));
}

TEST_F(CheckpointStoreTest, PassesOverATornOneByName) {
  store.write(5, content("five"));
  store.write(10, content("ten"));
  store.write(15, content("fifteen"));
  fs::resize_file(store.path(15) / "model.safetensors", 3);
  std::ofstream(store.path(10) / "model.safetensors") << "TEN";
  std::vector<CheckpointStore::Skipped> skipped;
  EXPECT_EQ(store.newest(&skipped), 5);
  ASSERT_EQ(skipped.size(), 2u);
  EXPECT_EQ(skipped[0].name, "iter_0000015");
  EXPECT_THAT(skipped[0].reason, HasSubstr("has 3 bytes, expected 7"));
  EXPECT_EQ(skipped[1].name, "iter_0000010");
  EXPECT_THAT(skipped[1].reason, HasSubstr("has changed since it was written"));
}

TEST_F(CheckpointStoreTest, DoesNotTakeAFolderForACheckpointBecauseOfItsName) {
  store.write(5, content("five"));
  fs::create_directory(folder / "iter_0000099");
  fs::create_directory(folder / "iter_tomorrow");
  std::vector<CheckpointStore::Skipped> skipped;
  EXPECT_EQ(store.newest(&skipped), 5);
  ASSERT_EQ(skipped.size(), 1u);
  EXPECT_EQ(skipped[0].name, "iter_0000099");
}

TEST_F(CheckpointStoreTest, ReadsNoFileOutsideTheFolderThatAnIndexNames) {
  store.write(5, content("five"));
  write_file(store.path(5) / "index.json",
             R"({"files": {"../../secret": {"size": 0, "sha256": ""}}})");
  std::vector<CheckpointStore::Skipped> skipped;
  EXPECT_FALSE(store.newest(&skipped));
  EXPECT_THAT(skipped.at(0).reason, HasSubstr("is not an index of a checkpoint"));
}

TEST_F(CheckpointStoreTest, KeepsTheLastOnesAndTheBest) {
  for (int64_t step : {1, 2, 3, 4}) store.write(step, content("x"));
  store.set_best("AP", 1);
  store.prune(2, 4);
  EXPECT_THAT(names(), ElementsAre("best_AP", "iter_0000001", "iter_0000003", "iter_0000004"));
  EXPECT_EQ(store.best("AP"), 1);
  EXPECT_EQ(read_file(folder / "best_AP" / "model.safetensors"), "x");
  store.set_best("AP", 4);
  store.prune(2, 4);
  EXPECT_THAT(names(), ElementsAre("best_AP", "iter_0000003", "iter_0000004"));
}

TEST_F(CheckpointStoreTest, DoesNotCountATornOneAmongTheLast) {
  store.write(5, content("five"));
  store.write(20, content("torn later"));
  fs::remove(store.path(20) / "index.json");
  store.write(6, content("six"));
  store.prune(1, 6);
  EXPECT_THAT(names(), ElementsAre("iter_0000006"));
}

TEST_F(CheckpointStoreTest, WritesATornOneAnew) {
  store.write(5, content("five"));
  fs::resize_file(store.path(5) / "config.toml", 1);
  store.write(5, content("again"));
  EXPECT_EQ(store.newest(), 5);
  EXPECT_EQ(read_file(store.path(5) / "model.safetensors"), "again");
}

TEST_F(CheckpointStoreTest, LeavesNothingOfOneThatCouldNotBeWritten) {
  store.write(5, content("five"));
  EXPECT_THROW(store.write(6,
                           [](const fs::path& into) {
                             write_file(into / "model.safetensors", "half");
                             throw Error("the disk is full");
                           }),
               Error);
  EXPECT_THAT(names(), ElementsAre("iter_0000005"));
  EXPECT_EQ(store.newest(), 5);
}

TEST_F(CheckpointStoreTest, KeepsTheOldOneOnAFullDisk) {
  store.write(5, content("five"));
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit little{1000, before.rlim_max};
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &little);
  std::string message;
  try {
    store.write(6, content(std::string(5000, 'x')));
  } catch (const Error& error) {
    message = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message, HasSubstr("cannot be written: File too large"));
  EXPECT_THAT(names(), ElementsAre("iter_0000005"));
  EXPECT_EQ(store.newest(), 5);
}

TEST_F(CheckpointStoreTest, RemovesWhatAKilledProcessLeft) {
  fs::create_directory(folder / ".unfinished-iter_0000007");
  write_file(folder / ".unfinished-iter_0000007" / "model.safetensors", "half");
  {
    CheckpointStore other(scratch.path() / "other");
    fs::create_directories(scratch.path() / "other" / ".unfinished-removed-iter_0000001");
    other.open_for_writing();
    EXPECT_TRUE(fs::is_empty(scratch.path() / "other"));
  }
  EXPECT_EQ(store.steps(), std::vector<int64_t>());
}

TEST_F(CheckpointStoreTest, IsWrittenByOneAtATime) {
  CheckpointStore second(folder);
  EXPECT_THROW(second.open_for_writing(), InputError);
}

}  // namespace

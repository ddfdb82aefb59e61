// The checkpoint that a folder of a training stands for.

#include <clipwork/error.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/checkpoint_folder.h>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;
namespace fs = std::filesystem;

namespace {

struct TrainingFolder : testing::Test {
  ScratchFolder scratch;
  fs::path run = fs::canonical(scratch.path()) / "run";
  fs::path all = run / "checkpoints";

  void add(const std::string& name) const {
    scratch.write("run/checkpoints/" + name + "/" + kModelFile, name);
  }
  void link(const std::string& name, const std::string& target) const {
    fs::create_directory_symlink(target, all / name);
  }
  /// The checkpoint that a folder stands for.
  static fs::path chosen(const fs::path& folder, const std::string& measure = "AP") {
    const fs::path file = weights_in(folder, measure);
    EXPECT_EQ(file.filename(), kModelFile);
    return file.parent_path();
  }
};

}  // namespace

TEST_F(TrainingFolder, OfACheckpointIsItself) {
  add("iter_0000010");
  add("iter_0000020");
  EXPECT_EQ(chosen(all / "iter_0000010"), all / "iter_0000010");
}

TEST_F(TrainingFolder, IsItsBestCheckpointUnderItsOwnName) {
  add("iter_0000010");
  add("iter_0000020");
  link("best_AP", "iter_0000010");
  EXPECT_EQ(chosen(run), all / "iter_0000010");
  EXPECT_EQ(chosen(all), all / "iter_0000010");
  fs::create_directory_symlink(run, scratch.path() / "link");
  EXPECT_EQ(chosen(scratch.path() / "link"), all / "iter_0000010");
}

TEST_F(TrainingFolder, IsTheBestByTheMeasureThatIsAskedForOrByTheOnlyOne) {
  add("iter_0000010");
  add("iter_0000020");
  link("best_AR10", "iter_0000010");
  EXPECT_EQ(chosen(run, "AP"), all / "iter_0000010");
  link("best_AP", "iter_0000020");
  EXPECT_EQ(chosen(run, "AP"), all / "iter_0000020");
  EXPECT_EQ(chosen(run, "AR10"), all / "iter_0000010");
  EXPECT_SAYS(error_of<InputError>([&] { weights_in(run, "AP50"); }),
              "best checkpoints by several measures: AP, AR10; name one of them: ");
}

TEST_F(TrainingFolder, IsTheLastCheckpointWhereNoneIsTheBest) {
  add("iter_0000020");
  add("iter_0000100");
  EXPECT_EQ(chosen(run), all / "iter_0000100");
  add("iter_12000000");
  EXPECT_EQ(chosen(run), all / "iter_12000000") << "numbers count, not letters";
  // Neither whole nor there.
  fs::create_directories(all / "iter_13000000");
  add(".unfinished-iter_14000000");
  link("best_AP", "iter_0000001");
  EXPECT_EQ(chosen(run), all / "iter_12000000");
}

TEST_F(TrainingFolder, MayBeACopyInWhichLinksBecameFolders) {
  add("iter_0000020");
  add("best_AP");
  EXPECT_EQ(chosen(run), all / "best_AP");
}

TEST_F(TrainingFolder, WithoutACheckpointIsRefused) {
  fs::create_directories(all);
  EXPECT_SAYS(error_of<InputError>([&] { weights_in(run); }), "run: has no checkpoint; expected");
  EXPECT_SAYS(error_of<InputError>([&] { read_checkpoint(run); }), "has no checkpoint");
}

TEST_F(TrainingFolder, IsReadAsItsCheckpoint) {
  fs::create_directories(all / "iter_0000010");
  write_safetensors(all / "iter_0000010" / kModelFile, {}, {{"trainer.step", "10"}});
  const Checkpoint read = read_checkpoint(run);
  EXPECT_EQ(read.metadata.at("trainer.step"), "10");
  EXPECT_EQ(read.file, all / "iter_0000010" / kModelFile);
}

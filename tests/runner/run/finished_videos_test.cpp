#include "run/finished_videos.h"

#include <clipwork/error.h>
#include <gtest/gtest.h>

#include "support.h"

using namespace clipwork;
using namespace clipwork::runs;
using namespace clipwork::test;

namespace {

const RunIdentity kIdentity{"config", "weights", "data", {{"iou", "11aa"}, {"resnet", "22bb"}}};

/// What finished videos of `then` are to a run of `now`.
std::string said(const RunIdentity& then, const RunIdentity& now) {
  const ScratchFolder scratch;
  Result result;
  FinishedVideos(scratch.path(), then)
      .add({3, "dogs", 10, 1.5, {}, 0}, result, {}, "", ResultForm::video);
  return error_of<InputError>([&] { EXPECT_TRUE(FinishedVideos(scratch.path(), now).has(3)); });
}

}  // namespace

TEST(FinishedVideos, AreKeptForTheSameRun) {
  EXPECT_EQ(said(kIdentity, kIdentity), "nothing was thrown");
}

TEST(FinishedVideos, OfAnotherBuildOfAPluginAreRefused) {
  RunIdentity rebuilt = kIdentity;
  rebuilt.plugins["iou"] = "33cc";
  EXPECT_SAYS(
      said(kIdentity, rebuilt),
      "000003.jsonl: the video 'dogs' was finished with another build of plugin 'iou' "
      "(SHA-256 11aa, now 33cc); choose another --out, or use --overwrite to run all videos "
      "again");
  RunIdentity more = kIdentity;
  more.plugins["own"] = "44dd";
  EXPECT_SAYS(said(kIdentity, more), "was finished without plugin 'own'");
}

TEST(FinishedVideos, OfOtherDataWeightsOrConfigAreRefused) {
  for (const auto& [member, says] : {std::pair(&RunIdentity::config, "with another config"),
                                     {&RunIdentity::weights, "with other weights"},
                                     {&RunIdentity::data, "on other data"}}) {
    RunIdentity other = kIdentity;
    other.*member = "else";
    EXPECT_SAYS(said(kIdentity, other), says);
  }
}

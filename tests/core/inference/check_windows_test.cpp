// [window] against what decoder and tracker take.

#include "inference/check_windows.h"

#include "core/inference/planning.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

/// A tracker of windows of so many frames.
class Choosy : public Tracker {
 public:
  struct Parameters {
    int64_t least = 1, most = 0;
    void describe(Describer& d) {
      d("least", least, "frames");
      d("most", most, "frames");
    }
  };
  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    contract.min_window = p.least;
    contract.max_window = p.most;
    return contract;
  }
  Choosy(const Parameters&, const Given&) {}
  Tracked track(ClipPrediction, const Window&, State&, Context&) override { return {}; }
};

[[maybe_unused]] const bool kWindowPartsRegistered = [] {
  Registry::instance().add_builtin("windows", [](Registrar& registry) {
    registry.add<Choosy>("choosy", "takes some windows only");
  });
  return true;
}();

std::string faults_of_windows(const std::string& window, const std::string& tracker) {
  return faults_of(
      parse_config("[model.backbone]\ntype = \"loop/mean\"\n"
                   "[model.decoder]\ntype = \"loop/numbers\"\n"
                   "[classes]\nnames = [\"a\"]\n"
                   "[model.tracker]\n" +
                   tracker + "\n[window]\n" + window + "\n"));
}

}  // namespace

TEST(CheckWindows, RefusesAStrideThatLosesFrames) {
  EXPECT_SAYS(faults_of(changed("minvis/tiny.toml", {"window.length=1", "window.stride=2"})),
              "window.stride 2 is longer than window.length 1");
}

TEST(CheckWindows, RefusesAStrideBesideTheWholeVideo) {
  EXPECT_SAYS(faults_of(changed("minvis/tiny.toml", {"window.length=video", "window.stride=2",
                                                     "model.tracker.type=none"})),
              "window.stride has no meaning with length = \"video\"");
}

TEST(CheckWindows, RefusesWindowsThatTheDecoderCannotTake) {
  EXPECT_SAYS(faults_of(changed("minvis/tiny.toml", {"window.length=4"})),
              "decoder 'mask2former' accepts windows of 1 frame, not windows of 4 frames");
}

TEST(CheckWindows, RefusesWindowsThatTheTrackerCannotTake) {
  const std::string one = "type = \"windows/choosy\"\nmost = 1";
  const std::string some = "type = \"windows/choosy\"\nleast = 2\nmost = 5";
  EXPECT_EQ(faults_of_windows("length = 1", one), "");
  EXPECT_SAYS(faults_of_windows("length = 3", one),
              "config:10:1: tracker 'choosy' accepts windows of 1 frame, not windows of 3 frames");
  EXPECT_SAYS(faults_of_windows("length = \"video\"", one),
              "accepts windows of 1 frame, not windows over the whole video");
  EXPECT_EQ(faults_of_windows("length = 5", some), "");
  EXPECT_SAYS(faults_of_windows("length = 1", some),
              "accepts windows of 2 to 5 frames, not windows of 1 frame");
  EXPECT_SAYS(faults_of_windows("length = 1", "type = \"windows/choosy\"\nleast = 2"),
              "accepts windows of 2 or more frames, not windows of 1 frame");
}

TEST(CheckWindows, RefusesATrackerOfOneWindowWhereThereAreMany) {
  use_built_plugins();
  const std::string says = faults_of_windows("length = 3", "type = \"none\"");
  EXPECT_SAYS(
      says,
      "tracker 'none' needs the whole video as one window, but the windows here are of 3 frames");
  EXPECT_SAYS(says, "carry");
}

TEST(CheckWindows, RefusesToCompareFramesThatWindowsDoNotShare) {
  EXPECT_SAYS(faults_of(changed("novis/tiny.toml",
                                {"model.tracker={replace=true, type=\"iou\", compare=\"shared\"}",
                                 "window={replace=true, length=3}"})),
              "tracker 'iou' compares frames that windows share, but windows of 3 frames every 3 "
              "share none");
}

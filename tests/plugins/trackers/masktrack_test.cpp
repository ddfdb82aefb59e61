// MaskTrack R-CNN's memory, where the golden case says nothing.

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/host/registry.h>
#include <clipwork/testing/tracker.h>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

/// A frame with squares of side 10 at these columns, all of class 0. Features are zeros, so that
/// boxes and classes decide.
ClipPrediction squares(const std::vector<float>& columns) {
  const auto rows = static_cast<int64_t>(columns.size());
  ClipPrediction prediction;
  prediction.form = ScoreForm::probability;
  prediction.embeddings = at::zeros({1, rows, 8});
  prediction.class_scores = at::tensor({0.9F, 0.F}).expand({1, rows, 2});
  Tensor boxes = at::zeros({1, rows, 4});
  for (int64_t row = 0; row < rows; ++row) {
    boxes[0][row].copy_(at::tensor({columns[row], 0.F, columns[row] + 10, 10.F}));
  }
  prediction.more.set("boxes", boxes);
  return prediction;
}

TrackerHarness video(const std::string& parameters = {}) {
  Registry::instance().load(build_dir() / "plugins/masktrack.so");
  return TrackerHarness("masktrack", toml(parameters));
}

}  // namespace

TEST(MaskTrack, GivesAnObjectToTheBetterOfTwoDetections) {
  TrackerHarness both = video();
  EXPECT_EQ(tracks_of(both.push(squares({0, 100}))), (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(tracks_of(both.push(squares({103, 101, 1}))), (std::vector<int64_t>{-1, 1, 0}));
}

TEST(MaskTrack, RemembersAnObjectForAsLongAsThePatienceLasts) {
  TrackerHarness forever = video();
  forever.push(squares({0}));
  for (int frame = 0; frame < 50; ++frame) EXPECT_TRUE(forever.push(squares({})).ended.empty());
  EXPECT_EQ(tracks_of(forever.push(squares({1}))), (std::vector<int64_t>{0}));

  TrackerHarness brief = video("patience = 1");
  brief.push(squares({0}));
  EXPECT_TRUE(brief.push(squares({})).ended.empty());
  EXPECT_EQ(brief.push(squares({})).ended, (std::vector<int64_t>{0}));
  EXPECT_EQ(tracks_of(brief.push(squares({1}))), (std::vector<int64_t>{1}));
}

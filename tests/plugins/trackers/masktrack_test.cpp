// MaskTrack R-CNN's memory, where the golden case says nothing.

#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/host/registry.h>
#include <clipwork/tracker.h>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

/// One video through the tracker with features of zeros, so that boxes and classes decide.
class Video {
 public:
  explicit Video(const Value& parameters = Value::table()) {
    Registry::instance().load(build_dir() / "plugins/masktrack.so");
    const ComponentInfo& info = Registry::instance().find("tracker", "masktrack");
    Faults faults;
    Describer describer(&parameters, "model.tracker", faults);
    auto values = info.describe(describer);
    describer.finish();
    faults.raise();
    Given given;
    given.maps = {{"embeddings", 4, 0}};
    tracker_ = std::dynamic_pointer_cast<Tracker>(info.make(values.get(), given));
    state_ = tracker_->make_state(1);
  }

  /// Pushes a frame with squares of side 10 at these columns, all of class 0.
  Tracked push(const std::vector<float>& columns) {
    const auto rows = static_cast<int64_t>(columns.size());
    ClipPrediction prediction;
    prediction.form = ScoreForm::probability;
    prediction.embeddings = at::zeros({1, rows, 4});
    prediction.class_scores = at::tensor({0.9F, 0.F}).expand({1, rows, 2});
    Tensor boxes = at::zeros({1, rows, 4});
    for (int64_t row = 0; row < rows; ++row) {
      boxes[0][row].copy_(at::tensor({columns[row], 0.F, columns[row] + 10, 10.F}));
    }
    prediction.more.set("boxes", boxes);
    const std::vector<FrameMemo> memos(1);
    const std::vector<Geometry> geometry(1);
    const Window window{frame_++, memos, geometry, 0, 0};
    return tracker_->track(std::move(prediction), window, *state_, context_);
  }

 private:
  std::shared_ptr<Tracker> tracker_;
  std::unique_ptr<State> state_;
  Generators random_{1};
  Communicator world_;
  Context context_{false, random_, world_};
  int64_t frame_ = 0;
};

std::vector<int64_t> tracks(const Tracked& tracked) {
  std::vector<int64_t> ids;
  for (const Link& link : tracked.links) ids.push_back(link.track);
  return ids;
}

}  // namespace

TEST(MaskTrack, GivesAnObjectToTheBetterOfTwoDetections) {
  Video video;
  EXPECT_EQ(tracks(video.push({0, 100})), (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(tracks(video.push({103, 101, 1})), (std::vector<int64_t>{-1, 1, 0}));
}

TEST(MaskTrack, RemembersAnObjectForAsLongAsThePatienceLasts) {
  Video forever;
  forever.push({0});
  for (int frame = 0; frame < 50; ++frame) EXPECT_TRUE(forever.push({}).ended.empty());
  EXPECT_EQ(tracks(forever.push({1})), (std::vector<int64_t>{0}));

  Value parameters = Value::table();
  parameters.set("patience", 1);
  Video brief(parameters);
  brief.push({0});
  EXPECT_TRUE(brief.push({}).ended.empty());
  EXPECT_EQ(brief.push({}).ended, (std::vector<int64_t>{0}));
  EXPECT_EQ(tracks(brief.push({1})), (std::vector<int64_t>{1}));
}

// The plugin against numbers of the public code: README.md says how they were made.
#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/registry.h>
#include <clipwork/make_component.h>
#include <clipwork/tap.h>
#include <clipwork/tracker.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

using namespace clipwork;

namespace {

constexpr Size kSize{120, 160};

std::shared_ptr<Tracker> make_tracker(const Value& parameters) {
  Registry::instance().load(std::getenv("PLUGIN"));
  return make_component<Tracker>("byte_track", parameters);
}

/// Frames of rectangles with scores, one after the other.
class Video {
 public:
  explicit Video(Tracker& tracker) : tracker_(tracker), state_(tracker.make_state(1)) {}

  /// `boxes` int64 [R, 4]: left, top, right, bottom; `scores` [R].
  Tracked push(const Tensor& boxes, const Tensor& scores) {
    ClipPrediction prediction;
    prediction.form = ScoreForm::probability;
    prediction.class_scores = scores.view({1, -1, 1});
    const int64_t rows = boxes.size(0);
    Tensor masks = at::full({1, rows, 1, kSize.height, kSize.width}, -1.F);
    for (int64_t row = 0; row < rows; ++row) {
      auto edge = [&](int64_t i) { return boxes[row][i].item<int64_t>(); };
      masks[0][row][0]
          .narrow(0, edge(1), edge(3) - edge(1))
          .narrow(1, edge(0), edge(2) - edge(0))
          .fill_(1);
    }
    const std::vector<Geometry> geometry = {{kSize, kSize, kSize}};
    prediction.masks = dense_masks(masks, geometry);
    const std::vector<FrameMemo> memos(1);
    return tracker_.track(std::move(prediction), {frame_++, memos, geometry, 0, 0}, *state_,
                          context_);
  }

 private:
  Tracker& tracker_;
  std::unique_ptr<State> state_;
  Generators random_{1};
  Communicator world_;
  Context context_{false, random_, world_};
  int64_t frame_ = 0;
};

/// Keeps what was heard last.
struct Listener : TapListener {
  bool wants(const std::string&) override { return true; }
  Tensor hear(const std::string& name, Tensor value) override { return heard[name] = value; }
  std::map<std::string, Tensor> heard;
};

Value patience(int64_t frames) {
  Value parameters = Value::table();
  parameters.set("patience", frames);
  return parameters;
}

std::vector<int64_t> tracks(const Tracked& tracked) {
  std::vector<int64_t> ids;
  for (const Link& link : tracked.links) ids.push_back(link.track);
  return ids;
}

}  // namespace

TEST(ByteTrack, LinksAsThePublicCode) {
  const Checkpoint golden = read_checkpoint(std::getenv("GOLDEN"));
  for (const auto& [name, frames] : std::map<std::string, int64_t>{{"long", 30}, {"short", 3}}) {
    SCOPED_TRACE(name);
    const Tensor boxes = golden.find(name + ".boxes")->to(at::kLong);
    const Tensor scores = *golden.find(name + ".scores");
    const Tensor ids = golden.find(name + ".ids")->to(at::kLong);
    const Tensor expected = *golden.find(name + ".tracked");
    const auto tracker = make_tracker(patience(frames));
    Video video(*tracker);
    Listener listener;
    TapScope taps(&listener);
    // The public code numbers tracks when they begin, and this one when they are first linked.
    std::map<int64_t, int64_t> ours, theirs;
    int64_t linked = 0;
    for (int64_t frame = 0; frame < boxes.size(0); ++frame) {
      const Tracked tracked = video.push(boxes[frame], scores[frame]);
      for (const Link& link : tracked.links) {
        const auto id = ids[frame][link.row].item<int64_t>();
        ASSERT_EQ(link.track < 0, id < 0) << "frame " << frame << ", row " << link.row;
        if (id < 0) continue;
        EXPECT_EQ(ours.emplace(id, link.track).first->second, link.track) << "frame " << frame;
        EXPECT_EQ(theirs.emplace(link.track, id).first->second, id) << "frame " << frame;
        ++linked;
      }
      const Tensor apart = listener.heard.at("byte_track.boxes") - expected[frame];
      EXPECT_LT(apart.abs().max().item<double>(), 1e-9) << "frame " << frame;
    }
    EXPECT_GT(linked, 500);
    EXPECT_GT(ours.size(), 10U);
  }
}

TEST(ByteTrack, FollowsATrackThroughLowScores) {
  const auto tracker = make_tracker(Value::table());
  Video video(*tracker);
  const Tensor box = at::tensor({20, 20, 40, 50}, at::kLong).view({1, 4});
  EXPECT_EQ(tracks(video.push(box, at::tensor({0.9F}))), (std::vector<int64_t>{0}));
  EXPECT_EQ(tracks(video.push(box + 1, at::tensor({0.2F}))), (std::vector<int64_t>{0}));
  EXPECT_EQ(tracks(video.push(box + 2, at::tensor({0.05F}))), (std::vector<int64_t>{-1}));
  EXPECT_EQ(tracks(video.push(box + 3, at::tensor({0.8F}))), (std::vector<int64_t>{0}));
}

TEST(ByteTrack, EndsATrackWhosePatienceRanOut) {
  const auto tracker = make_tracker(patience(2));
  Video video(*tracker);
  const Tensor box = at::tensor({20, 20, 40, 50}, at::kLong).view({1, 4});
  const Tensor none = box.narrow(0, 0, 0), no_score = at::tensor({0.9F}).narrow(0, 0, 0);
  video.push(box, at::tensor({0.9F}));
  for (int frame = 0; frame < 3; ++frame) EXPECT_TRUE(video.push(none, no_score).ended.empty());
  EXPECT_EQ(video.push(none, no_score).ended, (std::vector<int64_t>{0}));
  // A new track needs a second row before it is linked.
  EXPECT_EQ(tracks(video.push(box, at::tensor({0.9F}))), (std::vector<int64_t>{-1}));
  EXPECT_EQ(tracks(video.push(box, at::tensor({0.9F}))), (std::vector<int64_t>{1}));
}

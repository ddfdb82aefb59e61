#pragma once
// A harness for trackers: windows of predictions go in, tracks come out.

#include <clipwork/testing/component.h>
#include <clipwork/testing/scene.h>
#include <clipwork/tracker.h>

#include <memory>
#include <string>
#include <vector>

namespace clipwork::test {

/// One video through a tracker of a loaded plugin:
///
///   TrackerHarness video("nearest_mask", toml("reach = 20"));
///   EXPECT_EQ(tracks_of(video.push(scene.prediction(0))), (std::vector<int64_t>{0, 1}));
class TrackerHarness {
 public:
  explicit TrackerHarness(const std::string& name, const Value& parameters = Value::table(),
                          const Given& given = usual_neighbours());

  const TrackerContract& contract() const;
  Tracker& tracker() { return *tracker_; }
  /// Begins another video with the same tracker.
  void restart();

  /// The queries that the tracker makes of the decoder's, for the next window.
  Tensors propose(Tensors start);
  /// Tracks the window of frames [first, first + length), of which `head` are shared with the
  /// window before and `tail` with the next.
  Tracked push(ClipPrediction prediction, int64_t first, int64_t length = 1, int head = 0,
               int tail = 0);
  /// Tracks the next frame, from 0 on.
  Tracked push(ClipPrediction prediction);
  /// Ends the video: the windows of a tracker that defers.
  std::vector<Tracked> finish();

 private:
  TestedComponent tested_;
  std::shared_ptr<Tracker> tracker_;
  std::unique_ptr<State> state_;
  TestContext context_;
  int64_t next_ = 0;
};

/// The track of every row, -1 where a row has none. Throws Error unless the links' rows are rows of
/// the prediction in ascending order.
std::vector<int64_t> tracks_of(const Tracked& tracked);

}  // namespace clipwork::test

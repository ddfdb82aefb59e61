#include <clipwork/testing/tracker.h>

namespace clipwork::test {

TrackerHarness::TrackerHarness(const std::string& name, const Value& parameters, const Given& given)
    : tested_(Tracker::kKind, name, parameters, given), tracker_(tested_.make<Tracker>()) {
  restart();
}

const TrackerContract& TrackerHarness::contract() const {
  return dynamic_cast<const TrackerContract&>(tested_.contract());
}

void TrackerHarness::restart() {
  state_ = tracker_->make_state(1);
  next_ = 0;
}

Tensors TrackerHarness::propose(Tensors start) {
  return tracker_->propose(std::move(start), *state_, context_);
}

Tracked TrackerHarness::push(ClipPrediction prediction, int64_t first, int64_t length, int head,
                             int tail) {
  Size size;
  if (prediction.masks) size = prediction.masks->geometry(0).output;
  const FrameWindow window(first, length, size, head, tail);
  next_ = first + length - tail;
  return tracker_->track(std::move(prediction), window.window(), *state_, context_);
}

Tracked TrackerHarness::push(ClipPrediction prediction) {
  return push(std::move(prediction), next_);
}

std::vector<Tracked> TrackerHarness::finish() { return tracker_->finish(*state_, context_); }

std::vector<int64_t> tracks_of(const Tracked& tracked) {
  const int64_t rows = tracked.prediction.rows();
  std::vector<int64_t> tracks(rows, -1);
  int64_t before = -1;
  for (const Link& link : tracked.links) {
    if (link.row <= before || link.row >= rows) {
      throw Error(cat("links: expected rows from 0 to ", rows - 1, " in ascending order, found ",
                      link.row, " behind ", before));
    }
    tracks[before = link.row] = link.track;
  }
  return tracks;
}

}  // namespace clipwork::test

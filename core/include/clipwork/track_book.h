#pragma once
// The tracks of a video that rows may still be linked to: what trackers have in common that compare
// the rows of a window with what they remember of each track (plugins 'embedding' and 'iou').

#include <clipwork/assignment.h>
#include <clipwork/tracker.h>

#include <concepts>
#include <cstdint>
#include <vector>

namespace clipwork {

/// A track; trackers derive theirs, with what they remember of it.
struct LiveTrack {
  int64_t id = 0;
  int64_t seen = 0;  ///< the last window that had it, as `TrackBook::window` counts
};

/// For each row of window number `window` the place of its track in `ids`, or -1. Tracks and rows
/// are paired by `cost` [tracks, rows]; a pair whose `likeness` [tracks, rows] is less than `least`
/// is not linked. Taps: match.W.rows, the ids of paired tracks, and match.W.cols, their rows.
std::vector<int64_t> match_tracks(const std::vector<int64_t>& ids, int64_t window,
                                  const Tensor& cost, AssignmentRule rule, const Tensor& likeness,
                                  double least);

/// The live tracks of one video. A tracker matches the rows of a window with them, begins a track
/// for each row that found none, and ends the window.
template <std::derived_from<LiveTrack> Track>
class TrackBook : public State {
 public:
  /// By id.
  const std::vector<Track>& live() const { return live_; }
  /// The number of the window at hand, from 0.
  int64_t window() const { return window_; }

  /// For each row the place of its track in `live`, or -1: `match_tracks` over the live tracks.
  std::vector<int64_t> match(const Tensor& cost, AssignmentRule rule, const Tensor& likeness,
                             double least) const {
    std::vector<int64_t> ids;
    for (const Track& track : live_) ids.push_back(track.id);
    return match_tracks(ids, window_, cost, rule, likeness, least);
  }

  /// The track at this place, which the window at hand has; at place -1 a new one.
  Track& see(int64_t place) {
    if (place < 0) live_.emplace_back().id = next_id_++;
    Track& track = place < 0 ? live_.back() : live_.at(place);
    track.seen = window_;
    return track;
  }

  /// Drops tracks that more than the last `patience` windows did not have, and returns their ids.
  std::vector<int64_t> end_window(int64_t patience) {
    std::vector<int64_t> ended;
    std::erase_if(live_, [&](const Track& track) {
      if (window_ - track.seen <= patience) return false;
      ended.push_back(track.id);
      return true;
    });
    ++window_;
    return ended;
  }

 private:
  std::vector<Track> live_;
  int64_t next_id_ = 0, window_ = 0;
};

}  // namespace clipwork

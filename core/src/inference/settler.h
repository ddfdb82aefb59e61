#pragma once
// Frames of tracked windows, from the first window that holds them until they are settled.

#include <clipwork/host/pipeline.h>
#include <clipwork/host/tracks.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <clipwork/host/plan.h>
#include "inference/blend.h"
#include "inference/spool.h"
#include "inference/stage_clock.h"
#include "inference/track_set.h"
#include "inference/windows.h"

namespace clipwork {

/// Settles the frames that no later window can change: averages what windows say of each track,
/// renders the masks, keeps them for the result, and ranks the tracks by what is known so far.
class Settler {
 public:
  /// `plan` and `clock` outlive it.
  Settler(const Plan& plan, const VideoInfo& video, StageClock& clock);
  /// Adds a window after tracking. Windows come in order. From here on tracks count from 1. Errors
  /// of rendering name the component `masks_of`, where there is one.
  void add(const Tracked& tracked, const WindowSpan& span,
           const PlannedComponent* masks_of = nullptr);
  /// Settles the frames before `until` that are not settled yet. Throws Error naming the frame.
  std::vector<SettledFrame> settle(int64_t until);
  /// No window follows: settles the remaining frames, by the final ranking.
  std::vector<SettledFrame> finish();
  /// The result so far, of a video of this many frames.
  Result result(int64_t frames, Size size) const;
  /// The store of settled masks; null if `[run] keep_result` is false.
  const Spool* spool() const { return spool_.get(); }

 private:
  /// `wanted`: the tracks that may be ranked, ascending; none: any track may.
  std::vector<SettledFrame> settle_before(int64_t until,
                                          const std::optional<std::vector<int64_t>>& wanted);
  SettledFrame render(int64_t index, const std::optional<std::vector<int64_t>>& wanted);
  Tensor replaced_masks(int64_t index, const std::vector<int64_t>& tracks) const;
  Blend::Mean mean_of(const Tensor& masks, int64_t index, const std::vector<int64_t>& tracks,
                      const std::vector<int64_t>& present) const;
  void keep_ranked(std::vector<SettledFrame>& settled) const;
  void forget_ended(int64_t settled);
  void hear_scores();

  const TracksSection& section_;
  std::string video_;
  std::string renderer_ = "settle";  ///< named by errors of rendering
  TapListener* listener_;
  StageClock& clock_;
  Blend blend_;
  TrackSet tracks_;
  std::shared_ptr<Spool> spool_;
  /// Tracks that ended, by the frame behind the last that may show them.
  std::deque<std::pair<int64_t, std::vector<int64_t>>> ended_;
};

}  // namespace clipwork

#pragma once
// The loop that inference and training share: pictures become memos of frames, and memos become
// windows, which are decoded and tracked.

#include <clipwork/backbone.h>
#include <clipwork/decoder.h>
#include <clipwork/pixel_decoder.h>
#include <clipwork/preprocess.h>
#include <clipwork/tap.h>
#include <clipwork/tracker.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <clipwork/host/plan.h>
#include "components/check_returned.h"
#include "inference/stages.h"
#include "inference/windows.h"

namespace clipwork {

/// The components of a pipeline by their part in the loop, and the plan that they were made by.
struct LoopParts {
  Plan plan;
  Backbone* backbone = nullptr;
  PixelDecoder* pixel_decoder = nullptr;  ///< null where the config has none
  Decoder* decoder = nullptr;
  Tracker* tracker = nullptr;
  at::Device device = at::kCPU;
  int threads = 1;  ///< of the components, whichever thread calls them

  /// Sets the calling thread's LibTorch threads to `threads`.
  void use_threads() const;
};

/// Encodes `pictures` [videos x frames, 3, H, W], frames inner, all of this geometry. Returns the
/// memo of each frame, its entries [videos, ...].
std::vector<FrameMemo> encode(const LoopParts& parts, Tensor pictures, const Geometry& geometry,
                              int64_t videos, Context& context, Stages& stages);

/// Encodes one frame of one video, on the device of the components.
FrameMemo encode(const LoopParts& parts, const Preprocessed& frame, Context& context,
                 Stages& stages);

/// Encodes the frame `pixels`, uint8 [3, H, W], once more for inference, without taps being heard.
FrameMemo encode_again(const LoopParts& parts, const Tensor& pixels, const Geometry& geometry);

/// A window after tracking.
struct TrackedWindow {
  WindowSpan span;
  Tracked tracked;
  const PlannedComponent* masks_of = nullptr;  ///< the decoder, or a tracker that replaced them
};

/// The windows of a batch of videos. Takes the memos of the videos' frames in order, and decodes,
/// tracks and observes each window as soon as it is full. Memos are dropped when no later window
/// needs them. In training (`context.training`) the tracker is left out unless its contract says
/// that it trains. What decoder and tracker return is checked in the windows that `[run] checks`
/// selects; a fault is thrown through the stage of the component that it is of.
class Loop {
 public:
  /// The observation of a window that a decoder receives which needs "observation".
  using ObservationOf = std::function<Observation(const TrackedWindow& window)>;

  /// `context`, `stages` and `parts` outlive the loop. `listener` hears the taps of windows.
  Loop(const LoopParts& parts, int64_t videos, Context& context, Stages& stages,
       TapListener* listener, ObservationOf observation_of);
  /// Takes the next frame's memo; all frames are of one geometry. Returns the window that it
  /// completes, if it completes one and the tracker does not defer.
  std::optional<TrackedWindow> push(FrameMemo memo, const Geometry& geometry);
  /// Ends the videos. Returns the last window, unless an earlier one already reached the last
  /// frame; of a tracker that defers, all windows.
  std::vector<TrackedWindow> finish();
  int64_t frames() const { return edges_.frames(); }
  /// No later window can change the frames before this one.
  int64_t settled() const { return edges_.settled(); }

 private:
  TrackedWindow decode(const WindowSpan& span);
  Tensors start_queries(bool checked);
  void track(ClipPrediction prediction, const Window& window, const ExpectedWindow& expected,
             bool checked, TrackedWindow& done);
  void check_tracked(const ClipPrediction* given, const ExpectedWindow& expected,
                     TrackedWindow& done);
  bool is_checked(const WindowSpan& span) const;
  ExpectedWindow expected(const WindowSpan& span, std::span<const Geometry> geometry) const;
  std::vector<TrackedWindow> deferred();
  void drop_memos();

  const LoopParts& parts_;
  int64_t videos_;
  Context& context_;
  Stages& stages_;
  TapListener* listener_;
  ObservationOf observation_of_;
  bool tracks_, defers_, observes_;
  WindowEdges edges_;
  std::unique_ptr<State> decoder_state_, tracker_state_;
  // Frames that a window may still need, from frame `first_memo_` on.
  std::deque<FrameMemo> memos_;
  Geometry geometry_;  // of all frames
  int64_t first_memo_ = 0;
  std::vector<WindowSpan> deferred_;
  LinkCheck check_links_;
};

}  // namespace clipwork

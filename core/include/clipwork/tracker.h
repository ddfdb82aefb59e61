#pragma once
// Trackers: rows of windows to tracks of the video.

#include <clipwork/api.h>
#include <clipwork/component.h>

namespace clipwork {

struct CLIPWORK_API TrackerContract : WindowContract {
  ~TrackerContract() override;
  /// Takes only a video that is one window.
  bool one_window = false;
  /// Returns its windows only in `finish`, in training too; nothing settles before.
  bool defers = false;
  /// Takes part in training. Loss terms may need what it gives, and read it in `more` of the
  /// predictions that it returns: features of its memory, gates, matches.
  bool trains = false;

  std::vector<std::string> sentences() const override;
};

/// Rows of windows to tracks of the video.
class CLIPWORK_API Tracker : public Component {
 public:
  static constexpr const char* kKind = "tracker";
  using Contract = TrackerContract;
  ~Tracker() override;
  /// May replace the next window's start queries or add to them; by default they stay as they came.
  virtual Tensors propose(Tensors start, State& state, Context& context);
  /// Links of the window's rows to tracks, and the prediction, which a learnt tracker may rewrite.
  /// The state may keep predictions: they are handles. Track ids start at 0 and are never used
  /// twice.
  virtual Tracked track(ClipPrediction prediction, const Window& window, State& state,
                        Context& context) = 0;
  /// After the last window: the windows of a tracker that defers, all at once.
  virtual std::vector<Tracked> finish(State& state, Context& context);
  virtual std::unique_ptr<State> make_state(int64_t batch) const;
};

}  // namespace clipwork

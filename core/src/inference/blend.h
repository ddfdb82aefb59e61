#pragma once
// Frames of several windows, between the first that holds them and the last.

#include <clipwork/prediction.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace clipwork {

/// Collects, for every frame that is not settled, what the windows say of each track. Masks are
/// handles, so the mean over windows is taken once, when the frame settles, and only for the tracks
/// that are asked for.
class Blend {
 public:
  /// `as`: what is averaged where windows share a frame.
  explicit Blend(MaskForm::Values as) : as_(as) {}
  /// Adds a window's frames from `settled` on; earlier ones are only context.
  void add(const Tracked& window, int64_t frames, int64_t settled);
  /// Takes these tracks out of all frames.
  void drop(const std::vector<int64_t>& tracks);
  /// The tracks that have a mask in this frame, ascending.
  std::vector<int64_t> tracks(int64_t frame) const;
  /// The masks of these tracks in this frame, as entries 0, 1, ... of batch 0 in its frame `local`.
  struct Mean {
    std::shared_ptr<const Masks> masks;
    int local = 0;
    Pairs pairs;
  };
  Mean mean(int64_t frame, const std::vector<int64_t>& tracks) const;
  const Geometry& geometry(int64_t frame) const;
  /// Forgets frames before this one.
  void drop_before(int64_t frame);
  /// The first frame that is held, and the one behind the last.
  int64_t begin() const { return first_; }
  int64_t end() const { return first_ + static_cast<int64_t>(frames_.size()); }

 private:
  struct Part {
    std::shared_ptr<const Masks> masks;
    int local = 0;
    std::vector<std::pair<int64_t, int64_t>> rows;  // (track, row), by track
  };
  const std::vector<Part>& parts(int64_t frame) const;
  MaskForm::Values as_;
  int64_t first_ = 0;
  std::deque<std::vector<Part>> frames_;
};

}  // namespace clipwork

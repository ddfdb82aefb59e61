#pragma once
// Masks of a frame in the form in which overlaps are quickest, and sums over frames.

#include <clipwork/host/ground_truth.h>

#include <cstdint>
#include <vector>

namespace clipwork::evaluation {

/// A mask as the pixels [begin, end) of its runs, column by column.
class FrameMask {
 public:
  /// Takes a frame of a list; frames behind its end hold nothing.
  void load(const MaskList& masks, int64_t frame);
  bool present() const { return present_; }
  Size size() const { return code_.size; }
  int64_t area() const { return area_; }
  Box box() const { return code_.box(); }
  /// Pixels of both; 0 where sizes differ.
  friend int64_t common_area(const FrameMask& a, const FrameMask& b);

 private:
  bool present_ = false;
  int64_t area_ = 0;
  MaskRle code_;
  std::vector<uint32_t> begins_, ends_;
};

/// Pixels of both boxes.
int64_t common_area(const Box& a, const Box& b);

/// The masks of several tracks in one frame.
template <class Track>
void load_frame(const std::vector<const Track*>& tracks, int64_t frame,
                std::vector<FrameMask>* masks) {
  masks->resize(tracks.size());
  for (size_t i = 0; i < tracks.size(); ++i) (*masks)[i].load(tracks[i]->masks, frame);
}

/// The longest list of masks.
template <class Track>
int64_t longest(const std::vector<const Track*>& tracks) {
  int64_t frames = 0;
  for (const Track* track : tracks) frames = std::max(frames, track->masks.frames());
  return frames;
}

}  // namespace clipwork::evaluation

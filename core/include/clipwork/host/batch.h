#pragma once
// The batch that a training step works on.

#include <clipwork/preprocess.h>
#include <clipwork/samples.h>
#include <clipwork/targets.h>

#include <vector>

namespace clipwork {

/// Samples of one number of frames, as a network takes them.
struct Batch {
  Tensor pictures;  ///< float [B x T, 3, H, W], frames inner: normalised, then padded
  Size padded;      ///< H, W
  int64_t frames = 1;
  /// B, masks at padded size; without objects that no frame has, ids from 0 in order.
  std::vector<Targets> targets;

  int64_t videos() const { return static_cast<int64_t>(targets.size()); }
};

/// Normalises, and pads with zeros right and below to the largest sides, rounded up to the divisor;
/// pictures are not resized. Throws InputError where samples differ in frames, or targets do not
/// fit.
Batch make_batch(const std::vector<Sample>& samples, const Preprocess& preprocess, int64_t classes);

/// Moves pictures, masks and boxes to a device, each in one copy. Labels and ids stay on the CPU,
/// where they are used.
void move_to(Batch& batch, c10::Device device);

}  // namespace clipwork

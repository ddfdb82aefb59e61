#pragma once
// Chooses the frames of a video that make a clip.

#include <clipwork/parameters.h>
#include <clipwork/samples.h>

#include <cstdint>
#include <vector>

namespace clipwork::clips {

struct FrameChoice {
  int64_t frames = 1;
  enum class Choose { around, steps } choose = Choose::around;
  int64_t range = 20, longest_step = 3;
  bool replacement = true;
  double references = 1, reverse = 0;
  void describe(Describer& d);

  /// Indices of `frames` frames, in time unless the clip is reversed. `annotated`: the frames that
  /// show an object, in order, at least one; `length`: all frames of the video.
  std::vector<int64_t> operator()(const std::vector<int64_t>& annotated, int64_t length,
                                  Draw& draw) const;

 private:
  int64_t reference(int64_t length, Draw& draw) const;
  std::vector<int64_t> around(int64_t length, Draw& draw) const;
  std::vector<int64_t> without_replacement(int64_t reference, int64_t length, Draw& draw) const;
  std::vector<int64_t> steps(const std::vector<int64_t>& annotated, Draw& draw) const;
};

}  // namespace clipwork::clips

#pragma once
// Masks whose values are numbers of objects, and the signs that they are something else.

#include <clipwork/dataset.h>
#include <clipwork/index_picture.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace clipwork::davis {

/// The objects in the masks of one video, frame by frame. 0 is background and 255 is void, unless
/// no mask has another value: then 255 is the only object, as in DAVIS 2016. Values along edges
/// alone are no objects, but what smoothing makes of the numbers on both sides.
class ObjectNumbers {
 public:
  /// Of a video with this number of frames.
  explicit ObjectNumbers(int64_t frames) : frames_(frames) {}
  /// The mask of frame t.
  void add(int64_t t, const IndexPicture& mask);

  /// What the values say, once all masks were added.
  struct Reading {
    std::vector<AnnotatedTrack> tracks;  ///< by number
    std::vector<DatasetFault> faults;    ///< without a place
  };
  Reading read() &&;

 private:
  /// Pixels of a value, of masks whose numbers are not 1 to n.
  struct Pixels {
    int64_t all = 0;
    int64_t inner = 0;    ///< all neighbours have the same value
    int64_t between = 0;  ///< some neighbour has a lower value, and another a higher one
  };
  int64_t frames_;
  std::map<int64_t, std::vector<std::optional<MaskRle>>> masks_;  ///< by value
  std::map<int64_t, Pixels> pixels_;                              ///< by value

  void count(const IndexPicture& mask);
  bool is_edge(int64_t value) const;
  bool is_solid(int64_t value) const;
};

}  // namespace clipwork::davis

#pragma once
// Masks whose runs go along the rows of a crop, as labelling tools write them.

#include <clipwork/mask_rle.h>

#include <cstdint>
#include <vector>

namespace clipwork {

/// The pixels [begin, end) of a crop that are on, counted row by row.
struct RowRun {
  int64_t begin = 0, end = 0;
};

/// Runs down the columns that a mask may have: a few runs along the rows can make very many.
inline constexpr size_t kMostRuns = size_t{1} << 22;

/// The mask of a picture of size `size` in which the pixels of `runs` are on. Runs ascend, do not
/// overlap, and lie in the crop, which lies in the picture. Throws InputError for a mask of more
/// than `kMostRuns` runs.
MaskRle mask_of_row_runs(const std::vector<RowRun>& runs, Box crop, Size size);

/// Runs of background and foreground in turn, starting with background. Throws InputError where
/// they do not fill the crop exactly, and where the crop does not lie in the picture.
MaskRle mask_of_row_counts(const std::vector<int64_t>& counts, Box crop, Size size);

/// Throws InputError where a crop is empty or does not lie in a picture of that size.
void check_crop(Box crop, Size size);

}  // namespace clipwork

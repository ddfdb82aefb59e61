// Only the places where a row differs from the one above it are visited, so that a mask takes time
// in proportion to its border.

#include "masks/row_runs.h"

#include <clipwork/error.h>

#include <algorithm>
#include <iterator>

namespace clipwork {
namespace {

/// Columns at which a row turns from background to foreground, or back; an even number of them.
using Turns = std::vector<int64_t>;

class Transposer {
 public:
  Transposer(Box crop, Size size) : crop_(crop), size_(size) {}

  /// The rows from the last one that was given to this are empty. Each row is given once.
  void row(int64_t y, const Turns& turns) {
    if (y > next_) change(next_, above_, {});
    change(y, y > next_ ? Turns() : above_, turns);
    above_ = turns;
    next_ = y + 1;
  }

  MaskRle done() {
    change(next_, above_, {});
    std::sort(changes_.begin(), changes_.end());
    std::vector<int64_t> counts;
    int64_t before = 0;
    for (size_t i = 0; i < changes_.size(); ++i) {
      // A column that ends on and one that begins on are one run.
      if (i + 1 < changes_.size() && changes_[i] == changes_[i + 1]) {
        ++i;
        continue;
      }
      counts.push_back(changes_[i] - before);
      before = changes_[i];
    }
    counts.push_back(size_.height * size_.width - before);
    return MaskRle::of_runs(counts, size_);
  }

 private:
  const Box crop_;
  const Size size_;
  Turns above_;
  int64_t next_ = 0;              ///< the row behind the last one that was given
  std::vector<int64_t> changes_;  ///< positions down the columns

  /// Adds the columns in which one of the rows is on and the other is not.
  void change(int64_t y, const Turns& above, const Turns& here) {
    Turns both;
    both.reserve(above.size() + here.size());
    std::merge(above.begin(), above.end(), here.begin(), here.end(), std::back_inserter(both));
    for (size_t i = 0; i + 1 < both.size(); i += 2) {
      if (changes_.size() + static_cast<size_t>(both[i + 1] - both[i]) > kMostRuns) {
        throw InputError(cat("the mask has more than ", kMostRuns, " runs"));
      }
      for (int64_t x = both[i]; x < both[i + 1]; ++x) {
        changes_.push_back((crop_.x + x) * size_.height + crop_.y + y);
      }
    }
  }
};

}  // namespace

void check_crop(Box crop, Size size) {
  if (crop.width > 0 && crop.height > 0 && crop.x >= 0 && crop.y >= 0 &&
      crop.width <= size.width - crop.x && crop.height <= size.height - crop.y) {
    return;
  }
  throw InputError(cat("the mask is ", crop.width, " x ", crop.height, " pixels at ", crop.x, ", ",
                       crop.y, ", which is not inside the picture of ", size.width, " x ",
                       size.height));
}

MaskRle mask_of_row_runs(const std::vector<RowRun>& runs, Box crop, Size size) {
  Transposer transposer(crop, size);
  Turns turns;
  int64_t row = 0;
  const auto next_row = [&](int64_t y) {
    if (!turns.empty()) transposer.row(row, turns);
    turns.clear();
    row = y;
  };
  for (const RowRun& run : runs) {
    for (int64_t at = run.begin; at < run.end;) {
      const int64_t y = at / crop.width, end = std::min(run.end, (y + 1) * crop.width);
      if (y != row) next_row(y);
      turns.push_back(at - y * crop.width);
      turns.push_back(end - y * crop.width);
      at = end;
    }
  }
  next_row(crop.height);
  return transposer.done();
}

MaskRle mask_of_row_counts(const std::vector<int64_t>& counts, Box crop, Size size) {
  check_crop(crop, size);
  const int64_t pixels = crop.width * crop.height;
  std::vector<RowRun> runs;
  int64_t at = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] < 0) throw InputError(cat("the mask has the negative run ", counts[i]));
    if (counts[i] > pixels - at) {
      throw InputError(cat("the runs cover more than the ", pixels, " pixels of the mask"));
    }
    if (i % 2 == 1 && counts[i] > 0) runs.push_back({at, at + counts[i]});
    at += counts[i];
  }
  if (at != pixels) {
    throw InputError(cat("the runs cover ", at, " pixels of the mask, expected ", pixels));
  }
  return mask_of_row_runs(runs, crop, size);
}

}  // namespace clipwork

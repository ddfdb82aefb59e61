#pragma once
#include <clipwork/masks.h>

#include <memory>
#include <vector>

namespace clipwork::iai {

/// The occlusion filter over one frame's masks, best row first: every pixel belongs to the first
/// row that has it.
struct Visible {
  /// Rows of which enough is left visible. A row that is dropped has taken its pixels already.
  std::vector<int64_t> kept;
  /// The kept rows, as they are visible: at padded size below all better rows, at output size below
  /// all better kept rows. Mask values and quality are those of the whole masks.
  std::shared_ptr<const Masks> masks;
};

/// `masks` has `rows` rows in batch entry 0 and one frame. A row is kept where its mask is not
/// empty and at least `min_visible` of it is visible at padded size.
Visible visible_rows(std::shared_ptr<const Masks> masks, int64_t rows, double min_visible);

}  // namespace clipwork::iai

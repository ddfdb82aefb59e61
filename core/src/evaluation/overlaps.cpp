#include "evaluation/overlaps.h"

#include <algorithm>

namespace clipwork::evaluation {

void FrameMask::load(const MaskList& masks, int64_t frame) {
  present_ = frame < masks.frames() && masks.read(frame, &code_);
  area_ = 0;
  begins_.clear();
  ends_.clear();
  if (!present_) return;
  uint32_t end = 0;
  for (size_t i = 0; i + 1 < code_.counts.size(); i += 2) {
    begins_.push_back(end + code_.counts[i]);
    end = begins_.back() + code_.counts[i + 1];
    ends_.push_back(end);
    area_ += code_.counts[i + 1];
  }
}

int64_t common_area(const FrameMask& a, const FrameMask& b) {
  int64_t sum = 0;
  if (a.size() != b.size() || a.area_ == 0 || b.area_ == 0) return sum;
  // Runs in front of the other mask's first are skipped at once.
  auto first = [](const FrameMask& mask, uint32_t begin) {
    return static_cast<size_t>(std::upper_bound(mask.ends_.begin(), mask.ends_.end(), begin) -
                               mask.ends_.begin());
  };
  size_t i = first(a, b.begins_[0]), j = first(b, a.begins_[0]);
  while (i < a.ends_.size() && j < b.ends_.size()) {
    uint32_t begin = std::max(a.begins_[i], b.begins_[j]);
    uint32_t end_a = a.ends_[i], end_b = b.ends_[j];
    uint32_t end = std::min(end_a, end_b);
    sum += end > begin ? end - begin : 0;
    i += end_a <= end_b;
    j += end_b <= end_a;
  }
  return sum;
}

int64_t common_area(const Box& a, const Box& b) {
  int64_t width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  int64_t height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

}  // namespace clipwork::evaluation

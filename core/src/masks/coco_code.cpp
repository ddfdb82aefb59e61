#include <clipwork/error.h>
#include <clipwork/mask_rle.h>

#include <algorithm>

#include "frames/size_text.h"
#include "masks/run_builder.h"

namespace clipwork {

namespace {

std::string code_of(Size size) {
  return cat("the run-length code of a ", width_by_height(size), " mask");
}

constexpr const char* kSizeAdvice =
    "'size' must be the [height, width] that the counts were made for";

[[noreturn]] void refuse_total(Size size, int64_t covered) {
  throw InputError(
      cat(code_of(size), " covers ", covered, " pixels instead of ", size.height * size.width), {},
      kSizeAdvice);
}

/// Visits the runs of two masks in order, with the value of each mask in the run.
template <class Piece>
void walk(const MaskRle& a, const MaskRle& b, Piece&& piece) {
  size_t i = 0, j = 0;
  uint32_t left_a = 0, left_b = 0;
  while (true) {
    while (left_a == 0 && i < a.counts.size()) left_a = a.counts[i++];
    while (left_b == 0 && j < b.counts.size()) left_b = b.counts[j++];
    uint32_t length = std::min(left_a, left_b);
    if (length == 0) return;
    piece(length, i % 2 == 0, j % 2 == 0);
    left_a -= length;
    left_b -= length;
  }
}

void check_sizes(const MaskRle& a, const MaskRle& b) {
  if (a.size == b.size) return;
  throw Error(cat("masks of ", width_by_height(a.size), " and ", width_by_height(b.size),
                  " pixels cannot be combined"));
}

}  // namespace

int64_t MaskRle::area() const {
  int64_t sum = 0;
  for (size_t i = 1; i < counts.size(); i += 2) sum += counts[i];
  return sum;
}

Box MaskRle::box() const {
  int64_t left = size.width, top = size.height, right = -1, bottom = -1, end = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    int64_t begin = end;
    end += counts[i];
    if (i % 2 == 0 || end == begin) continue;
    int64_t first = begin / size.height, last = (end - 1) / size.height;
    left = std::min(left, first);
    right = last;
    // A run that goes on in the next column has that column's top and its own column's bottom.
    top = std::min(top, first == last ? begin % size.height : 0);
    bottom = std::max(bottom, first == last ? (end - 1) % size.height : size.height - 1);
  }
  if (right < 0) return {};
  return {left, top, right - left + 1, bottom - top + 1};
}

std::string MaskRle::compressed() const {
  std::string text;
  for (size_t i = 0; i < counts.size(); ++i) {
    int64_t value = counts[i];
    if (i > 2) value -= counts[i - 2];
    bool more = true;
    while (more) {
      int64_t group = value & 31;
      value >>= 5;
      // The last group's bit 16 is the sign of the whole number.
      more = (group & 16) ? value != -1 : value != 0;
      text += static_cast<char>(48 + (more ? group | 32 : group));
    }
  }
  return text;
}

MaskRle MaskRle::blank(Size size) { return RunBuilder(size).done(); }

MaskRle MaskRle::parse(std::string_view compressed, Size size) {
  RunBuilder builder(size, compressed.size());
  const int64_t pixels = builder.left();
  auto refuse = [&](size_t position, const std::string& problem, const char* advice = "") {
    throw InputError(cat(code_of(size), " is not valid at character ", position + 1, ": ", problem),
                     {}, advice);
  };
  int64_t before = 0, last = 0;  // the run two before, and the one before
  for (size_t position = 0, run = 0; position < compressed.size(); ++run) {
    size_t start = position;
    int64_t value = 0;
    for (int shift = 0;; shift += 5) {
      if (position == compressed.size()) refuse(position - 1, "it ends in the middle of a number");
      int character = static_cast<unsigned char>(compressed[position]);
      if (character < 48 || character > 111)
        refuse(position, "only the characters 0 to o are allowed");
      if (shift > 40) refuse(position, "the number is too long");
      int64_t group = character - 48;
      value |= (group & 31) << shift;
      ++position;
      if (group & 32) continue;
      if (group & 16) value -= int64_t{1} << (shift + 5);
      break;
    }
    if (run > 2) value += before;
    if (value < 0) refuse(start, "a run is negative");
    if (value > builder.left()) {
      refuse(start, cat("the runs cover more than its ", pixels, " pixels"), kSizeAdvice);
    }
    before = last;
    last = value;
    builder.add(value, run % 2);
  }
  if (builder.left() > 0) refuse_total(size, pixels - builder.left());
  return builder.done();
}

MaskRle MaskRle::of_runs(std::span<const int64_t> runs, Size size) {
  RunBuilder builder(size, runs.size());
  constexpr int64_t kCountable = int64_t{1} << 40;  // more than any mask has
  int64_t total = 0;
  for (const int64_t run : runs) {
    if (run < 0) throw InputError(cat(code_of(size), " has the negative run ", run));
    total = std::min(kCountable, total + std::min(kCountable, run));
  }
  if (total != builder.left()) refuse_total(size, total);
  for (size_t i = 0; i < runs.size(); ++i) builder.add(runs[i], i % 2);
  return builder.done();
}

MaskRle unite(const MaskRle& a, const MaskRle& b) {
  check_sizes(a, b);
  RunBuilder builder(a.size, a.counts.size() + b.counts.size());
  walk(a, b, [&](uint32_t length, bool in_a, bool in_b) { builder.add(length, in_a || in_b); });
  return builder.done();
}

MaskRle intersect(const MaskRle& a, const MaskRle& b) {
  check_sizes(a, b);
  RunBuilder builder(a.size, a.counts.size() + b.counts.size());
  walk(a, b, [&](uint32_t length, bool in_a, bool in_b) { builder.add(length, in_a && in_b); });
  return builder.done();
}

int64_t common_area(const MaskRle& a, const MaskRle& b) {
  int64_t sum = 0;
  if (a.size != b.size) return sum;
  walk(a, b, [&](uint32_t length, bool in_a, bool in_b) { sum += in_a && in_b ? length : 0; });
  return sum;
}

double overlap(const MaskRle& result, const MaskRle& truth, bool crowd) {
  if (result.size != truth.size) return -1;
  int64_t common = common_area(result, truth), area = result.area();
  if (common == 0) return 0;
  return static_cast<double>(common) /
         static_cast<double>(crowd ? area : area + truth.area() - common);
}

}  // namespace clipwork

#include <clipwork/error.h>
#include <clipwork/mask_rle.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace clipwork {

namespace {

/// The number of pixels. Throws InputError where run lengths could not count them.
int64_t pixels_of(Size size) {
  constexpr int64_t kMost = std::numeric_limits<uint32_t>::max();
  if (size.height < 0 || size.width < 0 || size.height > kMost || size.width > kMost ||
      (size.width > 0 && size.height > kMost / size.width)) {
    throw InputError(cat("invalid mask size ", size.height, " x ", size.width));
  }
  return size.height * size.width;
}

std::string code_of(Size size) {
  return cat("the run-length code of a ", size.height, " x ", size.width, " mask");
}

/// Puts runs together. Empty runs are valid but say nothing; without them equal masks have equal
/// codes.
class Builder {
 public:
  explicit Builder(Size size, size_t expected = 0) : left_(pixels_of(size)) {
    rle_.size = size;
    rle_.counts.reserve(expected);
  }
  int64_t left() const { return left_; }
  /// At most `left` pixels.
  void add(int64_t length, bool foreground) {
    if (length == 0) return;
    left_ -= length;
    auto run = static_cast<uint32_t>(length);
    if (rle_.counts.empty() && foreground) rle_.counts.push_back(0);
    if (foreground == (rle_.counts.size() % 2 == 1)) {
      rle_.counts.push_back(run);
    } else {
      rle_.counts.back() += run;
    }
  }
  MaskRle done() {
    add(left_, false);
    return std::move(rle_);
  }

 private:
  MaskRle rle_;
  int64_t left_;
};

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
  throw Error(cat("masks of ", a.size.height, " x ", a.size.width, " and ", b.size.height, " x ",
                  b.size.width, " pixels cannot be combined"));
}

/// The boundary of polygons as the reference draws it: in steps on a grid of five points a pixel.
/// When it moves to the next grid column, and that is the middle of a pixel column, inside and
/// outside change at the pixel below. Only those places are visited, so that an edge costs no more
/// than the columns of the mask, however far it reaches out.
class Outline {
 public:
  explicit Outline(Size size) : size_(size) {}

  void draw(const std::vector<double>& polygon) {
    size_t points = polygon.size() / 2;
    for (size_t p = 0; p < points; ++p) {
      size_t next = p + 1 == points ? 0 : p + 1;
      edge(grid(polygon[2 * p]), grid(polygon[2 * p + 1]), grid(polygon[2 * next]),
           grid(polygon[2 * next + 1]));
    }
  }
  std::vector<uint32_t> take() {
    std::sort(crossings_.begin(), crossings_.end());
    return std::move(crossings_);
  }

 private:
  static constexpr int kScale = 5, kMiddle = 2;

  static int grid(double coordinate) { return static_cast<int>(kScale * coordinate + .5); }
  static int rounded(int from, double slope, int step) {
    return static_cast<int>(from + slope * step + .5);
  }

  void edge(int x0, int y0, int x1, int y1) {
    int across = std::abs(x1 - x0), down = std::abs(y1 - y0);
    if (across == 0) return;
    bool flat = across >= down;
    if (flat ? x0 > x1 : y0 > y1) {
      std::swap(x0, x1);
      std::swap(y0, y1);
    }
    const double slope =
        flat ? static_cast<double>(y1 - y0) / across : static_cast<double>(x1 - x0) / down;
    // A step goes from grid column u to u + 1, or back.
    const int64_t first = std::max<int64_t>(0, std::min(x0, x1) - kScale) / kScale;
    for (int64_t column = first; column < size_.width; ++column) {
      const int64_t u = column * kScale + kMiddle;
      if (u >= std::max(x0, x1)) break;
      if (u < std::min(x0, x1)) continue;
      if (flat) {
        const int step = static_cast<int>(u - x0);
        cross(column, std::min(rounded(y0, slope, step), rounded(y0, slope, step + 1)));
      } else {
        steep(column, x0, y0, slope, down);
      }
    }
  }

  /// Along a steep edge steps go down, and a few of them aside as well.
  void steep(int64_t column, int x0, int y0, double slope, int down) {
    const int64_t u = column * kScale + kMiddle;
    auto aside = [&](int step) { return (rounded(x0, slope, step) > u) == (slope > 0); };
    int before = 0, after = down;
    if (aside(before) || !aside(after)) return;
    while (after - before > 1) {
      const int middle = before + (after - before) / 2;
      (aside(middle) ? after : before) = middle;
    }
    cross(column, y0 + before);
  }

  void cross(int64_t column, int v) {
    double y = (v + .5) / kScale - .5;
    y = std::ceil(std::clamp(y, 0.0, static_cast<double>(size_.height)));
    crossings_.push_back(static_cast<uint32_t>(column * size_.height + static_cast<int64_t>(y)));
  }

  Size size_;
  std::vector<uint32_t> crossings_;
};

MaskRle of_polygon(const std::vector<double>& polygon, Size size) {
  constexpr double kFurthest = 1e5;
  if (polygon.size() % 2) throw InputError("a polygon has an odd number of coordinates");
  if (polygon.size() < 6) {
    throw InputError(cat("a polygon has ", polygon.size() / 2, " points, expected at least three"));
  }
  for (double coordinate : polygon) {
    if (!(std::abs(coordinate) <= kFurthest)) {
      throw InputError(cat("a polygon has the coordinate ", coordinate));
    }
  }
  Builder builder(size);
  if (builder.left() == 0) return builder.done();
  Outline outline(size);
  outline.draw(polygon);
  uint32_t at = 0;
  bool inside = false;
  for (uint32_t crossing : outline.take()) {
    builder.add(crossing - at, inside);
    inside = !inside;
    at = crossing;
  }
  builder.add(builder.left(), inside);
  return builder.done();
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

MaskRle MaskRle::blank(Size size) { return Builder(size).done(); }

MaskRle MaskRle::parse(std::string_view compressed, Size size) {
  Builder builder(size, compressed.size());
  const int64_t pixels = builder.left();
  auto refuse = [&](size_t position, const char* problem) {
    throw InputError(
        cat(code_of(size), " is not valid at character ", position + 1, ": ", problem));
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
    if (value > builder.left()) refuse(start, "the runs cover more pixels than the mask");
    before = last;
    last = value;
    builder.add(value, run % 2);
  }
  if (builder.left() > 0) {
    throw InputError(
        cat(code_of(size), " covers ", pixels - builder.left(), " pixels instead of ", pixels));
  }
  return builder.done();
}

MaskRle MaskRle::of_runs(std::span<const int64_t> runs, Size size) {
  Builder builder(size, runs.size());
  const int64_t pixels = builder.left();
  for (size_t i = 0; i < runs.size(); ++i) {
    if (runs[i] < 0) throw InputError(cat(code_of(size), " has the negative run ", runs[i]));
    if (runs[i] > builder.left()) {
      throw InputError(cat(code_of(size), " covers more than ", pixels, " pixels"));
    }
    builder.add(runs[i], i % 2);
  }
  if (builder.left() > 0) {
    throw InputError(
        cat(code_of(size), " covers ", pixels - builder.left(), " pixels instead of ", pixels));
  }
  return builder.done();
}

MaskRle MaskRle::of_polygons(const std::vector<std::vector<double>>& polygons, Size size) {
  MaskRle all = blank(size);
  for (const std::vector<double>& polygon : polygons) all = unite(all, of_polygon(polygon, size));
  return all;
}

MaskRle unite(const MaskRle& a, const MaskRle& b) {
  check_sizes(a, b);
  Builder builder(a.size, a.counts.size() + b.counts.size());
  walk(a, b, [&](uint32_t length, bool in_a, bool in_b) { builder.add(length, in_a || in_b); });
  return builder.done();
}

MaskRle intersect(const MaskRle& a, const MaskRle& b) {
  check_sizes(a, b);
  Builder builder(a.size, a.counts.size() + b.counts.size());
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

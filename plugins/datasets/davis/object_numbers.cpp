#include "object_numbers.h"

#include <clipwork/error.h>
#include <clipwork/text.h>

#include <algorithm>

namespace clipwork::davis {
namespace {

constexpr int64_t kVoid = 255;

/// "the values 64, 128 and 3 others"
std::string listed(const std::vector<int64_t>& values) {
  constexpr size_t kShown = 3;
  std::string text = values.size() == 1 ? "the value " : "the values ";
  for (size_t i = 0; i < std::min(values.size(), kShown); ++i) {
    text += cat(i == 0 ? "" : ", ", values[i]);
  }
  return values.size() > kShown ? cat(text, " and ", values.size() - kShown, " others") : text;
}

}  // namespace

void ObjectNumbers::add(int64_t t, const IndexPicture& mask) {
  int64_t greatest = 0, numbers = 0;
  for (auto& [value, pixels] : masks_by_value(mask)) {
    if (value != kVoid) {
      greatest = value;
      ++numbers;
    }
    auto& of_value = masks_[value];
    of_value.resize(static_cast<size_t>(frames_));
    of_value[static_cast<size_t>(t)] = std::move(pixels);
  }
  // Objects are numbered from 1, so values of smoothed edges leave gaps: only such masks are worth
  // a look at every pixel.
  if (greatest > numbers) count(mask);
}

void ObjectNumbers::count(const IndexPicture& mask) {
  const auto [height, width] = mask.size;
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      const uint16_t value = mask.values[static_cast<size_t>(y * width + x)];
      if (value == 0) continue;
      bool lower = false, higher = false;
      for (int64_t row = std::max<int64_t>(0, y - 1); row <= std::min(height - 1, y + 1); ++row) {
        for (int64_t column = std::max<int64_t>(0, x - 1); column <= std::min(width - 1, x + 1);
             ++column) {
          const uint16_t other = mask.values[static_cast<size_t>(row * width + column)];
          lower = lower || other < value;
          higher = higher || other > value;
        }
      }
      Pixels& pixels = pixels_[value];
      ++pixels.all;
      pixels.inner += !lower && !higher;
      pixels.between += lower && higher;
    }
  }
}

bool ObjectNumbers::is_edge(int64_t value) const {
  const auto found = pixels_.find(value);
  return found != pixels_.end() && 5 * found->second.between >= 4 * found->second.all;
}

bool ObjectNumbers::is_solid(int64_t value) const {
  const auto found = pixels_.find(value);
  return found == pixels_.end() || 2 * found->second.inner >= found->second.all;
}

ObjectNumbers::Reading ObjectNumbers::read() && {
  Reading reading;
  auto fault = [&](std::string problem, const char* mended) {
    reading.faults.push_back({{}, std::move(problem), mended});
  };
  std::vector<int64_t> edges;
  for (const auto& [value, ignored] : masks_) {
    if (is_edge(value)) edges.push_back(value);
  }
  const size_t values = masks_.size();
  for (const int64_t value : edges) masks_.erase(value);
  const bool noisy = !edges.empty() && masks_.size() > 1 &&
                     std::any_of(masks_.begin(), masks_.end(),
                                 [this](const auto& entry) { return !is_solid(entry.first); });
  if (noisy) {
    fault(cat("its masks have ", values,
              " values, many of them along edges alone, as pictures have that were saved as JPEG"),
          "its objects are left out");
    return reading;
  }
  if (!edges.empty()) {
    fault(cat(listed(edges), " occur", edges.size() == 1 ? "s" : "",
              " along edges alone, as in masks that were smoothed or resized"),
          "these pixels are background");
  }
  if (masks_.size() == 1 && masks_.begin()->first == kVoid) {
    fault(cat("holds only the values 0 and 255, which is void where masks have numbers of objects"),
          "255 is read as one object, as in DAVIS 2016");
  } else {
    masks_.erase(kVoid);
  }
  for (auto& [value, masks] : masks_) {
    AnnotatedTrack track;
    track.id = value;
    track.masks = std::move(masks);
    reading.tracks.push_back(std::move(track));
  }
  return reading;
}

}  // namespace clipwork::davis

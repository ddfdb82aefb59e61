#include "evaluation_pair.h"

#include <clipwork/error.h>
#include <clipwork/mask_rle.h>
#include <clipwork/output_file.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

namespace clipwork::benchmarks {
namespace {

constexpr int kVideos = 300, kFrames = 30, kTracks = 995, kResultsOfVideo = 10, kClasses = 40;
constexpr Size kSize{180, 320};

/// Draws that are the same with every standard library.
class Draws {
 public:
  double real(double from, double to) {
    return from + (to - from) * static_cast<double>(bits_() >> 11) * 0x1p-53;
  }
  int64_t whole(int64_t from, int64_t to) {
    return from + static_cast<int64_t>(bits_() % static_cast<uint64_t>(to - from));
  }
  bool happens(double chance) { return real(0, 1) < chance; }

 private:
  std::mt19937_64 bits_{20210613};
};

/// An ellipse that moves and whose edge is rough.
struct Thing {
  double x, y, across, down, speed_x, speed_y;
};

Thing thing(Draws& draws) {
  Thing thing;
  thing.x = draws.real(30, 290);
  thing.y = draws.real(20, 160);
  thing.across = draws.real(14, 40);
  thing.down = draws.real(10, 40);
  thing.speed_x = draws.real(-3, 3);
  thing.speed_y = draws.real(-2, 2);
  return thing;
}

MaskRle mask(const Thing& thing, int frame, Draws& draws) {
  const double x = thing.x + frame * thing.speed_x, y = thing.y + frame * thing.speed_y;
  std::vector<int64_t> runs;
  int64_t at = 0;
  for (int64_t column = 0; column < kSize.width; ++column) {
    const double across = (static_cast<double>(column) - x) / thing.across;
    if (std::abs(across) >= 1) continue;
    const double half = thing.down * std::sqrt(1 - across * across);
    auto edge = [&](double where) {
      const auto row = static_cast<int64_t>(where + draws.real(-1.5, 1.5));
      return std::clamp<int64_t>(row, 0, kSize.height);
    };
    const int64_t top = edge(y - half), bottom = std::max(top, edge(y + half));
    runs.push_back(column * kSize.height + top - at);
    runs.push_back(bottom - top);
    at = column * kSize.height + bottom;
  }
  runs.push_back(kSize.height * kSize.width - at);
  return MaskRle::of_runs(runs, kSize);
}

using Masks = std::vector<std::optional<MaskRle>>;

Masks masks(const Thing& thing, Draws& draws) {
  Masks masks(kFrames);
  for (int frame = 0; frame < kFrames; ++frame)
    if (draws.happens(0.8)) masks[static_cast<size_t>(frame)] = mask(thing, frame, draws);
  return masks;
}

/// A code may hold a backslash, which JSON escapes.
std::string escaped(const std::string& code) {
  std::string text;
  for (char c : code) text += c == '\\' ? std::string("\\\\") : std::string(1, c);
  return text;
}

std::string segmentations(const Masks& masks) {
  std::string text = "\"segmentations\": [";
  for (const auto& mask : masks) {
    if (text.back() != '[') text += ", ";
    text += mask ? cat("{\"size\": [", kSize.height, ", ", kSize.width, "], \"counts\": \"",
                       escaped(mask->compressed()), "\"}")
                 : "null";
  }
  return text + "]";
}

std::string areas(const Masks& masks) {
  std::string text = "\"areas\": [";
  for (const auto& mask : masks) {
    if (text.back() != '[') text += ", ";
    text += mask ? std::to_string(mask->area()) : "null";
  }
  return text + "]";
}

}  // namespace

void write_evaluation_pair(const std::filesystem::path& folder) {
  Draws draws;
  std::string videos, categories, annotations, results;
  auto next = [](std::string* list) -> std::string& { return *list += list->empty() ? "" : ",\n"; };
  for (int k = 1; k <= kClasses; ++k)
    next(&categories) += cat("{\"id\": ", k, ", \"name\": \"class ", k, "\"}");
  int track = 0;
  for (int video = 1; video <= kVideos; ++video) {
    next(&videos) += cat("{\"id\": ", video, ", \"height\": ", kSize.height,
                         ", \"width\": ", kSize.width, ", \"length\": ", kFrames, "}");
    std::vector<std::pair<Thing, int64_t>> there;
    while (track < kTracks * video / kVideos) {
      const Thing what = thing(draws);
      const bool alike = !there.empty() && draws.happens(0.4);
      const int64_t category = alike ? there.back().second : draws.whole(1, kClasses + 1);
      there.emplace_back(what, category);
      const Masks seen = masks(what, draws);
      next(&annotations) +=
          cat("{\"id\": ", ++track, ", \"video_id\": ", video, ", \"category_id\": ", category,
              ", \"iscrowd\": 0, ", areas(seen), ", ", segmentations(seen), "}");
    }
    for (int i = 0; i < kResultsOfVideo; ++i) {
      auto [what, category] = there[static_cast<size_t>(draws.whole(0, std::ssize(there)))];
      if (draws.happens(0.3)) what = thing(draws);
      if (draws.happens(0.1)) category = draws.whole(1, kClasses + 1);
      what.x += draws.real(-4, 4);
      what.y += draws.real(-4, 4);
      next(&results) +=
          cat("{\"video_id\": ", video, ", \"category_id\": ", category,
              ", \"score\": ", draws.real(0, 1), ", ", segmentations(masks(what, draws)), "}");
    }
  }
  write_file(folder / "gt.json", cat("{\"videos\": [\n", videos, "],\n\"categories\": [\n",
                                     categories, "],\n\"annotations\": [\n", annotations, "]}\n"));
  write_file(folder / "results.json", cat("[\n", results, "]\n"));
}

}  // namespace clipwork::benchmarks

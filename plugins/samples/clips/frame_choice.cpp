#include "frame_choice.h"

#include <algorithm>
#include <cmath>

namespace clipwork::clips {

void FrameChoice::describe(Describer& d) {
  d("frames", frames, "number of frames in a clip; if a video has fewer, frames are repeated")
      .range(1, 1000);
  d("choose", choose, {{"around", Choose::around}, {"steps", Choose::steps}},
    "around: a random reference frame and others near it; steps: from a random start in small "
    "steps over the frames that show an object");
  d("range", range, "largest distance of the other frames from the reference (around)")
      .range(0, 100000)
      .unit("frames");
  d("replacement", replacement,
    "whether a frame may be drawn twice (around); otherwise a range with too few frames is "
    "extended");
  d("longest_step", longest_step, "largest step from one frame to the next (steps)")
      .range(1, 100000);
  d("references", references,
    "share of a video's frames, evenly spaced, that may be the reference (around)")
      .range(0, 1);
  d("reverse", reverse, "probability that a clip runs backwards").range(0, 1);
}

std::vector<int64_t> FrameChoice::operator()(const std::vector<int64_t>& annotated, int64_t length,
                                             Draw& draw) const {
  std::vector<int64_t> chosen =
      choose == Choose::steps ? steps(annotated, draw) : around(length, draw);
  if (draw.chance(reverse)) std::reverse(chosen.begin(), chosen.end());
  return chosen;
}

/// MinVIS, `SAMPLING_FRAME_RATIO`.
int64_t FrameChoice::reference(int64_t length, Draw& draw) const {
  if (references >= 1) return draw.integer(0, length - 1);
  const auto count = static_cast<int64_t>(std::nearbyint(static_cast<double>(length) * references));
  if (count <= 1) return length / 2;
  return draw.integer(0, count - 1) * length / count;
}

std::vector<int64_t> FrameChoice::around(int64_t length, Draw& draw) const {
  const int64_t middle = reference(length, draw);
  std::vector<int64_t> chosen = {middle};
  if (!replacement) {
    chosen = without_replacement(middle, length, draw);
  } else {
    const int64_t low = std::max<int64_t>(0, middle - range);
    const int64_t high = std::min(length - 1, middle + range);
    for (int64_t i = 1; i < frames; ++i) {
      if (low == high) {
        chosen.push_back(middle);
        continue;
      }
      const int64_t other = draw.integer(low, high - 1);
      chosen.push_back(other < middle ? other : other + 1);
    }
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

std::vector<int64_t> FrameChoice::without_replacement(int64_t middle, int64_t length,
                                                      Draw& draw) const {
  std::vector<int64_t> chosen;
  if (length < frames) {
    // All as often as possible, and the rest of them by chance.
    const std::vector<int64_t> order = draw.permutation(length);
    for (int64_t i = 0; i < frames; ++i) chosen.push_back(order[static_cast<size_t>(i % length)]);
    return chosen;
  }
  int64_t low = std::max<int64_t>(0, middle - range), high = std::min(length - 1, middle + range);
  while (high - low + 1 < frames) {
    if (high < length - 1) ++high;
    if (low > 0 && high - low + 1 < frames) --low;
  }
  chosen.push_back(middle);
  for (const int64_t place : draw.permutation(high - low)) {
    if (static_cast<int64_t>(chosen.size()) == frames) break;
    chosen.push_back(low + place < middle ? low + place : low + place + 1);
  }
  return chosen;
}

/// IAI: steps of 1 to `longest_step` annotated frames, so that the clip stays inside.
std::vector<int64_t> FrameChoice::steps(const std::vector<int64_t>& annotated, Draw& draw) const {
  std::vector<int64_t> list = annotated;
  while (static_cast<int64_t>(list.size()) < frames)
    list.push_back(list[list.size() - annotated.size()]);
  const auto last = static_cast<int64_t>(list.size()) - 1;
  int64_t place = draw.integer(0, last - (frames - 1));
  std::vector<int64_t> chosen = {list[static_cast<size_t>(place)]};
  for (int64_t following = frames - 2; following >= 0; --following) {
    place += draw.integer(1, std::min(longest_step, last - following - place));
    chosen.push_back(list[static_cast<size_t>(place)]);
  }
  return chosen;
}

}  // namespace clipwork::clips

#pragma once
// Links of rows to tracks, and frames that are settled, in a few words.

#include <clipwork/host/tracks.h>
#include <clipwork/prediction.h>

#include <cstdint>
#include <vector>

namespace clipwork::test {

inline Link link(int row, int64_t track) { return {.row = row, .track = track}; }

inline std::vector<int64_t> indices(const std::vector<SettledFrame>& frames) {
  std::vector<int64_t> all;
  for (const SettledFrame& frame : frames) all.push_back(frame.index);
  return all;
}

}  // namespace clipwork::test

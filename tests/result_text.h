#pragma once
// Results as text, for tests that compare two of them.

#include <clipwork/error.h>
#include <clipwork/host/tracks.h>

#include <optional>
#include <string>

namespace clipwork::test {

/// A line for each row: its track, category, score and masks; "-" for a mask that is not there.
inline std::string text(const Result& result) {
  std::string all;
  for (const ResultRow& row : result.rows) {
    all += cat(row.track, " ", row.category, " ", row.score, ":");
    for (int64_t t = 0; t < result.frames; ++t) {
      const std::optional<MaskRle> mask = result.mask(row.track, t);
      all += " " + (mask ? mask->compressed() : std::string("-"));
    }
    all += "\n";
  }
  return all;
}

}  // namespace clipwork::test

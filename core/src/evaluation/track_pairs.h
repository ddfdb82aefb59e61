#pragma once
// Overlaps of whole tracks: sums over the frames of every result and every object of a video.

#include <clipwork/host/ground_truth.h>

#include <cstdint>
#include <vector>

namespace clipwork::evaluation {

/// Sums over the frames of one result and one track.
struct TrackPair {
  int64_t common = 0, either = 0;     ///< pixels of both, of at least one
  int64_t either_where_met = 0;       ///< the same, of frames in which they have common pixels
  int64_t other_sizes = 0, both = 0;  ///< frames: of different sizes, with a mask of each

  /// Intersection over union; 0 if there is nothing to compare.
  double overlap() const { return ratio(either); }
  double overlap_where_met() const { return ratio(either_where_met); }

 private:
  double ratio(int64_t whole) const {
    return whole > 0 ? static_cast<double>(common) / static_cast<double>(whole) : 0;
  }
};

/// [results, truths]. Frames are paired from the start, as in the official code: those beyond the
/// end of the shorter list are dropped, and frames of different sizes count neither as intersection
/// nor as union. With `boxes`, the smallest boxes round the masks are compared.
std::vector<TrackPair> pair_tracks(const std::vector<const ResultTrack*>& results,
                                   const std::vector<const TruthTrack*>& truths, bool boxes);

/// The results that count in AP: by falling score, at most kMostResults.
std::vector<const ResultTrack*> ranked(std::vector<const ResultTrack*> results);

}  // namespace clipwork::evaluation

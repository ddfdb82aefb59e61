#pragma once
// Results of a video: settled frames as they come, and the ranked tracks at its end.

#include <clipwork/masks.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clipwork {

class Spool;

/// One row of a result: a track with a class. A track may stand in several rows with different
/// classes.
struct ResultRow {
  int64_t track = 0;     ///< from 1: the `track_id` of results.json, and the value in ids/
  int64_t category = 0;  ///< index into the class list, from 0
  double score = 0;      ///< class score, times mask quality where the method has it
  double class_score = 0;
};

/// A frame that no later window can change.
struct SettledFrame {
  int64_t index = 0;
  Size size;  ///< of the masks
  struct Mask {
    int64_t track = 0;  ///< from 1
    MaskRle mask;
  };
  std::vector<Mask> masks;  ///< of tracks that are born; empty masks are left out
  /// The ranking by what was known when the frame settled (causal scores).
  std::vector<ResultRow> rows;
};

/// A track of the result.
struct Track {
  int64_t id = 0;  ///< from 1
  /// First frame of the window it was born in; kUnborn where it only counts and is never drawn.
  int64_t birth = 0;
  static constexpr int64_t kUnborn = INT64_MAX;
  /// The spool's handle of each frame's mask, by frame index; -1: none.
  std::vector<int64_t> masks;
};

/// The result of a video. Its masks are in the stream's spool, which the result shares.
struct Result {
  int64_t frames = 0;
  Size size;                    ///< of the masks
  std::vector<ResultRow> rows;  ///< ranked: descending class score
  std::map<int64_t, Track> tracks;
  std::shared_ptr<const Spool> spool;  ///< null where masks were not kept

  /// The mask of a track in a frame; none before its birth or where it was not kept, empty where it
  /// is unseen.
  std::optional<MaskRle> mask(int64_t track, int64_t frame) const;
};

/// The rows to draw: each track once, with its best class, best first.
std::vector<ResultRow> best_row_per_track(const std::vector<ResultRow>& rows, double min_score = 0);

}  // namespace clipwork

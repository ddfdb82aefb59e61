#pragma once

#include <clipwork/frame.h>
#include <clipwork/painter.h>
#include <clipwork/sections.h>
#include <clipwork/sink.h>
#include <clipwork/tracks.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "run_folder.h"

namespace clipwork::cli {

/// The pictures of a run: ids/, overlay.mp4, and what the report shows of each frame. Used by one
/// thread at a time.
class Drawing {
 public:
  using MaskOf = std::function<std::optional<MaskRle>(int64_t track)>;

  /// `note` stands on every picture, where there is one.
  Drawing(const RunFolder& folder, const OutputSection& output, const ClassesSection& classes,
          double rate, std::string note);
  /// Draws the next frame: each track once, best first, as `mask_of` knows it.
  void add(const Frame& frame, const std::vector<ResultRow>& tracks, const MaskOf& mask_of);
  /// Ends overlay.mp4.
  void finish();

  double rate() const { return rate_; }
  /// The first picture as the bytes of a JPEG file; empty without an overlay.
  const std::string& poster() const { return poster_; }
  /// Where each track is seen: runs of frames, first and one behind the last.
  const std::map<int64_t, std::vector<std::pair<int64_t, int64_t>>>& visible() const {
    return visible_;
  }
  std::vector<std::string> remarks() const;
  /// Time spent in `add` and `finish`.
  double seconds() const { return seconds_; }

 private:
  const RunFolder& folder_;
  OutputSection output_;
  const ClassesSection& classes_;
  double rate_;
  std::string note_, poster_;
  std::shared_ptr<Painter> painter_;
  std::shared_ptr<Sink> video_;
  std::map<int64_t, std::vector<std::pair<int64_t, int64_t>>> visible_;
  int64_t frames_ = 0;
  double seconds_ = 0;
  void write_ids(const Frame& frame, const std::vector<PaintedTrack>& tracks);
};

}  // namespace clipwork::cli

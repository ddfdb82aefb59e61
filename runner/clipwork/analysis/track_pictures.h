#pragma once
// Pictures of objects beside the results, for the tracks that a model follows worst.

#include <clipwork/dataset.h>
#include <clipwork/host/analysis.h>
#include <clipwork/painter.h>

#include <memory>
#include <string>
#include <vector>

#include "analysis/analysis_tables.h"

namespace clipwork::runs {

/// A frame of a track: the object alone, and what the model found there.
struct TrackPicture {
  int64_t frame = 0;
  std::string truth, results;  ///< bytes of JPEG files
};

class TrackPictures {
 public:
  /// `frames` may be null: masks are then drawn on grey. Throws InputError where no plugin draws.
  TrackPictures(const Analysis& analysis, const Results& results, const AnalysisTables& tables,
                std::shared_ptr<const Dataset> frames);

  /// Three frames of the part in which the object has pixels. A frame that cannot be read is drawn
  /// on grey.
  std::vector<TrackPicture> of(const TrackAnalysis& track) const;

 private:
  const Analysis& analysis_;
  const Results& results_;
  const AnalysisTables& tables_;
  std::shared_ptr<const Dataset> frames_;
  std::shared_ptr<Painter> painter_;

  at::Tensor pixels_of(const VideoEntry& video, int64_t frame) const;
  std::string drawn(const at::Tensor& pixels, std::vector<PaintedTrack> tracks) const;
};

}  // namespace clipwork::runs

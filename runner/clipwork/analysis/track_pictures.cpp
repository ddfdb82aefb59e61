#include "analysis/track_pictures.h"

#include <ATen/ops/full.h>
#include <clipwork/error.h>
#include <clipwork/host/log.h>
#include <clipwork/make_component.h>
#include <clipwork/runs/drawing.h>
#include <clipwork/text.h>

#include <algorithm>
#include <set>

namespace clipwork::runs {
namespace {

constexpr int64_t kWidth = 480;  ///< wider pictures are reduced to about this
constexpr int64_t kGrey = 110;

/// A picture or mask [..., H, W] in a size at which labels can be read and pages stay small.
at::Tensor scaled(const at::Tensor& picture) {
  const int64_t height = picture.size(-2), width = picture.size(-1);
  const int64_t step = (width + kWidth / 2) / kWidth;
  if (step <= 1) return enlarged(picture, readable_zoom({height, width}));
  // Every n-th pixel: quick, and exact for masks.
  return picture.slice(-2, 0, height, step).slice(-1, 0, width, step).contiguous();
}

}  // namespace

TrackPictures::TrackPictures(const Analysis& analysis, const Results& results,
                             const AnalysisTables& tables, std::shared_ptr<const Dataset> frames)
    : analysis_(analysis),
      results_(results),
      tables_(tables),
      frames_(std::move(frames)),
      painter_(make_component<Painter>("overlay", Value::table())) {}

at::Tensor TrackPictures::pixels_of(const VideoEntry& video, int64_t frame) const {
  if (frames_) {
    const std::vector<VideoEntry>& videos = frames_->videos();
    const auto found = std::find_if(videos.begin(), videos.end(),
                                    [&](const VideoEntry& one) { return one.id == video.id; });
    if (found != videos.end() && frame < found->length) {
      try {
        return frames_->frame(found - videos.begin(), frame).pixels;
      } catch (const InputError& error) {
        log_warn(error.what());
      }
    }
  }
  return at::full({3, video.size.height, video.size.width}, kGrey, at::kByte);
}

std::string TrackPictures::drawn(const at::Tensor& pixels, std::vector<PaintedTrack> tracks) const {
  at::Tensor picture = scaled(pixels).clone();
  for (PaintedTrack& track : tracks) {
    track.mask = MaskRle::from_tensor(scaled(track.mask.to_tensor()));
  }
  painter_->paint(picture, tracks, "");
  return painter_->encode_jpeg(picture);
}

std::vector<TrackPicture> TrackPictures::of(const TrackAnalysis& track) const {
  const VideoEntry& video = *analysis_.videos[track.video].video;
  // The object's result is drawn in its colour, the others in theirs, best first.
  std::vector<const ResultTrack*> found;
  for (const ResultTrack& result : results_.tracks) {
    if (result.video == video.id && result.score >= analysis_.min_score && &result != track.result)
      found.push_back(&result);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const ResultTrack* a, const ResultTrack* b) { return a->score > b->score; });
  if (track.result) found.insert(found.begin(), track.result);
  const int64_t first_colour = track.result ? 1 : 2;

  std::vector<TrackPicture> pictures;
  const int64_t frames = track.end_frame - track.first_frame;
  for (const int64_t part : std::set<int64_t>{frames / 6, frames / 2, 5 * frames / 6}) {
    TrackPicture& picture = pictures.emplace_back();
    picture.frame = track.first_frame + part;
    const at::Tensor pixels = pixels_of(video, picture.frame);
    std::vector<PaintedTrack> object, results;
    MaskRle mask;
    if (track.truth->masks.read(picture.frame, &mask) && mask.size == video.size)
      object.push_back({1, mask, tables_.class_name(track.category)});
    for (size_t i = 0; i < found.size(); ++i) {
      const MaskList& masks = found[i]->masks;
      if (picture.frame >= masks.frames() || !masks.read(picture.frame, &mask)) continue;
      if (mask.empty() || mask.size != video.size) continue;
      results.push_back({first_colour + static_cast<int64_t>(i), mask,
                         cat(tables_.class_of(*found[i]), " ", fixed(found[i]->score, 2))});
    }
    picture.truth = drawn(pixels, std::move(object));
    picture.results = drawn(pixels, std::move(results));
  }
  return pictures;
}

}  // namespace clipwork::runs

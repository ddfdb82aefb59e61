#include "show/truth_pictures.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <clipwork/make_component.h>
#include <clipwork/painter.h>
#include <clipwork/runs/drawing.h>
#include <clipwork/text.h>

#include <algorithm>
#include <set>

namespace clipwork::runs {
namespace {

constexpr int64_t kGap = 8;          ///< pixels between pictures
constexpr size_t kMostResults = 10;  ///< as many as are evaluated

class Page {
 public:
  Page(Painter& painter, const VideoEntry& video)
      : painter_(painter), zoom_(readable_zoom(video.size)) {}

  void add_row(const Frame& frame, std::vector<PaintedTrack> results,
               std::vector<PaintedTrack> truth) {
    const Tensor left = painted(frame, std::move(results), "results");
    const Tensor right = painted(frame, std::move(truth), "truth");
    rows_.push_back(at::cat({left, white(left.size(1), kGap), right}, 2));
    rows_.push_back(white(kGap, rows_.back().size(2)));
  }
  Tensor picture() {
    rows_.pop_back();
    return at::cat(rows_, 1);
  }

 private:
  Painter& painter_;
  int64_t zoom_;
  std::vector<Tensor> rows_;

  static Tensor white(int64_t height, int64_t width) {
    return at::full({3, height, width}, 255, at::kByte);
  }
  Tensor painted(const Frame& frame, std::vector<PaintedTrack> tracks, const std::string& note) {
    Tensor picture = enlarged(frame.pixels, zoom_);
    for (PaintedTrack& track : tracks) {
      track.mask = MaskRle::from_tensor(enlarged(track.mask.to_tensor(), zoom_));
    }
    painter_.paint(picture, tracks, note);
    return picture;
  }
};

/// The results of a video, best first.
std::vector<const ResultTrack*> best_of(const Results& results, int64_t video, double min_score) {
  std::vector<const ResultTrack*> tracks;
  for (const ResultTrack& track : results.tracks) {
    if (track.video == video && track.score >= min_score) tracks.push_back(&track);
  }
  std::stable_sort(tracks.begin(), tracks.end(),
                   [](const ResultTrack* a, const ResultTrack* b) { return a->score > b->score; });
  if (tracks.size() > kMostResults) tracks.resize(kMostResults);
  return tracks;
}

std::vector<PaintedTrack> painted(const std::vector<const ResultTrack*>& tracks, int64_t t,
                                  const std::vector<Category>& categories) {
  std::vector<PaintedTrack> shown;
  for (size_t i = 0; i < tracks.size(); ++i) {
    MaskRle mask;
    if (t >= tracks[i]->masks.frames() || !tracks[i]->masks.read(t, &mask) || mask.empty())
      continue;
    const auto category =
        std::find_if(categories.begin(), categories.end(),
                     [&](const Category& one) { return one.id == tracks[i]->category; });
    shown.push_back({static_cast<int64_t>(i) + 1, std::move(mask),
                     cat(category == categories.end() ? "?" : category->name, " ",
                         fixed(tracks[i]->score, 2))});
  }
  return shown;
}

std::vector<PaintedTrack> painted(const VideoTracks& tracks, int64_t t,
                                  const std::vector<Category>& categories) {
  std::vector<PaintedTrack> shown;
  for (size_t i = 0; i < tracks.size(); ++i) {
    const std::optional<MaskRle>& mask = tracks[i].masks.at(static_cast<size_t>(t));
    if (!mask || mask->empty()) continue;
    shown.push_back({static_cast<int64_t>(i) + 1, *mask,
                     categories.at(static_cast<size_t>(tracks[i].category)).name});
  }
  return shown;
}

}  // namespace

std::vector<TruthPicture> truth_pictures(const Dataset& dataset, const Results& results,
                                         int64_t videos, double min_score) {
  auto painter = make_component<Painter>("overlay", Value::table());
  std::vector<TruthPicture> pictures;
  const auto count = static_cast<int64_t>(dataset.videos().size());
  for (int64_t index = 0; index < std::min(videos, count); ++index) {
    const VideoEntry& video = dataset.videos()[static_cast<size_t>(index)];
    const VideoTracks truth = dataset.tracks(index);
    const std::vector<const ResultTrack*> found = best_of(results, video.id, min_score);
    Page page(*painter, video);
    for (int64_t t : std::set<int64_t>{0, video.length / 2, video.length - 1}) {
      page.add_row(dataset.frame(index, t), painted(found, t, dataset.categories()),
                   painted(truth, t, dataset.categories()));
    }
    const Tensor picture = page.picture();
    pictures.push_back(
        {video.id, video.name, picture.size(1), picture.size(2), painter->encode_jpeg(picture)});
  }
  return pictures;
}

}  // namespace clipwork::runs

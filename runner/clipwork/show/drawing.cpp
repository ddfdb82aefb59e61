#include <ATen/ops/zeros.h>
#include <clipwork/make_component.h>
#include <clipwork/output_file.h>
#include <clipwork/runs/drawing.h>
#include <clipwork/text.h>

#include <algorithm>
#include <chrono>

#include "show/run_folder.h"

namespace clipwork::runs {
namespace {

/// Adds the time of its life to a sum.
class Stopwatch {
 public:
  explicit Stopwatch(double& sum) : sum_(sum) {}
  ~Stopwatch() {
    sum_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  double& sum_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

std::string label(const ShownTrack& track) {
  const std::string text = cat(track.track, " ", track.category);
  return track.score ? cat(text, " ", fixed(*track.score, 2)) : text;
}

void add_frame(FrameRuns& runs, int64_t frame) {
  if (!runs.empty() && runs.back().second == frame) {
    runs.back().second = frame + 1;
  } else {
    runs.emplace_back(frame, frame + 1);
  }
}

}  // namespace

int64_t readable_zoom(Size size) {
  constexpr int64_t kReadable = 240;
  const int64_t side = std::max<int64_t>(1, std::min(size.height, size.width));
  return std::max<int64_t>(1, (kReadable + side - 1) / side);
}

Tensor enlarged(const Tensor& picture, int64_t zoom) {
  return picture.repeat_interleave(zoom, -2).repeat_interleave(zoom, -1).contiguous();
}

std::vector<ShownTrack> shown_tracks(const std::vector<ResultRow>& rows,
                                     const ClassesSection& classes) {
  std::vector<ShownTrack> tracks;
  for (const ResultRow& row : best_row_per_track(rows)) {
    tracks.push_back({row.track, classes.names.at(static_cast<size_t>(row.category)), row.score});
  }
  return tracks;
}

std::vector<ReportTrack> lanes(const Result& result, const std::vector<ShownTrack>& tracks) {
  std::vector<ReportTrack> lanes;
  for (const ShownTrack& track : tracks) {
    ReportTrack lane{track.track, track.category, track.score, {}};
    for (int64_t frame = 0; frame < result.frames; ++frame) {
      const std::optional<MaskRle> mask = result.mask(track.track, frame);
      if (mask && !mask->empty()) add_frame(lane.visible, frame);
    }
    lanes.push_back(std::move(lane));
  }
  return lanes;
}

Drawing::Drawing(std::filesystem::path folder, const OutputSection& output, double rate,
                 std::string note, int64_t zoom)
    : folder_(std::move(folder)), output_(output), note_(std::move(note)), zoom_(zoom) {
  if (!output_.ids && !output_.overlay && !output_.pictures) return;
  painter_ = make_component<Painter>("overlay", Value::table());
  if (output_.ids) std::filesystem::create_directories(folder_ / "ids");
  if (output_.overlay) {
    Value parameters = Value::table();
    parameters.set("file", (folder_ / "overlay.mp4").string());
    parameters.set("rate", std::clamp(rate, 0.001, 1000.0));
    sinks_.push_back(make_component<Sink>("video", parameters));
  }
  if (output_.pictures) {
    Value parameters = Value::table();
    parameters.set("path", (folder_ / "pictures").string());
    parameters.set("form", "jpg");
    sinks_.push_back(make_component<Sink>("images", parameters));
  }
}

void Drawing::add(const Frame& frame, const std::vector<ShownTrack>& tracks,
                  const MaskOf& mask_of) {
  Stopwatch watch(seconds_);
  std::vector<PaintedTrack> seen, drawn;
  for (const ShownTrack& track : tracks) {
    std::optional<MaskRle> mask = mask_of(track.track);
    if (!mask || mask->empty()) continue;
    add_frame(visible_[track.track], frame.index);
    seen.push_back({track.track, std::move(*mask), label(track)});
    if (!track.score || *track.score >= output_.draw_score) drawn.push_back(seen.back());
  }
  if (output_.ids) write_ids(frame, seen);
  if (!sinks_.empty()) {
    Tensor picture = zoom_ > 1 ? enlarged(frame.pixels, zoom_) : frame.pixels.clone();
    if (zoom_ > 1) {
      for (PaintedTrack& track : drawn) {
        track.mask = MaskRle::from_tensor(enlarged(track.mask.to_tensor(), zoom_));
      }
    }
    painter_->paint(picture, drawn, note_);
    if (starts_.empty()) poster_ = painter_->encode_jpeg(picture);
    for (const auto& sink : sinks_) sink->write(picture, frame.seconds);
  }
  starts_.push_back(frame.seconds);
}

void Drawing::write_ids(const Frame& frame, const std::vector<PaintedTrack>& tracks) {
  const int64_t height = frame.pixels.size(1), width = frame.pixels.size(2);
  // Run lengths go down the columns: along the rows of the transposed picture. The best is on top.
  Tensor columns = at::zeros({width, height}, at::kInt);
  for (auto track = tracks.rbegin(); track != tracks.rend(); ++track) {
    auto* pixel = columns.data_ptr<int32_t>();
    bool on = false;
    for (const uint32_t run : track->mask.counts) {
      if (on) std::fill_n(pixel, run, static_cast<int32_t>(track->track));
      pixel += run;
      on = !on;
    }
  }
  write_file(ids_picture(folder_, frame.index), painter_->encode_png16(columns.t(), note_));
}

void Drawing::finish(double seconds) {
  Stopwatch watch(seconds_);
  if (starts_.empty()) return;
  for (const auto& sink : sinks_) sink->finish(seconds);
}

std::vector<ReportTrack> Drawing::lanes(const std::vector<ShownTrack>& tracks) const {
  std::vector<ReportTrack> lanes;
  for (const ShownTrack& track : tracks) {
    const auto visible = visible_.find(track.track);
    lanes.push_back({track.track, track.category, track.score,
                     visible == visible_.end() ? FrameRuns() : visible->second});
  }
  return lanes;
}

std::vector<std::string> Drawing::remarks() const {
  std::vector<std::string> remarks;
  for (const auto& sink : sinks_) {
    for (std::string& remark : sink->remarks()) remarks.push_back(std::move(remark));
  }
  return remarks;
}

}  // namespace clipwork::runs

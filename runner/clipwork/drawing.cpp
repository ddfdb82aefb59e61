#include "drawing.h"

#include <ATen/ops/zeros.h>
#include <clipwork/make_component.h>
#include <clipwork/output_file.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace clipwork::cli {
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

std::string label(const ResultRow& row, const ClassesSection& classes) {
  char score[32];
  std::snprintf(score, sizeof score, "%.2f", row.score);
  return cat(row.track + 1, " ", classes.names.at(static_cast<size_t>(row.category)), " ", score);
}

}  // namespace

Drawing::Drawing(const RunFolder& folder, const OutputSection& output,
                 const ClassesSection& classes, double rate, std::string note)
    : folder_(folder), output_(output), classes_(classes), rate_(rate), note_(std::move(note)) {
  if (!output_.ids && !output_.overlay) return;
  painter_ = make_component<Painter>("overlay", Value::table());
  if (output_.ids) std::filesystem::create_directories(folder_ / "ids");
  if (output_.overlay) {
    Value parameters = Value::table();
    parameters.set("file", (folder_ / "overlay.mp4").string());
    parameters.set("rate", rate_);
    video_ = make_component<Sink>("video", parameters);
  }
}

void Drawing::add(const Frame& frame, const std::vector<ResultRow>& tracks, const MaskOf& mask_of) {
  Stopwatch watch(seconds_);
  std::vector<PaintedTrack> seen, drawn;
  for (const ResultRow& row : tracks) {
    std::optional<MaskRle> mask = mask_of(row.track);
    if (!mask || mask->empty()) continue;
    auto& runs = visible_[row.track];
    if (!runs.empty() && runs.back().second == frame.index) {
      runs.back().second = frame.index + 1;
    } else {
      runs.emplace_back(frame.index, frame.index + 1);
    }
    seen.push_back({row.track, std::move(*mask), label(row, classes_)});
    if (row.score >= output_.draw_score) drawn.push_back(seen.back());
  }
  if (output_.ids) write_ids(frame, seen);
  if (video_) {
    Tensor picture = frame.pixels.clone();
    painter_->paint(picture, drawn, note_);
    if (frames_ == 0) poster_ = painter_->encode_jpeg(picture);
    video_->write(picture);
  }
  ++frames_;
}

void Drawing::write_ids(const Frame& frame, const std::vector<PaintedTrack>& tracks) {
  const int64_t height = frame.pixels.size(1), width = frame.pixels.size(2);
  // Run lengths go down the columns: along the rows of the transposed picture. The best is on top.
  Tensor columns = at::zeros({width, height}, at::kInt);
  for (auto track = tracks.rbegin(); track != tracks.rend(); ++track) {
    auto* pixel = columns.data_ptr<int32_t>();
    bool on = false;
    for (const uint32_t run : track->mask.counts) {
      if (on) std::fill_n(pixel, run, static_cast<int32_t>(track->track + 1));
      pixel += run;
      on = !on;
    }
  }
  write_file(folder_.ids(frame.index), painter_->encode_png16(columns.t(), note_));
}

void Drawing::finish() {
  Stopwatch watch(seconds_);
  if (video_ && frames_ > 0) video_->finish();
}

std::vector<std::string> Drawing::remarks() const {
  return video_ ? video_->remarks() : std::vector<std::string>();
}

}  // namespace clipwork::cli

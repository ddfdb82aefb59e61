#pragma once
// Drawing of tracks into the frames of a video: id pictures, overlays, what a report shows.

#include <clipwork/frame.h>
#include <clipwork/host/report.h>
#include <clipwork/host/sections.h>
#include <clipwork/host/tracks.h>
#include <clipwork/painter.h>
#include <clipwork/sink.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace clipwork::runs {

/// Runs of frames: first, and one behind the last.
using FrameRuns = std::vector<std::pair<int64_t, int64_t>>;

/// An object as it is shown: a result's, or the truth, which has no score.
struct ShownTrack {
  int64_t track = 1;  ///< from 1: shown, and the value in ids/
  std::string category;
  std::optional<double> score;
};

/// The factor by which a picture must be enlarged before labels fit into it: its shorter side then
/// has 240 pixels or more.
int64_t readable_zoom(Size size);
/// Each pixel of [..., H, W] as a square of pixels.
Tensor enlarged(const Tensor& picture, int64_t zoom);

/// The tracks of a result, each with its best class, best first.
std::vector<ShownTrack> shown_tracks(const std::vector<ResultRow>& rows,
                                     const ClassesSection& classes);

/// Those tracks with the frames in which they are seen.
std::vector<ReportTrack> lanes(const Result& result, const std::vector<ShownTrack>& tracks);

/// The pictures of a video in a folder: ids/, pictures/, overlay.mp4, and what the report shows of
/// each frame. Used by one thread at a time.
class Drawing {
 public:
  using MaskOf = std::function<std::optional<MaskRle>(int64_t track)>;

  /// `output` says what is written; `rate` is about the number of frames a second. `note` stands on
  /// every picture, where there is one. What people look at is drawn `zoom` times as large as the
  /// frames. Throws InputError where no plugin draws or writes what is wanted.
  Drawing(std::filesystem::path folder, const OutputSection& output, double rate, std::string note,
          int64_t zoom = 1);
  /// Draws the next frame, uint8 RGB [3, H, W], which is shown from its time on: each track once,
  /// as `mask_of` knows it (a mask of H x W, or none), the first on top. Throws Error where a file
  /// cannot be written.
  void add(const Frame& frame, const std::vector<ShownTrack>& tracks, const MaskOf& mask_of);
  /// Ends what is written as a whole, overlay.mp4, whose last frame is shown until `seconds`.
  /// Throws Error where it cannot be written.
  void finish(double seconds);

  /// The times of the frames, in seconds.
  const std::vector<double>& starts() const { return starts_; }
  /// The first picture as the bytes of a JPEG file; empty where none was drawn.
  const std::string& poster() const { return poster_; }
  /// The tracks with the frames in which they were drawn.
  std::vector<ReportTrack> lanes(const std::vector<ShownTrack>& tracks) const;
  std::vector<std::string> remarks() const;
  /// Time spent in `add` and `finish`.
  double seconds() const { return seconds_; }

 private:
  std::filesystem::path folder_;
  OutputSection output_;
  std::string note_, poster_;
  int64_t zoom_;
  std::shared_ptr<Painter> painter_;
  std::vector<std::shared_ptr<Sink>> sinks_;
  std::map<int64_t, FrameRuns> visible_;
  std::vector<double> starts_;
  double seconds_ = 0;
  void write_ids(const Frame& frame, const std::vector<PaintedTrack>& tracks);
};

}  // namespace clipwork::runs

#include <clipwork/host/report.h>
#include <clipwork/runs/shown_video.h>
#include <clipwork/text.h>

#include <algorithm>

#include "show/run_folder.h"

namespace clipwork::runs {
namespace fs = std::filesystem;

std::string show_video(const fs::path& folder, const ShownVideo& video,
                       const OutputSection& output) {
  fs::create_directories(folder);
  constexpr double kUsualRate = 10;
  const double rate = video.rate.value_or(kUsualRate);
  Drawing drawing(folder, output, rate, video.note, video.zoom);
  double seconds = 0, duration = 1 / rate;
  for (int64_t t = 0; t < video.frames; ++t) {
    Frame frame = video.frame(t);
    if (video.rate) frame.seconds = static_cast<double>(t) / rate;
    if (t > 0) duration = frame.seconds - seconds;
    seconds = frame.seconds;
    drawing.add(frame, video.tracks, [&](int64_t track) { return video.mask(track, t); });
  }
  drawing.finish(seconds + duration);
  if (!output.report) return drawing.poster();
  Report report;
  report.title = video.title;
  if (!video.note.empty()) report.notes.push_back(video.note);
  if (output.overlay) {
    report.video = folder / "overlay.mp4";
    report.poster = drawing.poster();
  }
  report.starts = drawing.starts();
  report.frames = video.frames;
  report.tracks = drawing.lanes(video.tracks);
  report.facts = video.facts;
  report.remarks = video.remarks;
  for (std::string& remark : drawing.remarks()) report.remarks.push_back(std::move(remark));
  write_report(folder / "report.html", report);
  return drawing.poster();
}

void remove_shown(const fs::path& folder) { RunFolder::clear(folder); }

std::string folder_name(int64_t id, const std::string& name) {
  std::string text = cat(padded(id, 6), "_", name);
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

}  // namespace clipwork::runs

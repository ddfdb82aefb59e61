#include <clipwork/host/log.h>
#include <clipwork/host/report.h>
#include <clipwork/output_file.h>
#include <clipwork/runs/failure_analysis.h>
#include <clipwork/runs/shown_video.h>
#include <clipwork/text.h>

#include <unordered_map>

#include "analysis/analysis_page.h"
#include "analysis/analysis_tables.h"
#include "analysis/track_pictures.h"

namespace clipwork::runs {
namespace fs = std::filesystem;
namespace {

/// The address of a file as seen from a page in `folder`.
std::string address(const fs::path& file, const fs::path& folder) {
  return file_address(fs::absolute(file).lexically_relative(fs::absolute(folder)).generic_string());
}

/// Links to the page of a drawn video, or else to the picture of a frame.
AnalysisTables::Link links(const fs::path& folder, const FailureReport& report) {
  std::unordered_map<int64_t, const VideoEntry*> videos;
  if (report.frames) {
    for (const VideoEntry& video : report.frames->videos()) videos[video.id] = &video;
  }
  return [=, drawn = report.drawn](const VideoEntry& video, int64_t frame) -> std::string {
    const fs::path page = drawn / folder_name(video.id, video.name) / "report.html";
    if (!drawn.empty() && fs::exists(page)) return address(page, folder);
    const auto found = videos.find(video.id);
    if (found == videos.end() || frame >= static_cast<int64_t>(found->second->files.size())) {
      return {};
    }
    return address(found->second->files[static_cast<size_t>(frame)], folder);
  };
}

void add_pictures(AnalysisPage* page) {
  try {
    const TrackPictures pictures(page->analysis, page->results, page->tables, page->report.frames);
    for (const TrackAnalysis* track : page->tables.worst_tracks()) {
      if (page->worst.size() == page->report.worst) break;
      page->worst.emplace_back(track, pictures.of(*track));
    }
  } catch (const InputError& error) {
    log_warn("the pages have no pictures: ", error.what());
  }
}

}  // namespace

void write_failure_analysis(const fs::path& folder, const GroundTruth& truth,
                            const Results& results, const Evaluation& evaluation,
                            const AnalysisOptions& options, const FailureReport& report) {
  const Analysis analysis = analyse(truth, results, options);
  fs::create_directories(folder);
  const AnalysisTables tables(analysis, results, links(folder, report));
  const std::vector<PrecisionCurve> curves = precision_curves(evaluation);
  AnalysisPage page{evaluation, analysis, results, report, tables, curves, {}};
  if (report.worst > 0) add_pictures(&page);
  const std::pair<const char*, PageTable> files[] = {
      {"videos.csv", tables.videos()},
      {"tracks.csv", tables.tracks()},
      {"id_switches.csv", tables.switches()},
      {"errors.csv", tables.errors()},
      {"properties.csv", tables.properties()},
      {"confusion.csv", tables.confusion()},
      {"precision_recall.csv", precision_table(curves)}};
  for (const auto& [name, table] : files) write_file(folder / name, table.csv());
  write_file(folder / "evaluation.md", markdown_page(page));
  write_file(folder / "evaluation.html", html_page(page));
}

}  // namespace clipwork::runs

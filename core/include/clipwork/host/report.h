#pragma once
// report.html: one page that shows a run.

#include <clipwork/host/pipeline.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace clipwork {

/// A track as the page shows it: a lane.
struct ReportTrack {
  int64_t track = 1;  ///< from 1, as it is shown
  std::string category;
  std::optional<double> score;                       ///< the truth has none
  std::vector<std::pair<int64_t, int64_t>> visible;  ///< runs of frames: first, one behind the last
};

struct Report {
  std::string title;                      ///< what was run on
  std::vector<std::string> notes;         ///< warnings above everything else
  std::filesystem::path video;            ///< the drawn video; empty: none
  int64_t largest_embedded = 50'000'000;  ///< bytes; a larger video is referred to by its name
  std::string poster;          ///< the bytes of a JPEG file, shown before the video plays
  std::vector<double> starts;  ///< of the video's frames, in seconds
  int64_t frames = 0;
  std::vector<ReportTrack> tracks;                         ///< in the order of their lanes
  std::vector<std::pair<std::string, std::string>> facts;  ///< name, value
  StageTimes times;
  std::vector<std::string> remarks;
  std::string config;  ///< as resolved
};

/// A video of several, each with a page of its own.
struct ReportEntry {
  std::string title, link;  ///< the link relative to the index
  std::string poster;       ///< the bytes of a JPEG file; may be empty
  std::string sentence;     ///< "27 frames, 2 tracks"
};

/// The part of an address that names a file, with what has a meaning in addresses coded.
std::string file_address(const std::string& path);
/// The address that a picture has if it is a part of its page.
std::string jpeg_address(std::string_view jpeg);

/// Writes a page of links, one file that needs nothing but what it links to.
void write_report_index(const std::filesystem::path& file, const std::string& title,
                        const std::vector<ReportEntry>& entries);

/// Writes the page: one file that needs nothing from outside. The video is part of it, or where it
/// is too large is expected beside it. All texts are escaped.
void write_report(const std::filesystem::path& file, const Report& report);

}  // namespace clipwork

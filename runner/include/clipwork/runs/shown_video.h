#pragma once
// Showing of a video with objects: overlay, pictures and report.html in a folder.

#include <clipwork/frame.h>
#include <clipwork/host/sections.h>
#include <clipwork/runs/drawing.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace clipwork::runs {

/// A video with objects that is to be looked at, wherever they come from: the truth of a data set,
/// results, a sample as the trainer gets it.
struct ShownVideo {
  std::string title;
  int64_t frames = 0;
  std::optional<double> rate;  ///< frames a second; none: frames have times of their own
  /// Frames are asked for in order, their index counted from 0.
  std::function<Frame(int64_t t)> frame;
  std::vector<ShownTrack> tracks;  ///< the first on top
  std::function<std::optional<MaskRle>(int64_t track, int64_t t)> mask;
  int64_t zoom = 1;                                        ///< drawn so many times as large
  std::string note;                                        ///< on every picture
  std::vector<std::pair<std::string, std::string>> facts;  ///< of the report
  std::vector<std::string> remarks;
};

/// Makes `folder` and writes of ids/, pictures/, overlay.mp4 and report.html what `output` wants.
/// Returns the first picture as the bytes of a JPEG file. Throws InputError where no plugin draws,
/// Error where a file cannot be written, and what `frame` and `mask` throw.
std::string show_video(const std::filesystem::path& folder, const ShownVideo& video,
                       const OutputSection& output);

/// Removes what `show_video` wrote, and nothing else.
void remove_shown(const std::filesystem::path& folder);

/// A folder's name for a video: "000003_dogs".
std::string folder_name(int64_t id, const std::string& name);

}  // namespace clipwork::runs

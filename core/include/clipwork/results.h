#pragma once
// results.json: what the YouTube-VIS and OVIS evaluation servers take.

#include <clipwork/sections.h>
#include <clipwork/tracks.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace clipwork {

/// A JSON list with one entry a result row:
///   {"video_id", "category_id", "score", "segmentations": [{"size": [h, w], "counts"} or null],
///    "track_id"}
/// `segmentations` has an entry a frame: COCO's compressed run lengths, null where the track is not
/// seen. `category_id` is ClassesSection::id; `track_id` is the track's number + 1, as in the
/// pictures of ids and in the report. Scores are written so that reading them gives the same bits.
/// Written row by row: no more than one mask is held in memory.
class __attribute__((visibility("default"))) ResultsFile {
 public:
  /// `note` stands in every entry, where there is one.
  explicit ResultsFile(const std::filesystem::path& file, std::string note = {});
  ~ResultsFile();
  /// Adds the rows of a video. Throws Error where a score is not a finite number.
  void add(int64_t video_id, const Result& result, const ClassesSection& classes);
  /// Ends the list and gives the file its name.
  void commit();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace clipwork

#pragma once
// results.json: what the YouTube-VIS and OVIS evaluation servers take.

#include <clipwork/api.h>
#include <clipwork/host/sections.h>
#include <clipwork/host/tracks.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace clipwork {

/// Whose form results take: YouTube-VIS's, with a mask a frame, or COCO's, with one picture.
enum class ResultForm { video, picture };

/// A row of a result on one line of JSON, without its end, as results.json has it. `note` stands in
/// it, where there is one. Throws Error where the score is not a finite number.
std::string result_line(int64_t video_id, const Result& result, const ResultRow& row,
                        const ClassesSection& classes, const std::string& note,
                        ResultForm form = ResultForm::video);

/// A JSON list with one entry a result row:
///   {"video_id", "category_id", "score", "segmentations": [{"size": [h, w], "counts"} or null],
///    "track_id"}
/// `segmentations` has an entry a frame: COCO's compressed run lengths, null where the track is not
/// seen. `category_id` is ClassesSection::id; `track_id` is ResultRow::track, as in the
/// pictures of ids and in the report. Scores are written so that reading them gives the same bits.
/// COCO's form of a picture has `image_id`, `bbox` and `segmentation` instead.
/// Every entry stands on a line of its own; no more than one is held in memory.
class CLIPWORK_API ResultsFile {
 public:
  /// `note` stands in every entry, where there is one.
  explicit ResultsFile(const std::filesystem::path& file, std::string note = {});
  ~ResultsFile();
  /// Adds the rows of a video. Throws as `result_line`.
  void add(int64_t video_id, const Result& result, const ClassesSection& classes,
           ResultForm form = ResultForm::video);
  /// Adds an entry that `result_line` made.
  void add_line(std::string_view line);
  /// Ends the list and gives the file its name.
  void commit();

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace clipwork

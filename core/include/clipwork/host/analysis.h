#pragma once
// Failure analysis: on which videos, tracks, classes and kinds of objects results lose precision,
// and by which errors.

#include <clipwork/host/evaluation.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace clipwork {

/// How a result, or an object of the ground truth, fails. The error types of TIDE (Bolya et al.,
/// ECCV 2020) with overlaps of tracks, summed over all frames as in AP. An overlap is good from 0.5
/// on and poor from 0.1 on. TIDE's "localization" is divided by time and space.
enum class ErrorType {
  none,            ///< a true positive; an object that is found
  classification,  ///< good overlap with an object of another class
  spatial,         ///< poor overlap with an object of its class, also where the two masks meet
  temporal,        ///< poor overlap with an object of its class, good in the frames in which the
                   ///< two masks meet: the track is broken, swapped or too short
  both,            ///< poor overlap with an object of another class
  duplicate,       ///< good overlap with an object that a result of a higher score has taken
  background,      ///< no overlap with any object
  missed,          ///< an object without a result that a better mask, track or class would match
};
constexpr ErrorType kErrorTypes[] = {
    ErrorType::classification, ErrorType::spatial,    ErrorType::temporal, ErrorType::both,
    ErrorType::duplicate,      ErrorType::background, ErrorType::missed};
/// TIDE's short names: "Cls", "Spat", "Temp", "Both", "Dupe", "Bkg", "Miss"; "found" for none.
const char* short_name(ErrorType type);
/// The meaning in a few words, for people.
const char* meaning(ErrorType type);

struct AnalysisOptions {
  bool class_agnostic = false;
  /// Results with a lower score count only in AP and in the costs of errors. Empty: the score with
  /// the best F1 of objects at overlap 0.5, over all classes.
  std::optional<double> min_score;
};

/// An object of the ground truth and the result that belongs to it.
struct TrackAnalysis {
  const TruthTrack* truth = nullptr;
  size_t video = 0;                        ///< place in Analysis::videos
  int64_t category = 0;                    ///< place in Analysis::categories
  int64_t frames = 0;                      ///< in which it has pixels
  int64_t first_frame = 0, end_frame = 0;  ///< of these, the first, and one behind the last
  /// Mean overlap of its boxes in consecutive frames; empty if it has no two such frames.
  std::optional<double> motion_iou;
  /// The result that is matched with it, or else, of those that are matched with no object, the one
  /// of the greatest overlap of at least 0.1, first of its class; null where there is none.
  const ResultTrack* result = nullptr;
  double overlap = 0;  ///< with `result`
  ErrorType error = ErrorType::missed;
  int64_t found_frames = 0;  ///< CLEAR's matches at overlap 0.5
  int64_t switches = 0, fragments = 0;
};

/// CLEAR's identity switch: an object is followed by another result than the last time it was
/// followed.
struct IdSwitch {
  size_t video = 0;  ///< place in Analysis::videos
  int64_t frame = 0;
  const TruthTrack* truth = nullptr;
  const ResultTrack *before = nullptr, *after = nullptr;
};

struct VideoAnalysis {
  const VideoEntry* video = nullptr;
  int64_t tracks = 0, found = 0;  ///< objects without crowds, and those found
  int64_t results = 0;            ///< with the least score or more
  double ap = -1, ap50 = -1;      ///< mean of the classes that the video has; -1 without objects
  Measures tracking;              ///< as Analysis::tracking
};

/// AP of a part of the objects. Other objects, and results matched with them, are ignored.
struct BinAnalysis {
  std::string name;  ///< "9 to 16"
  int64_t tracks = 0;
  double ap = -1, ap50 = -1, ar100 = -1;  ///< -1 without objects
};
struct PropertyAnalysis {
  std::string name;        ///< "length"
  std::string definition;  ///< a sentence
  std::vector<BinAnalysis> bins;
};

struct ErrorAnalysis {
  ErrorType type = ErrorType::none;
  int64_t count = 0;  ///< results with the least score or more; objects for `missed`
  /// AP50 that would be gained if all errors of this type, whatever their score, were mended
  /// (TIDE's dAP): classes and overlaps corrected, other false positives removed, missed objects
  /// not counted.
  double ap50_gain = 0;
};

/// Pointers are into the ground truth and the results that were analysed.
struct Analysis {
  double min_score = 0;
  bool min_score_chosen = false;      ///< by the best F1
  std::vector<Category> categories;   ///< by ascending id
  std::vector<VideoAnalysis> videos;  ///< by ascending id
  std::vector<TrackAnalysis> tracks;  ///< by video; without crowds
  std::vector<PropertyAnalysis> properties;
  std::vector<IdSwitch> switches;  ///< by video and frame
  /// Of all detections with the least score or more, as `evaluate_tracking` names them.
  Measures tracking;
  double ap50 = -1;
  std::vector<ErrorAnalysis> errors;  ///< in the order of kErrorTypes
  /// [categories + 1, categories + 1]: objects by their class (rows) and that of the result matched
  /// with them (columns) at overlap 0.5 and the least score, whatever its class, in order of
  /// falling score. The last column counts objects without one, the last row results that have no
  /// good overlap with any object. Duplicates are not counted.
  std::vector<int64_t> confusion;
  int64_t confused(size_t truth, size_t result) const {
    return confusion[truth * (categories.size() + 1) + result];
  }
};

/// Analyses results that `evaluate` accepts, of videos. Videos are analysed in parallel. Memory is
/// proportional to the results and the pairs of results and objects that overlap. Throws InputError
/// for single pictures, and as `evaluate`.
Analysis analyse(const GroundTruth& truth, const Results& results,
                 const AnalysisOptions& options = {});

}  // namespace clipwork

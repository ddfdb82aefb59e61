#pragma once
// Annotation files in YouTube-VIS form (OVIS adds occlusion), and files of results. Both are read
// piece by piece: what is kept is close to the size of the file.

#include <clipwork/category.h>
#include <clipwork/error.h>
#include <clipwork/mask_rle.h>
#include <clipwork/video_entry.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace clipwork {

class Dataset;

/// The masks of a track, one a frame or none, packed to about the size of their compressed strings.
class MaskList {
 public:
  void add(const MaskRle& mask);
  void add_absent();
  /// Gives back what was set aside for more.
  void shrink();
  int64_t frames() const { return static_cast<int64_t>(ends_.size()); }
  /// A mask without pixels is there, too.
  bool present(int64_t frame) const;
  /// Puts a frame's mask into `mask`; false where there is none.
  bool read(int64_t frame, MaskRle* mask) const;

 private:
  std::vector<uint8_t> bytes_;
  std::vector<uint32_t> ends_;
};

/// An annotated object.
struct TruthTrack {
  int64_t id = 0, video = 0, category = 0;  ///< ids of the file
  bool crowd = false;
  /// Mean of the file's `areas` over the frames where it is neither null nor 0; else 0.
  double area = 0;
  double mask_area = 0;  ///< mean area of the masks that are there and have pixels; else 0
  /// Mean over the upper half of the frames' labels (none 0, slight 0.25, severe 0.75), rounded up:
  /// the score of OVIS. Empty where the file has no label.
  std::optional<double> occlusion;
  MaskList masks;
};

struct GroundTruth {
  std::string file;
  std::vector<VideoEntry> videos;  ///< in file order, as are the others
  std::vector<Category> categories;
  std::vector<TruthTrack> tracks;
  bool annotated = false;  ///< false: `annotations` is null or missing, as in files for servers
  bool pictures = false;   ///< the videos are single pictures, as in COCO
  /// True where every annotation has `occlusion`, and there is one.
  bool has_occlusion() const;
};

/// A result. Its number in messages counts from 1 in file order.
struct ResultTrack {
  int64_t video = 0, category = 0;  ///< ids of the file
  std::optional<int64_t> track;  ///< `track_id`, which Clipwork writes: rows of one are its classes
  double score = 0;              ///< may be infinite or NaN
  double mask_area = 0;          ///< mean area of the masks that are there and have pixels; else 0
  MaskList masks;
};

struct Results {
  std::string file;
  std::vector<ResultTrack> tracks;
  bool pictures = false;  ///< of COCO's form: `image_id` and one `segmentation`
};

/// Reads an annotation file, of YouTube-VIS's form or of COCO's pictures. Videos are called as the
/// folder of their first file, or else by their id. Throws InputError naming the file, the entry
/// and the field where the official code would stop, and where a mask is not a valid code.
GroundTruth read_ground_truth(const std::filesystem::path& file);

/// The annotations of a data set as ground truth. `name` stands in messages for the file.
GroundTruth ground_truth(const Dataset& dataset, std::string name);

/// Reads a .json file, or a .zip with results.json at its root. Results of COCO's form (`image_id`,
/// `segmentation`) are videos of one frame. Throws InputError as above. With `fault`, it is called
/// with the errors of single results and their indices instead, and these results are left empty,
/// so that numbers of results stay.
Results read_results(const std::filesystem::path& file,
                     const std::function<void(size_t result, const InputError&)>& fault = {});

/// Everything for which a server would refuse the results or count them otherwise than meant: ids,
/// classes, numbers of frames, sizes, codes, scores. Many faults that are alike are one line, with
/// their number and the first. `instances` needs no annotations. Throws InputError where a file
/// cannot be read at all.
std::vector<std::string> check_results(const std::filesystem::path& results,
                                       const GroundTruth& instances);

/// Writes a zip file with `results` as results.json at its root, as servers take it.
void write_submission(const std::filesystem::path& results, const std::filesystem::path& zip);

}  // namespace clipwork

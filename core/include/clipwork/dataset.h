#pragma once
// Videos with their objects, whatever they are stored as.

#include <clipwork/api.h>
#include <clipwork/category.h>
#include <clipwork/component.h>
#include <clipwork/frame.h>
#include <clipwork/masks.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace clipwork {

struct VideoEntry {
  int64_t id = 0;    ///< as in the annotation file; results name it
  std::string name;  ///< folder, or file without its ending: what splits are made of
  Size size;
  int64_t length = 0;              ///< frames
  std::vector<std::string> files;  ///< a picture a frame, full paths; empty where frames are made
};

/// One object of a video.
struct AnnotatedTrack {
  int64_t id = 0;        ///< as in the annotation file
  int64_t category = 0;  ///< index into the dataset's classes
  bool crowd = false;
  std::vector<std::optional<MaskRle>> masks;  ///< one a frame; none: not there
  /// One a frame (0, 0.25, 0.75); empty where the data has none.
  std::vector<std::optional<double>> occlusion;
  /// One a frame, in pixels, as the data says; empty: those of the masks.
  std::vector<std::optional<double>> areas;
};

/// Something wrong in a dataset that does not stop it from being read.
struct DatasetFault {
  std::string where;    ///< "video 3 (dogs), annotation 17, frame 4"
  std::string problem;  ///< in a sentence
  std::string mended;   ///< what reading made of it
};

/// Videos, frames, tracks and classes. Reading goes video by video: annotations stay run lengths,
/// frames stay on disk. Unlike other components a data set may be asked by several threads at once.
class CLIPWORK_API Dataset : public Component {
 public:
  static constexpr const char* kKind = "dataset";
  ~Dataset() override;
  virtual const std::vector<Category>& categories() const = 0;
  virtual const std::vector<VideoEntry>& videos() const = 0;
  /// The objects of videos()[index], by ascending id. Empty where the data has no annotations.
  virtual std::vector<AnnotatedTrack> tracks(int64_t index) const = 0;
  /// True if the data has annotations; without them nothing can be scored.
  virtual bool annotated() const = 0;
  /// True if each video is a still picture, whose results and scores are those of COCO.
  virtual bool pictures() const;
  /// Frame t of videos()[index]. Throws InputError naming the file where it cannot be read.
  virtual Frame frame(int64_t index, int64_t t) const = 0;
  /// Faults found while reading.
  virtual std::vector<DatasetFault> faults() const;
};

}  // namespace clipwork

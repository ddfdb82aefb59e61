#pragma once
// Videos with their objects, whatever they are stored as.

#include <clipwork/api.h>
#include <clipwork/category.h>
#include <clipwork/component.h>
#include <clipwork/frame.h>
#include <clipwork/masks.h>
#include <clipwork/video_entry.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace clipwork {

/// One object of a video.
struct AnnotatedTrack {
  int64_t id = 0;        ///< as in the annotation file
  int64_t category = 0;  ///< index into the dataset's classes
  bool crowd = false;
  /// By frame; none where the object is not there.
  std::vector<std::optional<MaskRle>> masks;
  /// By frame: 0, 0.25 or 0.75. Empty where the data has none.
  std::vector<std::optional<double>> occlusion;
  /// By frame, in pixels, as the data says. Empty: those of the masks.
  std::vector<std::optional<double>> areas;
};

/// The objects of a video, by ascending id. Copies share them, so that a data set which keeps them
/// in memory hands them out as they are; they outlive it.
class VideoTracks {
 public:
  VideoTracks() : VideoTracks(std::vector<AnnotatedTrack>()) {}
  VideoTracks(std::vector<AnnotatedTrack> tracks)
      : tracks_(std::make_shared<const std::vector<AnnotatedTrack>>(std::move(tracks))) {}
  size_t size() const { return tracks_->size(); }
  bool empty() const { return tracks_->empty(); }
  const AnnotatedTrack& operator[](size_t i) const { return (*tracks_)[i]; }
  /// Throws std::out_of_range where there are not as many.
  const AnnotatedTrack& at(size_t i) const { return tracks_->at(i); }
  auto begin() const { return tracks_->begin(); }
  auto end() const { return tracks_->end(); }

 private:
  std::shared_ptr<const std::vector<AnnotatedTrack>> tracks_;
};

/// Something wrong in a dataset that does not stop it from being read.
struct DatasetFault {
  std::string where;    ///< "video 3 (dogs), annotation 17, frame 4"
  std::string problem;  ///< in a sentence
  std::string mended;   ///< what reading made of it
  int64_t count = 1;    ///< of this fault and those like it that are not listed
  /// The file or folder that has it, and where `--images` names it the folder of its pictures, as
  /// arguments of `clipwork dataset check`; may be empty.
  std::string data = {};
  /// "WHERE: PROBLEM; MENDED".
  std::string text() const;
};

/// Videos, frames, tracks and classes. Reading goes video by video: annotations stay run lengths,
/// frames stay on disk. Unlike other components a data set may be asked by several threads at once.
class CLIPWORK_API Dataset : public Component {
 public:
  static constexpr const char* kKind = "dataset";
  ~Dataset() override;
  virtual const std::vector<Category>& categories() const = 0;
  virtual const std::vector<VideoEntry>& videos() const = 0;
  /// The objects of videos()[index]. Empty where the data has no annotations.
  virtual VideoTracks tracks(int64_t index) const = 0;
  /// Whether there are annotations at all: without them no score can be had.
  virtual bool annotated() const = 0;
  /// True if each video is a still picture, whose results and scores are those of COCO.
  virtual bool pictures() const;
  /// Frame t of videos()[index]. Throws InputError naming the file where it cannot be read.
  virtual Frame frame(int64_t index, int64_t t) const = 0;
  /// Faults found while reading.
  virtual std::vector<DatasetFault> faults() const;
};

}  // namespace clipwork

#pragma once
// What the readers of label files share: they give frames with objects, and get videos with tracks.

#include <clipwork/host/label_files.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "masks/outlines.h"

namespace clipwork {

struct LabelledObject {
  std::string label;
  std::optional<int64_t> track;  ///< none: it is in this frame only
  MaskRle mask;
};

struct LabelledFrame {
  std::string file;  ///< of the picture, relative to the folder of pictures
  Size size;         ///< 0 x 0: that of the picture, or of the video
  std::vector<LabelledObject> objects;
  bool labelled = true;  ///< false: there is a picture, but no label file for it
};

struct LabelledVideo {
  std::string name;
  std::vector<LabelledFrame> frames;
  bool linked = false;  ///< a video for sure, whether objects have ids or not
};

/// Gathers the frames of label files and makes tracks of their objects.
class LabelCollector {
 public:
  /// `images` is the folder to which names of pictures are relative.
  LabelCollector(const LabelSource& source, std::string images);

  /// Classes that the files list. Those of the source go first.
  void classes(std::vector<std::string> names);
  void add(LabelledVideo video);
  void fault(std::string where, std::string problem, std::string mended);
  void remark(std::string sentence);
  /// Counts something that is left out; all of a kind are one remark: "3 shapes of type
  /// 'linestrip' are left out: ...".
  void leave_out(const std::string& things, const std::string& reason);
  // A short file can ask for very much: these count, and throw Error (with the exit code of bad
  // input) for what takes too long or cannot be held.

  /// The pixels inside a polygon. Throws InputError where `mask_of` does.
  MaskRle draw(Polygon polygon, Size size);
  /// Columns of pixels that a shape of so many numbers crosses; to be called before it is drawn.
  void cross(int64_t columns, size_t numbers);
  /// The runs of a mask that is kept.
  void count(const MaskRle& mask);
  /// Frames without a shape of their own, between those that have one.
  void fill(int64_t frames);

  /// Mended. Throws InputError where there is no video; `nothing` says what was looked for.
  LabelledData done(const std::string& nothing);

 private:
  const LabelSource& source_;
  LabelledData data_;
  std::vector<std::string> classes_;
  std::vector<LabelledVideo> videos_;
  std::map<std::pair<std::string, std::string>, int64_t> left_out_;
  std::map<std::string, int64_t> categories_;  ///< ids by name
  size_t runs_ = 0, entries_ = 0, numbers_ = 0;
  int64_t columns_ = 0, filled_ = 0;
  int64_t unlabelled_frames_ = 0, unlabelled_pictures_ = 0, stills_ = 0;

  void list_categories();
  void add_video(LabelledVideo& video);
  void add_still(LabelledFrame& frame);
  Size size_of(const LabelledVideo& video);
  std::optional<Size> picture_size(const std::string& file);
  void add_objects(int64_t video, const std::string& where, size_t frame, size_t length,
                   std::vector<LabelledObject>& objects,
                   std::map<std::pair<int64_t, std::string>, size_t>& tracks);
  void number_tracks();
  void add_remarks();
};

}  // namespace clipwork

#pragma once
// A drawn scene with exact masks: pictures, predictions and targets of objects that move.

#include <clipwork/memo.h>
#include <clipwork/prediction.h>
#include <clipwork/targets.h>
#include <clipwork/transform.h>

#include <limits>
#include <vector>

namespace clipwork::test {

/// Bool [H, W]: pixels whose centres are in the rectangle round (x, y), in pixels from the upper
/// left corner of the picture.
Tensor rectangle(Size size, double x, double y, double width, double height);
/// Bool [H, W]: pixels whose centres are at most `diameter` / 2 away from (x, y).
Tensor circle(Size size, double x, double y, double diameter);

/// An object that moves on a straight line.
struct SceneObject {
  enum class Shape { rectangle, circle } shape = Shape::rectangle;
  double x = 0, y = 0;           ///< the centre in frame 0, in pixels
  double width = 8, height = 8;  ///< a circle has the diameter `width`
  double dx = 0, dy = 0;         ///< pixels per frame
  int64_t category = 0;
  /// The frames in which it can be seen, both included.
  int64_t first = 0, last = std::numeric_limits<int64_t>::max();
};

/// The window of frames [first, first + length) with a memo and a geometry for each. Pictures are
/// not scaled or padded.
class FrameWindow {
 public:
  FrameWindow(int64_t first, int64_t length, Size size = {}, int head = 0, int tail = 0);
  /// Valid as long as this object.
  Window window() const { return {first_, memos_, geometry_, head_, tail_}; }

 private:
  int64_t first_;
  std::vector<FrameMemo> memos_;
  std::vector<Geometry> geometry_;
  int head_, tail_;
};

class Scene {
 public:
  explicit Scene(Size size, std::vector<SceneObject> objects = {}, int64_t classes = 3);

  Size size() const { return size_; }
  int64_t classes() const { return classes_; }
  const std::vector<SceneObject>& objects() const { return objects_; }
  /// All objects, in order.
  std::vector<int64_t> everything() const;
  /// Objects with a pixel in one of these frames, in order.
  std::vector<int64_t> visible(int64_t first, int64_t frames) const;

  /// Bool [H, W]; of overlapping objects each has its whole mask. No pixel where it is not there.
  Tensor mask(int64_t object, int64_t frame) const;
  /// Uint8 RGB [3, H, W]: the objects in colours of their own on a gradient, later ones on top.
  Frame picture(int64_t frame) const;

  /// What a perfect model predicts for frames [first, first + length), batch 1: row r is object
  /// `rows[r]`, and -1 is a row without an object. Every field that trackers may need is filled:
  /// class scores as logits, "none" last; masks; embeddings and queries [1, R, 8] that differ
  /// between objects, nearly orthogonal, and change little from frame to frame; in `more` "boxes"
  /// [1, R, 4] of the last frame, "id_scores" [1, R, 21] (a channel an object, then "new" and
  /// "none"), and "embeddings.head" and "embeddings.tail" of the first and the last frame.
  ClipPrediction prediction(int64_t first, int64_t length, const std::vector<int64_t>& rows) const;
  /// The same, its rows the visible objects.
  ClipPrediction prediction(int64_t first, int64_t length = 1) const;
  /// The truth of these frames, all objects: ids are their numbers, -1 in frames without a pixel;
  /// boxes enclose the masks.
  Targets targets(int64_t first, int64_t length) const;
  /// A training sample of these frames.
  Sample sample(int64_t first, int64_t length) const;

 private:
  Size size_;
  std::vector<SceneObject> objects_;
  int64_t classes_;
};

}  // namespace clipwork::test

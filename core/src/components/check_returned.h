#pragma once
// The values that components return, checked where they enter the host: one function a kind of
// value, one line a property. A fault is reported with what was expected and what was found; the
// caller adds the component, the video and the frame.
//
// The cost is a few microseconds a window. Values of tensors on a device, and those of feature maps
// and memos, are not looked at: that would wait for the device, or read as much memory as the model
// does.

#include <clipwork/dataset.h>
#include <clipwork/error.h>
#include <clipwork/features.h>
#include <clipwork/loss.h>
#include <clipwork/memo.h>
#include <clipwork/prediction.h>
#include <clipwork/transform.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace clipwork {

/// A component returned something that its kind does not allow: a fault of its code, not of the
/// input. `what()` is "expected EXPECTED, found FOUND".
class ReturnedFault : public Error {
 public:
  template <class Found>
  ReturnedFault(const std::string& expected, const Found& found)
      : Error(cat("expected ", expected, ", found ", found)) {}
  ReturnedFault(const ReturnedFault&);
  ~ReturnedFault() override;
};

/// Backbone, pixel decoder: every map that the contract promises is there, as float [pictures, C,
/// H / stride, W / stride] of the padded picture.
void check_maps(const std::vector<FeatureMap>& maps, const std::vector<MapInfo>& promised,
                int64_t pictures, Size padded);

/// Decoder, `encode`: every entry of the memo is [pictures, ...].
void check_memo(const FrameMemo& memo, int64_t pictures);

/// Decoder `start`, tracker `propose`: "queries", where there are any, is float [batch, Q, C] with
/// the `width` C of the decoder's, and finite; 0: of any width.
void check_queries(const Tensors& proposed, int64_t batch, int64_t width);

/// A window, as those who predict and link it must see it.
struct ExpectedWindow {
  int64_t first = 0;  ///< index of its first frame
  int64_t batch = 1;
  int64_t classes = 0;
  std::span<const Geometry> geometry;  ///< one entry a frame
  /// Names that the decoder's contract gives: embeddings and queries must then be there.
  std::span<const std::string> given;
  /// Dense outputs may take the place of everything but scores, and values are checked with the
  /// loss.
  bool training = false;
};

/// Decoder `decode`, and what a tracker makes of it: scores, embeddings and queries fit each other
/// and are finite; masks are there and are those of the window's frames.
void check_prediction(const ClipPrediction& prediction, const ExpectedWindow& window);

/// Masks, `render`: one a row, of the frame's size, and `quality` double [rows, 2] if it is there.
void check_rendered(const Rendered& rendered, size_t rows, Size frame);

/// Class scores on the CPU: finite, and in [0, 1] if they are probabilities.
void check_scores(const ClipPrediction& prediction);

/// Tracker: the links of a video's windows, in order. Every row has one link, in row order; tracks
/// are new when their link says so, shown by one row a window, and never come back once they ended.
class LinkCheck {
 public:
  /// Does not look at the prediction beyond its number of rows.
  void operator()(const Tracked& tracked, int64_t first);

 private:
  void check_track(const Link& link);
  void end(int64_t track);
  bool has_ended(int64_t track) const;

  std::set<int64_t> live_;
  std::map<int64_t, int64_t> ended_;  ///< runs of ids: the first, and the one behind the last
};

/// Loss term: one scalar a clip, or a single one. Where the class scores of the layer have a
/// gradient, so has a value, unless it is zero because there is nothing to compare. Values that are
/// not finite are the learner's to report.
void check_term(const std::vector<Tensor>& values, const Layer& layer);

/// Loss: every term is a scalar, and, if parameters are `trained`, one with a weight has a
/// gradient.
void check_loss(const LossResult& result, bool trained);

/// Source, data set, picture reader: uint8 RGB [3, H, W] with pixels, on the CPU.
void check_picture(const Tensor& pixels);

/// Data set: objects of one of the data set's classes, by ascending id, with one mask a frame of
/// the video's size.
void check_tracks(const VideoTracks& tracks, const VideoEntry& video, int64_t classes);

/// Samples, transform: frames, labels in [0, classes), ids, masks and boxes of one clip fit each
/// other. 0 classes: any number.
void check_sample(const Sample& sample, int64_t classes);

}  // namespace clipwork

#pragma once
#include <clipwork/component.h>
#include <clipwork/parameters.h>

#include <string>
#include <vector>

namespace clipwork::mask_rcnn {

/// Defaults are those of detectron2's configs with a feature pyramid.
struct Parameters {
  /// The implementation whose weights are used. They differ in the place of the background class,
  /// in whether anchors are rounded, in RoIAlign, in how masks are pasted, and in the losses' boxes
  /// and masks.
  enum class Convention { detectron2, torchvision } convention = Convention::detectron2;
  /// The rows of the classes in a head of torchvision's that has further ones; empty: 1, 2, ...
  std::vector<int64_t> class_rows;
  int64_t channels = 256;
  std::vector<int64_t> anchor_sizes = {32, 64, 128, 256, 512};
  std::vector<double> anchor_ratios = {0.5, 1, 2};
  int64_t level_proposals = 1000, proposals = 1000;
  double proposal_nms_iou = 0.7;
  int64_t box_width = 1024, box_size = 7;
  int64_t mask_channels = 256, mask_convolutions = 4, mask_size = 14;
  int64_t detections = 100;
  double min_class_score = 0.05, nms_iou = 0.5;
  /// The detections that suppress each other: those of the same class, each proposal being a
  /// candidate of every class, or all, each proposal being a candidate of its best class.
  enum class Suppression { of_class, all } suppression = Suppression::of_class;

  void describe(Describer& d) {
    d("convention", convention,
      {{"detectron2", Convention::detectron2}, {"torchvision", Convention::torchvision}},
      "implementation that the weights are from; they differ in parameter names, class order, "
      "anchors, RoIAlign and mask pasting");
    d("class_rows", class_rows,
      "row of each class in a class head of torchvision that has further rows, as its COCO models "
      "have for all category ids (default: 1, 2, ...; row 0 is the background)")
        .range(1, 100000);
    d("channels", channels, "width of the feature pyramid").range(1, 4096);
    d("anchor_sizes", anchor_sizes, "side of the square anchor at each level, p2 to p6")
        .length(5, 5)
        .range(1, 100000)
        .unit("pixels");
    d("anchor_ratios", anchor_ratios, "ratios of height to width of the anchors at every position")
        .length(1, 16)
        .range(0.01, 100);
    d("level_proposals", level_proposals,
      "number of best anchors per level that are considered for proposals")
        .range(1, 1000000);
    d("proposals", proposals, "largest number of proposals in a frame").range(1, 1000000);
    d("proposal_nms_iou", proposal_nms_iou,
      "box overlap threshold of the suppression among proposals of a level")
        .range(0, 1);
    d("box_width", box_width, "width of the box head's two linear layers").range(1, 65536);
    d("box_size", box_size, "side of the box head's RoIAlign").range(1, 64);
    d("mask_channels", mask_channels, "width of the mask head").range(1, 4096);
    d("mask_convolutions", mask_convolutions,
      "number of 3x3 convolutions in the mask head before the upsampling")
        .range(1, 16);
    d("mask_size", mask_size, "side of the mask head's RoIAlign; masks have twice this side")
        .range(1, 64);
    d("detections", detections, "largest number of detections in a frame").range(1, 100000);
    d("min_class_score", min_class_score, "class probability that a detection must exceed")
        .range(0, 1);
    d("nms_iou", nms_iou, "box overlap threshold of the suppression among detections").range(0, 1);
    d("suppression", suppression, {{"class", Suppression::of_class}, {"all", Suppression::all}},
      "which detections suppress each other: those of the same class, where a proposal may be "
      "detected once for each class, or all, where a proposal has its best class only");
  }

  bool is_torchvision() const { return convention == Convention::torchvision; }
  int64_t anchors() const { return static_cast<int64_t>(anchor_ratios.size()); }
};

/// Levels p2 to p6 of the pyramid; p6 serves proposals alone.
inline constexpr int64_t kFinestLevel = 2, kCoarsestLevel = 6, kCoarsestRoiLevel = 5;
inline std::string level_name(int64_t level) { return cat("p", level); }
inline int64_t level_stride(int64_t level) { return int64_t{1} << level; }

/// The detector's contract with its loss.
struct DetectorContract : Contract {
  /// The name under which it gives its dense outputs, in training through the decoder.
  static constexpr const char* kOutputs = "dense.mask_rcnn";
  Parameters detector;
};

}  // namespace clipwork::mask_rcnn

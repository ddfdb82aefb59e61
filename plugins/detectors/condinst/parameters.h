#pragma once
#include <clipwork/component.h>
#include <clipwork/parameters.h>

#include <string>
#include <vector>

namespace clipwork::condinst {

/// Defaults are IAI's published values.
struct Parameters {
  int64_t channels = 256, head_channels = 256, convolutions = 4, norm_groups = 32;
  int64_t mask_channels = 128, mask_out = 8, dynamic_channels = 8;
  std::vector<int64_t> strides = {8, 16, 32, 64, 128};
  int64_t level_candidates = 200, detections = 10;
  double min_class_score = 0.1, nms_iou = 0.5;
  /// The detections that suppress each other: all, or those of the same best class.
  enum class Suppression { all, of_class } suppression = Suppression::all;

  void describe(Describer& d) {
    d("channels", channels, "width of the feature pyramid").range(1, 4096);
    d("head_channels", head_channels, "width of the towers").range(1, 4096);
    d("convolutions", convolutions,
      "number of 3x3 convolutions in the class tower and in the box tower")
        .range(1, 64);
    d("norm_groups", norm_groups, "number of groups in the towers' norms").range(1, 4096);
    d("mask_channels", mask_channels, "width of the mask branch").range(1, 4096);
    d("mask_out", mask_out, "channels of the mask features").range(1, 1024);
    d("dynamic_channels", dynamic_channels, "width of the dynamic convolutions").range(1, 1024);
    d("strides", strides,
      "strides of the pyramid's levels, each twice the previous one, starting with 8")
        .length(3, 8)
        .unit("pixels");
    d("level_candidates", level_candidates,
      "number of best points per level that are considered for detections")
        .range(1, 1000000);
    d("detections", detections, "largest number of detections in a frame").range(1, 100000);
    d("min_class_score", min_class_score, "class probability that a detection must exceed")
        .range(0, 1);
    d("nms_iou", nms_iou, "box overlap threshold of the suppression").range(0, 1);
    d("suppression", suppression, {{"all", Suppression::all}, {"class", Suppression::of_class}},
      "which detections suppress each other: all, or those of the same best class");
  }

  int64_t levels() const { return static_cast<int64_t>(strides.size()); }
  /// "p3", "p4", ...
  static std::string level_name(int64_t level) { return cat("p", level + 3); }
  /// Numbers that the controller gives for one detection: weights and biases of three 1x1
  /// convolutions.
  int64_t kernel_size() const {
    int64_t c = dynamic_channels;
    return (mask_out + 2) * c + c * c + c + c + c + 1;
  }
};

/// The detector's contract with its loss.
struct DetectorContract : Contract {
  /// The name under which it gives its dense outputs, in training through the decoder.
  static constexpr const char* kOutputs = "dense.condinst";
  Parameters detector;
};

}  // namespace clipwork::condinst

#pragma once
#include <clipwork/detector.h>
#include <clipwork/parameters.h>
#include <clipwork/ref.h>

namespace clipwork::iai {

/// Id scores of each channel alone, or as parts of 1 with a channel for none.
enum class IdForm { sigmoid, softmax };

/// Defaults are the published values for YouTube-VIS 2019 with a ResNet-50 or -101.
struct Parameters {
  Ref<Detector> detector;
  int64_t ids = 20;
  bool identification = true, association = true, local = true, global = true,
       class_projection = true;
  int64_t id_convs = 2;
  IdForm id_form = IdForm::sigmoid;
  enum class Ranking { published, mean } ranking = Ranking::published;
  double min_id_score = 0.1, min_visible = 0.1;
  int64_t layers = 1, channels = 256, projection = 1536, feedforward = 1024;
  int64_t self_heads = 4, memory_heads = 2, reach = 7;
  int64_t memory_interval = 3, memory_frames = 0;
  double drop_path = 0.1;

  void describe(Describer& d) {
    d("detector", detector, "the model that detects objects in single frames").required();
    d("ids", ids, "number of id channels; the last one, not counting \"none\", is for new objects")
        .range(3, 10000);
    d("identification", identification,
      "add an id head at every point, and ids of past frames to the memory");
    d("association", association, "let past frames change the coarsest map");
    d("local", local, "local attention to the previous frame, around the same position");
    d("global", global, "global attention to remembered frames, at all positions");
    d("class", class_projection,
      "add a projection of the coarsest map that bypasses the attention");
    d("id_convs", id_convs, "number of 3x3 convolutions in the id head, including the predictor")
        .range(1, 16);
    d("id_form", id_form, {{"sigmoid", IdForm::sigmoid}, {"softmax", IdForm::softmax}},
      "id scores: a sigmoid per channel, or a softmax with a channel for none (trained with cross "
      "entropy)");
    d("ranking", ranking, {{"published", Ranking::published}, {"mean", Ranking::mean}},
      "score for suppression: class and id score weighted 1 to 0.5 (first frame) or 0.5 to 1, "
      "times the detector's quality (published code), or their mean (paper)");
    d("min_id_score", min_id_score, "id score that a detection must exceed").range(0, 1);
    d("min_visible", min_visible, "share of a mask that better masks must leave visible")
        .range(0, 1);
    d("layers", layers, "number of association layers").range(1, 16);
    d("channels", channels, "width of the association").range(1, 4096);
    d("projection", projection, "width of the class projection").range(1, 16384);
    d("feedforward", feedforward, "hidden width of the feed-forward network").range(1, 65536);
    d("self_heads", self_heads, "number of attention heads within a frame").range(1, 64);
    d("memory_heads", memory_heads, "number of attention heads to memories").range(1, 64);
    d("reach", reach, "radius of the local attention, in positions").range(0, 64);
    d("memory_interval", memory_interval,
      "interval in frames at which the global memory stores a frame; it also stores frames with "
      "new objects")
        .range(1, 1000000)
        .unit("frames");
    d("memory_frames", memory_frames,
      "largest number of frames in the global memory: the first and the latest ones; 0: all, as "
      "published")
        .range(0, 1000000)
        .unit("frames");
    d("drop_path", drop_path, "share of positions whose branches are dropped in training")
        .range(0, 0.99);
  }
};

}  // namespace clipwork::iai

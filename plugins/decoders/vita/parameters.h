#pragma once
#include <clipwork/decoder.h>
#include <clipwork/parameters.h>
#include <clipwork/ref.h>

#include <cstdint>

namespace clipwork::vita {

/// The condition under which odd layers of the object encoder shift their windows.
enum class WindowShift { inference, always, never };

struct Parameters {
  Ref<Decoder> frame;
  int64_t queries = 100, channels = 256, heads = 8, feedforward = 2048, mask_channels = 256;
  int64_t encoder_layers = 6, decoder_layers = 3, attention_window = 6, frame_layers = 3;
  double keep_tokens = 1;
  bool pre_norm = false, input_projection = true, sim_embed_frame = true, sim_embed_clip = true;
  WindowShift window_shift = WindowShift::inference;
  enum class MaskFeatures { own, pixel_decoder } mask_features = MaskFeatures::own;

  void describe(Describer& d) {
    d("frame", frame, "decoder of single frames; its queries become the object tokens").required();
    d("queries", queries, "number of learned video queries").range(1, 10000);
    d("channels", channels, "width of tokens and queries").range(1, 4096);
    d("heads", heads, "number of attention heads").range(1, 64);
    d("feedforward", feedforward, "hidden width of the feed-forward networks").range(1, 65536);
    d("mask_channels", mask_channels, "width of the mask features").range(1, 4096);
    d("encoder_layers", encoder_layers, "number of layers in the object encoder").range(0, 64);
    d("decoder_layers", decoder_layers, "number of layers in the object decoder").range(1, 64);
    d("attention_window", attention_window,
      "number of frames whose tokens attend to each other in the object encoder; 0: all")
        .range(0, 100000)
        .unit("frames");
    d("window_shift", window_shift,
      {{"inference", WindowShift::inference},
       {"always", WindowShift::always},
       {"never", WindowShift::never}},
      "when odd layers of the object encoder shift their windows: only at inference as in the "
      "public code, always as in the paper, or never");
    d("keep_tokens", keep_tokens,
      "share of a frame's tokens to keep: those with the lowest probability of \"none\"")
        .range(0.001, 1);
    d("frame_layers", frame_layers,
      "number of last frame-decoder layers whose queries are used in training, each as a copy of "
      "the batch")
        .range(1, 64)
        .unit("layers");
    d("mask_features", mask_features,
      {{"own", MaskFeatures::own}, {"pixel_decoder", MaskFeatures::pixel_decoder}},
      "a separate projection of the pixel decoder's finest map, as in the public code, or the "
      "pixel decoder's mask features, as in the paper");
    d("pre_norm", pre_norm, "norms before attention and feed-forward instead of after them");
    d("input_projection", input_projection, "project frame queries before the object encoder");
    d("sim_embed_frame", sim_embed_frame,
      "project encoded tokens for the similarity loss; false: use them unchanged");
    d("sim_embed_clip", sim_embed_clip,
      "project video queries for the similarity loss; false: use them unchanged");
  }
};

}  // namespace clipwork::vita

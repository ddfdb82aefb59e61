#pragma once
// A training whose steps take milliseconds.

#include "support.h"

namespace clipwork::test {

/// A model and pictures so small that a step takes milliseconds.
inline constexpr const char* kTinyTraining = R"(
[model.backbone]
type = "resnet"
depth = 18
stem_channels = 4
res2_channels = 4
width_per_group = 4

[model.pixel_decoder]
type = "msdeform"
channels = 32
mask_channels = 8
layers = 1

[model.decoder]
queries = 4
channels = 32
layers = 2
feedforward = 16

[data.train.dataset]
videos = 6

[preprocess]
short_edge = 32

[run]
threads = 1

[weights]
file = "initial"
)";

/// Writes tiny.toml: MinVIS as small as that, with `own` tables.
inline std::string write_tiny_training(const ScratchFolder& scratch, const std::string& own) {
  const std::string configs = (source_dir() / "configs").string();
  return scratch
      .write("tiny.toml", "extends = [\"" + configs + "/minvis/tiny.toml\", \"" + configs +
                              "/_base_/training/mask2former.toml\"]\n" + kTinyTraining + own)
      .string();
}

}  // namespace clipwork::test

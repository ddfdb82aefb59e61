// SPDX-License-Identifier: Apache-2.0
// A data set: videos of a square that crosses the picture, made as they are read. Several threads
// read a data set at once, so it keeps no state.
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <clipwork/dataset.h>
#include <clipwork/plugin.h>

using namespace clipwork;

namespace {

constexpr Size kSize{48, 80};
constexpr int64_t kSide = 12;

class @CLASS@ : public Dataset {
 public:
  struct Parameters {
    int64_t videos = 8;
    int64_t frames = 10;
    void describe(Describer& d) {
      d("videos", videos, "number of videos").range(1, 100000);
      d("frames", frames, "length of each").range(1, 10000).unit("frames");
    }
  };

  static Contract contract(const Parameters&, const Given&) { return {}; }

  @CLASS@(const Parameters& parameters, const Given&) {
    for (int64_t i = 0; i < parameters.videos; ++i) {
      videos_.push_back({i + 1, cat("video_", i), kSize, parameters.frames, {}});
    }
  }

  const std::vector<Category>& categories() const override { return categories_; }
  const std::vector<VideoEntry>& videos() const override { return videos_; }
  bool annotated() const override { return true; }

  VideoTracks tracks(int64_t index) const override {
    AnnotatedTrack track;
    track.id = 1;
    track.category = index % 2;
    for (int64_t t = 0; t < videos_.at(index).length; ++t) {
      Tensor mask = at::zeros({kSize.height, kSize.width}, at::kBool);
      square(mask, index, t).fill_(true);
      track.masks.push_back(MaskRle::from_tensor(mask));
    }
    return {{track}};
  }

  Frame frame(int64_t index, int64_t t) const override {
    Frame frame;
    frame.index = t;
    frame.seconds = static_cast<double>(t) / 10;
    frame.name = cat(videos_.at(index).name, ", frame ", t);
    frame.pixels = at::full({3, kSize.height, kSize.width}, 64, at::kByte);
    square(frame.pixels[index % 2], index, t).fill_(255);  // red or green
    return frame;
  }

 private:
  // The part of [H, W] that shows the square.
  static Tensor square(const Tensor& picture, int64_t index, int64_t t) {
    const int64_t x = (7 * index + 3 * t) % (kSize.width - kSide),
                  y = 11 * index % (kSize.height - kSide);
    return picture.narrow(0, y, kSide).narrow(1, x, kSide);
  }

  std::vector<Category> categories_ = {{1, "red"}, {2, "green"}};
  std::vector<VideoEntry> videos_;
};

}  // namespace

CLIPWORK_PLUGIN(@NAME@, "0.1.0") {
  registry.add<@CLASS@>("@NAME@", "videos of a square that crosses the picture");
}

#include <ATen/ops/empty.h>
#include <clipwork/dataset.h>
#include <clipwork/plugin.h>
#include <clipwork/text.h>

#include <algorithm>

#include "renderer.h"

namespace {

using namespace clipwork;
using namespace clipwork::synthetic;

/// Videos made from a seed. The same profile, split and number give the same video on every
/// machine.
class Synthetic final : public Dataset {
 public:
  struct Parameters {
    std::string profile = "ytvis_like";
    Split split = Split::train;
    int64_t scale = 1, videos = 0;
    void describe(Describer& d) {
      std::vector<std::string> names;
      for (const Profile& one : profiles()) names.push_back(one.name);
      d("profile", profile, "what kind of videos to generate").choices(names);
      d("split", split, {{"train", Split::train}, {"val", Split::val}}, "which videos to use");
      d("scale", scale,
        "size of the frames as a multiple of 96x160; at scales other than 1, videos belong to a "
        "separate profile, PROFILE_xSCALE")
          .range(1, 16);
      d("videos", videos,
        "use the first N videos; 0: all of the split; further videos of 'train' are generated in "
        "the same way")
          .range(0, 100000);
    }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }

  Synthetic(const Parameters& parameters, const Given&)
      : profile_(*std::find_if(profiles().begin(), profiles().end(),
                               [&](const Profile& one) { return one.name == parameters.profile; })),
        split_(parameters.split),
        scale_(static_cast<int>(parameters.scale)) {
    for (size_t i = 0; i < kinds().size(); ++i) {
      categories_.push_back({static_cast<int64_t>(i) + 1, kinds()[i].name});
    }
    const int64_t all = split_ == Split::train ? profile_.train : profile_.val;
    // The benchmark ends with its split. Only who trains may go on.
    const int64_t most = split_ == Split::train ? parameters.videos : all;
    const int64_t count = parameters.videos ? std::min(most, parameters.videos) : all;
    std::string name =
        profile_.name + (scale_ > 1 ? cat("_x", scale_) : "") + "_" + split_name(split_) + "_";
    for (int64_t i = 0; i < count; ++i) {
      VideoEntry video;
      video.id = i + 1;
      video.name = name + padded(i, 4);
      video.size = {kHeight * scale_, kWidth * scale_};
      video.length = Scene(profile_, split_, i).frames();
      videos_.push_back(std::move(video));
    }
  }

  const std::vector<Category>& categories() const override { return categories_; }
  const std::vector<VideoEntry>& videos() const override { return videos_; }
  bool annotated() const override { return true; }

  VideoTracks tracks(int64_t index) const override {
    const VideoEntry& video = videos_.at(static_cast<size_t>(index));
    const Scene scene(profile_, split_, index);
    std::vector<AnnotatedTrack> tracks(static_cast<size_t>(scene.objects()));
    for (size_t i = 0; i < tracks.size(); ++i) {
      tracks[i].id = video.id * 100 + static_cast<int64_t>(i);
      tracks[i].category = scene.actors()[i].kind;
      tracks[i].masks.resize(static_cast<size_t>(video.length));
      tracks[i].occlusion.resize(static_cast<size_t>(video.length));
    }
    for (int64_t t = 0; t < video.length; ++t) {
      const Owners moment = owners(scene, static_cast<int>(t), scale_);
      for (size_t i = 0; i < tracks.size(); ++i) {
        if (moment.seen[i] < kLeastPixels * scale_ * scale_) continue;
        tracks[i].masks[static_cast<size_t>(t)] = mask(moment, static_cast<uint8_t>(i + 1));
        const auto whole = static_cast<double>(moment.whole[i]);
        const double hidden = 1 - static_cast<double>(moment.seen[i]) / whole;
        tracks[i].occlusion[static_cast<size_t>(t)] = hidden < kNotHidden    ? 0
                                                      : hidden < kHalfHidden ? 0.25
                                                                             : 0.75;
      }
    }
    std::erase_if(tracks, [](const AnnotatedTrack& track) {
      return std::none_of(track.masks.begin(), track.masks.end(),
                          [](const auto& mask) { return mask.has_value(); });
    });
    return tracks;
  }

  Frame frame(int64_t index, int64_t t) const override {
    const VideoEntry& video = videos_.at(static_cast<size_t>(index));
    Frame frame;
    frame.pixels = at::empty({3, video.size.height, video.size.width}, at::kByte);
    frame.index = t;
    frame.seconds = static_cast<double>(t) / kRate;
    frame.name = cat(video.name, ", frame ", t);
    draw(Scene(profile_, split_, index), static_cast<int>(t), scale_,
         frame.pixels.mutable_data_ptr<uint8_t>());
    return frame;
  }

 private:
  static constexpr double kRate = 6;
  // Fewer show too little to say what they belong to: nobody would have drawn them.
  static constexpr int64_t kLeastPixels = 8;
  // OVIS labels by eye; a sliver less is no occlusion there, and half hidden is severe.
  static constexpr double kNotHidden = 0.05, kHalfHidden = 0.5;

  static MaskRle mask(const Owners& moment, uint8_t owner) {
    MaskRle mask = MaskRle::blank({moment.height, moment.width});
    mask.counts.clear();
    uint32_t run = 0;
    bool inside = false;
    for (int x = 0; x < moment.width; ++x) {
      for (int y = 0; y < moment.height; ++y) {
        const bool own = moment.pixels[static_cast<size_t>(y) * moment.width + x] == owner;
        if (own != inside) {
          mask.counts.push_back(run);
          run = 0;
          inside = own;
        }
        ++run;
      }
    }
    mask.counts.push_back(run);
    return mask;
  }

  const Profile& profile_;
  Split split_;
  int scale_;
  std::vector<Category> categories_;
  std::vector<VideoEntry> videos_;
};

}  // namespace

CLIPWORK_PLUGIN(synthetic, "0.1.0") {
  registry.add<Synthetic>(
      "synthetic",
      "videos generated from a seed, with exact masks: a benchmark without a download");
}

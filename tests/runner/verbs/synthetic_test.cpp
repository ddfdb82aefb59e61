// The synthetic benchmark: what is frozen of it, and what it is like.

#include <clipwork/host/digest.h>
#include <rapidjson/document.h>
#include "data/dataset_statistics.h"

#include "plugins/datasets/linking.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

using Numbers = std::map<std::string, double>;

constexpr const char* kProfiles[] = {"ytvis_like", "ovis_like", "crossing_like", "long_like"};
/// Profiles whose objects hide behind others inside the frame.
constexpr const char* kCrossings[] = {"crossing_like", "long_like"};

std::shared_ptr<Dataset> synthetic(const std::string& profile, const std::string& split,
                                   int64_t videos = 0, int64_t scale = 1) {
  return open("synthetic",
              {{"profile", profile}, {"split", split}, {"videos", videos}, {"scale", scale}});
}

/// Of all frames, masks, classes and labels of a video.
std::string hash_of(const Dataset& dataset, int64_t index) {
  std::string bytes;
  const VideoEntry& video = dataset.videos().at(static_cast<size_t>(index));
  for (int64_t t = 0; t < video.length; ++t) {
    const Tensor pixels = dataset.frame(index, t).pixels;
    bytes.append(reinterpret_cast<const char*>(pixels.const_data_ptr<uint8_t>()),
                 static_cast<size_t>(pixels.numel()));
  }
  for (const AnnotatedTrack& track : dataset.tracks(index)) {
    bytes += cat("track ", track.category, "\n");
    for (size_t t = 0; t < track.masks.size(); ++t) {
      if (!track.masks[t]) continue;
      bytes += cat(t, " ", track.masks[t]->compressed(), " ", *track.occlusion[t], "\n");
    }
  }
  return sha256(bytes);
}

/// What the first videos of the val split are like, and how hard they are to link.
Numbers measured(const std::string& profile, int64_t videos) {
  const auto dataset = synthetic(profile, "val", videos);
  std::vector<DatasetFault> faults;
  const runs::DatasetStatistics all = runs::measure_dataset(*dataset, faults);
  EXPECT_TRUE(faults.empty());
  const auto tracks = static_cast<double>(all.tracks);
  Numbers numbers = {
      {"videos", all.videos},
      {"frames a video", static_cast<double>(all.frames) / static_cast<double>(all.videos)},
      {"shortest", all.lengths.front()},
      {"longest", all.lengths.back()},
      {"tracks", tracks},
      {"tracks a video", tracks / static_cast<double>(all.videos)},
      {"tracks in a video, most", all.most_tracks},
      {"share of the frame", all.share},
      {"presence", all.presence},
      {"tracks that leave and come back", static_cast<double>(all.returning) / tracks},
      {"tracks with a look-alike", static_cast<double>(all.look_alike) / tracks},
      {"tracks occluded", static_cast<double>(all.occluded) / tracks},
      {"tracks severely occluded", static_cast<double>(all.severely) / tracks},
      {"way in a frame, in square roots of the area", all.centre_way},
      {"overlap after 1 frame", all.still[0]},
      {"overlap after 4 frames", all.still[1]},
      {"overlap after 8 frames", all.still[2]},
  };
  const Value data =
      table({{"type", "synthetic"}, {"profile", profile}, {"split", "val"}, {"videos", videos}});
  for (const Linking& linking : {by_overlap(), by_class()}) {
    for (const int64_t every : {1, 4, 8}) {
      const Linked linked = measure_linking(*dataset, data, videos, every, linking);
      numbers[cat("AP by ", linking.name, ", every ", every)] = linked.precision;
      numbers[cat("AssA by ", linking.name, ", every ", every)] = linked.association;
    }
  }
  return numbers;
}

/// True if the mask ends at least two pixels before the frame does.
bool inside(const MaskRle& mask) {
  const Box box = mask.box();
  return box.x >= 2 && box.y >= 2 && box.x + box.width + 2 <= mask.size.width &&
         box.y + box.height + 2 <= mask.size.height;
}

/// The most frames in a row in which an object is not seen that was inside the frame before and
/// after.
int64_t hidden_inside(const AnnotatedTrack& track) {
  int64_t most = 0, last = -1;
  for (int64_t t = 0; t < static_cast<int64_t>(track.masks.size()); ++t) {
    const auto& mask = track.masks[static_cast<size_t>(t)];
    if (!mask) continue;
    const bool was_inside = last >= 0 && inside(*track.masks[static_cast<size_t>(last)]);
    if (was_inside && inside(*mask)) most = std::max(most, t - last - 1);
    last = t;
  }
  return most;
}

std::string json_of(const Numbers& numbers) {
  std::string text = "{";
  for (const auto& [name, value] : numbers) {
    text += cat(text.size() > 1 ? ",\n" : "\n", "  \"", name, "\": ", std::setprecision(15), value);
  }
  return text + "\n}";
}

class Synthetic : public testing::Test {
 protected:
  void SetUp() override {
    use_built_plugins();
    frozen_.Parse<rapidjson::kParseFullPrecisionFlag>(
        read_file(source_dir() / "tests/data/synthetic.json").c_str());
    ASSERT_FALSE(frozen_.HasParseError());
  }
  rapidjson::Document frozen_;

  void expect_frozen(const std::string& profile, const std::string& part) const {
    const auto& expected = frozen_[profile.c_str()][part.c_str()];
    const Numbers numbers = measured(profile, expected["videos"].GetInt64());
    EXPECT_EQ(numbers.size(), expected.MemberCount());
    for (const auto& [name, value] : numbers) {
      ASSERT_TRUE(expected.HasMember(name.c_str())) << name << "\n" << json_of(numbers);
      EXPECT_NEAR(value, expected[name.c_str()].GetDouble(), 1e-9) << name << "\n"
                                                                   << json_of(numbers);
    }
  }
};

}  // namespace

TEST_F(Synthetic, VideosAreThoseThatWereFrozen) {
  for (const auto& [profile, entry] : frozen_.GetObject()) {
    for (const auto& [name, hash] : entry["hashes"].GetObject()) {
      // "val 12", or with a scale "val 12 x2"
      std::istringstream words(name.GetString());
      std::string split, scale = "x1";
      int64_t index = 0;
      words >> split >> index >> scale;
      const auto dataset =
          synthetic(profile.GetString(), split, index + 1, std::stoi(scale.substr(1)));
      EXPECT_EQ(hash_of(*dataset, index), hash.GetString())
          << profile.GetString() << " " << name.GetString();
    }
  }
}

TEST_F(Synthetic, TheFirstVideosMeasureAsTheyDidWhenFrozen) {
  for (const char* profile : kProfiles) expect_frozen(profile, "first videos");
}

TEST_F(Synthetic, AllVideosMeasureAsTheyDidWhenFrozen) {
  if (!std::getenv("CLIPWORK_FULL")) GTEST_SKIP() << "takes minutes: set CLIPWORK_FULL=1";
  for (const char* profile : kProfiles) expect_frozen(profile, "all videos");
}

TEST_F(Synthetic, CrossingsAreDecidedByTrackingAloneAndByMoreThanOverlapOrClass) {
  for (const char* profile : kCrossings) {
    const auto& all = frozen_[profile]["all videos"];
    EXPECT_GE(all["AP by iou, every 1"].GetDouble(), 0.6) << profile;
    EXPECT_LE(all["AP by iou, every 1"].GetDouble(), 0.8) << profile;
    EXPECT_LT(all["AP by class, every 1"].GetDouble(), 0.1) << profile;
  }
}

TEST_F(Synthetic, CrossingsHideAFifthOfTheObjectsInsideTheFrameForFiveFramesOrMore) {
  for (const char* profile : kCrossings) {
    const auto dataset = synthetic(profile, "val", 6);
    int64_t hidden = 0, tracks = 0;
    for (int64_t video = 0; video < 6; ++video) {
      for (const AnnotatedTrack& track : dataset->tracks(video)) {
        ++tracks;
        hidden += hidden_inside(track) >= 5;
      }
    }
    EXPECT_GE(5 * hidden, tracks) << profile;
  }
}

TEST_F(Synthetic, SplitsShareNoVideoAndHaveTheSizesThatAreDeclared) {
  for (const char* profile : {"ytvis_like", "ovis_like", "crossing_like"}) {
    const auto train = synthetic(profile, "train"), val = synthetic(profile, "val");
    EXPECT_EQ(train->videos().size(), 1000u);
    EXPECT_EQ(val->videos().size(), 200u);
    EXPECT_FALSE(train->frame(0, 0).pixels.equal(val->frame(0, 0).pixels));
    EXPECT_GE(train->categories().size(), 8u);
    EXPECT_EQ(val->videos()[199].name, cat(profile, "_val_0199"));
  }
}

TEST_F(Synthetic, AFrameIsTheSameInWhateverOrderAndNumberVideosAreAskedFor) {
  const auto few = synthetic("ovis_like", "val", 3), all = synthetic("ovis_like", "val");
  const Tensor last = few->frame(2, 20).pixels;
  few->frame(0, 0);
  EXPECT_TRUE(few->frame(2, 20).pixels.equal(last));
  EXPECT_TRUE(all->frame(2, 20).pixels.equal(last));
}

TEST_F(Synthetic, APixelBelongsToOneObjectAtMostAndLabelsSayWhatIsHidden) {
  const auto dataset = synthetic("ovis_like", "val", 4);
  int64_t labels[3] = {};
  for (int64_t video = 0; video < 4; ++video) {
    const auto tracks = dataset->tracks(video);
    for (size_t a = 0; a < tracks.size(); ++a) {
      for (size_t t = 0; t < tracks[a].masks.size(); ++t) {
        if (!tracks[a].masks[t]) continue;
        ++labels[*tracks[a].occlusion[t] == 0 ? 0 : *tracks[a].occlusion[t] < 0.5 ? 1 : 2];
        for (size_t b = 0; b < a; ++b) {
          if (!tracks[b].masks[t]) continue;
          EXPECT_EQ(common_area(*tracks[a].masks[t], *tracks[b].masks[t]), 0);
        }
      }
    }
  }
  for (const int64_t count : labels) EXPECT_GT(count, 10);
}

TEST_F(Synthetic, AScaleDrawsTheSameVideosLargerUnderANameOfItsOwn) {
  const auto small = synthetic("ytvis_like", "val", 2),
             large = synthetic("ytvis_like", "val", 2, 3);
  EXPECT_EQ(large->videos()[1].name, "ytvis_like_x3_val_0001");
  EXPECT_EQ(large->videos()[1].length, small->videos()[1].length);
  EXPECT_EQ(large->frame(1, 0).pixels.sizes(), at::IntArrayRef({3, 288, 480}));
  const auto a = small->tracks(1), b = large->tracks(1);
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    const double before = static_cast<double>(a[i].masks[0]->area());
    EXPECT_NEAR(static_cast<double>(b[i].masks[0]->area()) / before, 9, 0.6);
  }
}

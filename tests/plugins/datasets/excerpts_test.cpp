// Data sets of some frames of another one's videos: `every` and `subsequences`.

#include <clipwork/error.h>
#include <clipwork/host/ground_truth.h>
#include <clipwork/text.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "dataset_files.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

/// Two videos of ovis_like, in which objects come and go.
Value source_table() {
  return table({{"type", "synthetic"}, {"profile", "ovis_like"}, {"split", "val"}, {"videos", 2}});
}
std::shared_ptr<Dataset> source() {
  return open("synthetic", {{"profile", "ovis_like"}, {"split", "val"}, {"videos", 2}});
}

bool there(const AnnotatedTrack& track) {
  return std::any_of(track.masks.begin(), track.masks.end(),
                     [](const auto& mask) { return mask.has_value(); });
}

/// Frame t of excerpt `index` is frame `first + step * t` of `video`: pixels, masks and labels.
void expect_excerpt(const Dataset& excerpts, int64_t index, const Dataset& whole, int64_t video,
                    int64_t first, int64_t step) {
  const VideoEntry& entry = excerpts.videos().at(static_cast<size_t>(index));
  const Frame last = excerpts.frame(index, entry.length - 1);
  EXPECT_EQ(last.index, entry.length - 1);
  EXPECT_TRUE(last.pixels.equal(whole.frame(video, first + step * (entry.length - 1)).pixels));
  const VideoTracks some = excerpts.tracks(index);
  size_t next = 0;
  for (const AnnotatedTrack& track : whole.tracks(video)) {
    AnnotatedTrack expected = track;
    expected.masks.clear();
    expected.occlusion.clear();
    for (int64_t t = 0; t < entry.length; ++t) {
      const auto at = static_cast<size_t>(first + step * t);
      expected.masks.push_back(track.masks.at(at));
      expected.occlusion.push_back(track.occlusion.at(at));
    }
    if (!there(expected)) continue;
    const AnnotatedTrack& found = some.at(next++);
    EXPECT_EQ(found.category, expected.category);
    EXPECT_EQ(found.masks, expected.masks);
    EXPECT_EQ(found.occlusion, expected.occlusion);
  }
  EXPECT_EQ(some.size(), next);
}

}  // namespace

TEST(Every, TakesEveryNthFrameAndItsTruth) {
  const auto whole = source();
  const auto fourth = open("every", {{"dataset", source_table()}, {"step", 4}});
  EXPECT_EQ(fourth->categories(), whole->categories());
  EXPECT_TRUE(fourth->annotated());
  ASSERT_EQ(fourth->videos().size(), 2u);
  EXPECT_EQ(fourth->videos()[1].name, "ovis_like_val_0001_every_4");
  EXPECT_EQ(fourth->videos()[1].size, whole->videos()[1].size);
  for (int64_t i = 0; i < 2; ++i) {
    const int64_t frames = whole->videos()[static_cast<size_t>(i)].length;
    EXPECT_EQ(fourth->videos()[static_cast<size_t>(i)].length, (frames + 3) / 4);
    expect_excerpt(*fourth, i, *whole, i, 0, 4);
  }
}

TEST(Subsequences, HaveEveryFrameOfTheirVideosOnce) {
  const auto whole = source();
  const auto parts = open("subsequences", {{"dataset", source_table()}, {"frames", 16}});
  int64_t index = 0;
  for (int64_t video = 0; video < 2; ++video) {
    const VideoEntry& entry = whole->videos()[static_cast<size_t>(video)];
    for (int64_t first = 0; first < entry.length; first += 16, ++index) {
      const VideoEntry& part = parts->videos().at(static_cast<size_t>(index));
      EXPECT_EQ(part.id, index + 1);
      EXPECT_EQ(part.name, cat(entry.name, "_from_", padded(first, 4)));
      EXPECT_EQ(part.length, std::min<int64_t>(16, entry.length - first));
      expect_excerpt(*parts, index, *whole, video, first, 1);
    }
  }
  EXPECT_EQ(parts->videos().size(), static_cast<size_t>(index));
}

TEST(Subsequences, LeaveOutObjectsThatTheyDoNotShow) {
  const auto whole = source();
  const auto single = open("subsequences", {{"dataset", source_table()}, {"frames", 1}});
  bool absent = false;
  for (int64_t t = 0; t < whole->videos()[0].length; ++t) {
    for (const AnnotatedTrack& track : single->tracks(t)) EXPECT_TRUE(track.masks.at(0));
    absent |= single->tracks(t).size() < whole->tracks(0).size();
  }
  EXPECT_TRUE(absent);
}

// The official code evaluates only the last of the tracks that share a number.
TEST(Subsequences, OfOneVideoShareNoNumberOfATrack) {
  const auto parts = open("subsequences", {{"dataset", source_table()}, {"frames", 16}});
  std::set<int64_t> ids;
  const GroundTruth truth = ground_truth(*parts, "parts");
  for (const TruthTrack& track : truth.tracks) {
    EXPECT_TRUE(ids.insert(track.id).second) << track.id;
  }
  EXPECT_GT(truth.tracks.size(), source()->tracks(0).size() + source()->tracks(1).size());
}

TEST(Excerpts, OfPictureFilesNameThemAndKeepAreas) {
  const ScratchFolder scratch;
  scratch.write("y/train.json",
                one_video("[" + annotation(std::string("[") + kPixel + ", " + kPixel + "]") + "]"));
  scratch.write("y/train/JPEGImages/dogs/0.jpg", ppm(4, 2, 9));
  scratch.write("y/train/JPEGImages/dogs/1.jpg", ppm(4, 2, 8));
  const Value files =
      table({{"type", "youtube_vis"}, {"annotations", (scratch.path() / "y/train.json").string()}});
  const auto parts = open("subsequences", {{"dataset", files}, {"frames", 1}});
  const std::string folder = (scratch.path() / "y/train/JPEGImages/dogs/").string();
  ASSERT_EQ(parts->videos().size(), 2u);
  EXPECT_THAT(parts->videos()[1].files, ElementsAre(folder + "1.jpg"));
  EXPECT_THAT(parts->tracks(1).at(0).areas, ElementsAre(1));
  const auto half = open("every", {{"dataset", files}, {"step", 2}});
  EXPECT_THAT(half->videos().at(0).files, ElementsAre(folder + "0.jpg"));
}

TEST(Excerpts, NeedADataSetAndAtLeastOneFrame) {
  EXPECT_THAT(test::error_of<InputError>([] {
                open("every", {{"step", 2}});
              }),
              HasSubstr("dataset"));
  EXPECT_THAT(test::error_of<InputError>([] {
                open("subsequences", {{"dataset", source_table()}, {"frames", 0}});
              }),
              HasSubstr("frames"));
}

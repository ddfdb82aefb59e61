// Clips of data sets: which frames, which objects, and that both are a function of the draw.

#include <ATen/ops/zeros.h>
#include <clipwork/dataset.h>
#include <clipwork/host/registry.h>
#include <clipwork/make_component.h>
#include <clipwork/samples.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "plugins/datasets/dataset_files.h"

using namespace clipwork;
using namespace clipwork::test;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

/// Videos whose frame t has the red value t and the green value of the video's number. Each has
/// object 10 in its left column (class 0), object 11 in the next one (class 1) in odd frames, and a
/// crowd.
class Counted final : public Dataset {
 public:
  struct Parameters {
    std::vector<int64_t> lengths = {9}, empty_videos, empty_frames;
    std::vector<std::string> classes = {"cat", "dog"};
    bool annotated = true;
    int64_t faulty = -1;
    void describe(Describer& d) {
      d("lengths", lengths, "frames of each video");
      d("empty_videos", empty_videos, "videos with a crowd alone");
      d("empty_frames", empty_frames, "frames with a crowd alone");
      d("classes", classes, "names of the two classes");
      d("annotated", annotated, "whether there are annotations");
      d("faulty", faulty, "a video that cannot be read");
    }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  Counted(const Parameters& parameters, const Given&) : p_(parameters) {
    for (size_t i = 0; i < p_.lengths.size(); ++i) {
      const auto id = static_cast<int64_t>(i) + 1;
      videos_.push_back({id, cat("v", i), kSize, p_.lengths[i], {}});
    }
    for (const std::string& name : p_.classes) {
      categories_.push_back({static_cast<int64_t>(categories_.size()) + 1, name});
    }
  }
  std::vector<DatasetFault> faults() const override {
    return {{p_.classes.front(), "is counted", "nothing"}};
  }
  const std::vector<Category>& categories() const override { return categories_; }
  const std::vector<VideoEntry>& videos() const override { return videos_; }
  bool annotated() const override { return p_.annotated; }
  VideoTracks tracks(int64_t index) const override {
    std::vector<AnnotatedTrack> tracks;
    const auto add = [&](int64_t id, int64_t column, bool crowd, auto present) {
      AnnotatedTrack track;
      track.id = id;
      track.category = column % 2;
      track.crowd = crowd;
      Tensor mask = at::zeros({kSize.height, kSize.width}, at::kBool);
      mask.select(1, column).fill_(true);
      for (int64_t t = 0; t < videos_.at(size_t(index)).length; ++t) {
        track.masks.emplace_back();
        if (present(t)) track.masks.back() = MaskRle::from_tensor(mask);
      }
      tracks.push_back(std::move(track));
    };
    const auto has = [](const std::vector<int64_t>& list, int64_t value) {
      return std::find(list.begin(), list.end(), value) != list.end();
    };
    const bool empty = has(p_.empty_videos, index);
    const auto shown = [&](int64_t t) { return !empty && !has(p_.empty_frames, t); };
    add(10, 0, false, shown);
    add(11, 1, false, [&](int64_t t) { return shown(t) && t % 2 == 1; });
    add(12, 2, true, [](int64_t) { return true; });
    return tracks;
  }
  Frame frame(int64_t index, int64_t t) const override {
    if (index == p_.faulty) throw InputError("cannot be read", "a.jpg");
    Frame frame;
    frame.pixels = at::zeros({3, kSize.height, kSize.width}, at::kByte);
    frame.pixels[0].fill_(t);
    frame.pixels[1].fill_(index);
    return frame;
  }

 private:
  static constexpr Size kSize{2, 4};
  Parameters p_;
  std::vector<VideoEntry> videos_;
  std::vector<Category> categories_;
};

[[maybe_unused]] const bool kReady = [] {
  use_built_plugins();
  Registry::instance().add_builtin("counted", [](Registrar& registry) {
    registry.add<Counted>("counted", "videos whose pixels say which frame they are");
  });
  Registry::instance().load_search_path();
  return true;
}();

Value list(const std::vector<int64_t>& numbers) {
  Value::Array array;
  for (const int64_t number : numbers) array.push_back(Value(number));
  return Value(array);
}
Value counted(Members members = {}) {
  members.emplace_back("type", "counted");
  return table(members);
}
std::shared_ptr<Samples> clips(Members members, Value dataset = counted()) {
  members.emplace_back("dataset", std::move(dataset));
  return make_component<Samples>("clips", table(members));
}
Draw draw(int64_t sample) { return Draw(1, "sample", 0, sample); }

using Frames = std::vector<int64_t>;
Frames frames_of(const Sample& sample) {
  Frames frames;
  for (int64_t t = 0; t < sample.frames.size(0); ++t) {
    frames.push_back(sample.frames[t][0][0][0].item<int64_t>());
  }
  return frames;
}

std::map<Frames, double> counts(const Samples& samples, int64_t draws) {
  std::map<Frames, double> counts;
  for (int64_t i = 0; i < draws; ++i) ++counts[frames_of(samples.sample(0, draw(i)))];
  return counts;
}

/// All of `expected` (probabilities, which sum to 1) are met as often as they should be.
void expect_counts(const Samples& samples, const std::map<Frames, double>& expected) {
  constexpr int64_t kDraws = 6000;
  std::map<Frames, double> found = counts(samples, kDraws);
  for (const auto& [frames, probability] : expected) {
    const double deviation = std::sqrt(kDraws * probability * (1 - probability));
    EXPECT_NEAR(found[frames], kDraws * probability, 5 * deviation)
        << testing::PrintToString(frames);
  }
  EXPECT_EQ(found.size(), expected.size()) << "nothing else is drawn";
}

}  // namespace

TEST(Clips, FramesWithReplacementAreDrawnRoundAReferenceWithoutIt) {
  std::map<Frames, double> expected;
  for (int64_t r = 0; r < 9; ++r) {
    Frames others;
    for (int64_t t = std::max<int64_t>(0, r - 2); t <= std::min<int64_t>(8, r + 2); ++t) {
      if (t != r) others.push_back(t);
    }
    for (const int64_t a : others) {
      for (const int64_t b : others) {
        Frames frames = {r, a, b};
        std::sort(frames.begin(), frames.end());
        expected[frames] += 1.0 / 9 / static_cast<double>(others.size() * others.size());
      }
    }
  }
  expect_counts(*clips({{"frames", 3}, {"range", 2}}), expected);
}

TEST(Clips, FramesWithoutReplacementAreASetRoundTheReferenceThatGrowsAtTheEdges) {
  std::map<Frames, double> expected;
  for (int64_t r = 0; r < 9; ++r) {
    // Three others of at least three: the range of 2 has but two on the one side of an edge.
    const int64_t low = r == 8 ? 5 : std::max<int64_t>(0, r - 2);
    const int64_t high = r == 0 ? 3 : std::min<int64_t>(8, r + 2);
    std::vector<Frames> sets;
    for (int64_t a = low; a <= high; ++a) {
      for (int64_t b = a + 1; b <= high; ++b) {
        for (int64_t c = b + 1; c <= high; ++c) {
          if (a == r || b == r || c == r) continue;
          Frames frames = {r, a, b, c};
          std::sort(frames.begin(), frames.end());
          sets.push_back(frames);
        }
      }
    }
    for (const Frames& frames : sets) expected[frames] += 1.0 / 9 / double(sets.size());
  }
  expect_counts(*clips({{"frames", 4}, {"range", 2}, {"replacement", false}}), expected);
}

TEST(Clips, StepsGoForwardThroughFramesThatShowAnObject) {
  // Frames 2 and 5 show a crowd alone.
  const Frames shown = {0, 1, 3, 4, 6, 7, 8};
  std::map<Frames, double> expected;
  for (int64_t start = 0; start <= 4; ++start) {
    const int64_t longest = std::min<int64_t>(2, 5 - start);
    for (int64_t first = 1; first <= longest; ++first) {
      const int64_t then = std::min<int64_t>(2, 6 - start - first);
      for (int64_t second = 1; second <= then; ++second) {
        const Frames places = {start, start + first, start + first + second};
        Frames frames;
        for (const int64_t place : places) frames.push_back(shown[static_cast<size_t>(place)]);
        expected[frames] += 1.0 / 5 / double(longest) / double(then);
      }
    }
  }
  expect_counts(*clips({{"frames", 3}, {"choose", "steps"}, {"longest_step", 2}},
                       counted({{"empty_frames", list({2, 5})}})),
                expected);
}

TEST(Clips, AShareOfTheFramesMayBeReferences) {
  // round(0.34 x 9) = 3, evenly spread; of one frame it is the middle one.
  expect_counts(*clips({{"references", 0.34}}), {{{0}, 1 / 3.0}, {{3}, 1 / 3.0}, {{6}, 1 / 3.0}});
  expect_counts(*clips({{"references", 0.01}}), {{{4}, 1}});
}

TEST(Clips, HalfOfThemRunBackwardsOnRequest) {
  int64_t backwards = 0;
  for (const auto& [frames, count] : counts(
           *clips({{"frames", 4}, {"range", 5}, {"replacement", false}, {"reverse", 0.5}}), 4000)) {
    const bool falling = frames.front() > frames.back();
    if (falling) backwards += static_cast<int64_t>(count);
    EXPECT_TRUE(falling ? std::is_sorted(frames.rbegin(), frames.rend())
                        : std::is_sorted(frames.begin(), frames.end()));
  }
  EXPECT_NEAR(backwards, 2000, 5 * 32);
}

TEST(Clips, ShortVideosRepeatTheirFrames) {
  const Value one = counted({{"lengths", list({1})}}), three = counted({{"lengths", list({3})}});
  for (const char* choose : {"around", "steps"}) {
    EXPECT_THAT(frames_of(clips({{"frames", 3}, {"choose", choose}}, one)->sample(0, draw(0))),
                ElementsAre(0, 0, 0));
  }
  EXPECT_THAT(frames_of(clips({{"frames", 3}, {"replacement", false}}, one)->sample(0, draw(0))),
              ElementsAre(0, 0, 0));
  for (const auto& [frames, count] :
       counts(*clips({{"frames", 5}, {"replacement", false}}, three), 50)) {
    EXPECT_EQ(std::set<int64_t>(frames.begin(), frames.end()).size(), 3u);
    EXPECT_TRUE(std::is_sorted(frames.begin(), frames.end()));
  }
  EXPECT_THAT(frames_of(clips({{"frames", 5}, {"choose", "steps"}}, three)->sample(0, draw(0))),
              ElementsAre(0, 1, 2, 0, 1));
}

TEST(Clips, ObjectsAreThoseOfTheChosenFramesWithoutCrowds) {
  const auto samples = clips({{"frames", 2}, {"range", 1}});
  bool alone = false, both = false;
  for (int64_t i = 0; i < 30; ++i) {
    const Sample sample = samples->sample(0, draw(i));
    const Targets& targets = sample.targets;
    const Frames frames = frames_of(sample);
    check_targets(targets, 2);
    const bool odd = frames[0] % 2 == 1 || frames[1] % 2 == 1;
    ASSERT_EQ(targets.count(), odd ? 2 : 1) << "a crowd is no object";
    (odd ? both : alone) = true;
    EXPECT_EQ(sample.name, cat("v0, frames ", frames[0], " ", frames[1]));
    EXPECT_EQ(targets.labels[0].item<int64_t>(), 0);
    if (!odd) continue;
    for (int64_t t = 0; t < 2; ++t) {
      const bool there = frames[static_cast<size_t>(t)] % 2 == 1;
      EXPECT_EQ(targets.ids[1][t].item<int64_t>(), there ? 11 : -1);
      EXPECT_EQ(targets.masks[1][t].sum().item<int64_t>(), there ? 2 : 0);
      EXPECT_EQ(targets.boxes[1][t][0].item<float>(), there ? 1 : 0);
      EXPECT_EQ(targets.boxes[1][t][2].item<float>(), there ? 2 : 0);
      EXPECT_EQ(targets.boxes[1][t][3].item<float>(), there ? 2 : 0);
    }
  }
  EXPECT_TRUE(both);
  EXPECT_FALSE(alone) << "of neighbours one is odd";
}

TEST(Clips, AVideoWithoutObjectsIsReplacedByAnotherAlwaysTheSame) {
  const auto samples =
      clips({}, counted({{"lengths", list({3, 3, 3})}, {"empty_videos", list({1})}}));
  std::set<int64_t> instead;
  for (int64_t i = 0; i < 30; ++i) {
    const Sample sample = samples->sample(1, draw(i)), again = samples->sample(1, draw(i));
    EXPECT_EQ(sample.name, again.name);
    instead.insert(sample.frames[0][1][0][0].item<int64_t>());
  }
  EXPECT_THAT(instead, ElementsAre(0, 2));
}

TEST(Clips, WhatCannotBeUsedIsRefusedByName) {
  EXPECT_THAT(test::error_of<InputError>([] {
                clips({}, counted({{"annotated", false}}));
              }),
              HasSubstr("no annotations to learn from"));
  EXPECT_THAT(test::error_of<InputError>([] {
                clips({}, counted({{"lengths", list({})}}));
              }),
              HasSubstr("has no videos"));
  EXPECT_THAT(test::error_of<InputError>([] {
                clips({}, counted({{"empty_videos", list({0})}}))->sample(0, draw(0));
              }),
              HasSubstr("none of 100 random clips"));
  EXPECT_THAT(test::error_of<InputError>([] {
                clips({}, counted({{"faulty", 0}}))->sample(0, draw(0));
              }),
              HasSubstr("video 1 (v0), a.jpg: cannot be read"));
}

TEST(Joint, SourcesAreMetInTheirRatioAndBothWhole) {
  const auto source = [](const std::vector<int64_t>& lengths, const Value& classes) {
    return table({{"type", "clips"},
                  {"dataset", counted({{"lengths", list(lengths)}, {"classes", classes}})}});
  };
  const Value pets(Value::Array{Value("cat"), Value("dog")});
  const Value turned(Value::Array{Value("dog"), Value("cat")});
  const auto joint = make_component<Samples>("joint", table({{"first", source({2, 2, 2}, pets)},
                                                             {"second", source({9, 9}, turned)},
                                                             {"share", 0.4}}));
  EXPECT_EQ(joint->size(), 5);
  EXPECT_THAT(joint->categories(), ElementsAre(Category{1, "cat"}, Category{2, "dog"}));
  // The first object is a cat in the first's videos, and a dog in the second's.
  std::multiset<std::pair<int64_t, int64_t>> met;
  for (int64_t i = 0; i < 5; ++i) {
    const Sample sample = joint->sample(i, draw(i));
    met.insert(
        {sample.targets.labels[0].item<int64_t>(), sample.frames[0][1][0][0].item<int64_t>()});
  }
  EXPECT_THAT(met, ElementsAre(std::pair(0, 0), std::pair(0, 1), std::pair(0, 2), std::pair(1, 0),
                               std::pair(1, 1)));
  EXPECT_EQ(text(joint->faults()), "cat: is counted; nothing\ndog: is counted; nothing\n");
  const Value fish(Value::Array{Value("fish"), Value("dogs")});
  EXPECT_THAT(test::error_of<InputError>([&] {
                make_component<Samples>(
                    "joint", table({{"first", source({2}, pets)}, {"second", source({2}, fish)}}));
              }),
              HasSubstr("the second source has the class 'fish', but the first has not"));
}

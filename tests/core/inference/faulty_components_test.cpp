// Components that return what their kind does not allow: each fault is an error that names video,
// frame and component, what was expected and what was found.

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/ones.h>
#include <clipwork/pixel_decoder.h>

#include <cmath>
#include <functional>
#include <limits>

#include "core/loop_components.h"
#include "support.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// What a test changes in what the components return. Windows are counted from 0.
struct Wrong {
  std::function<void(Tracked&, int64_t window)> track;
  std::function<void(std::vector<Tracked>&)> finish;
  std::function<void(Tensors&)> propose;
  std::function<void(ClipPrediction&, const Window&)> decode;
  std::function<void(FrameMemo&)> encode;
  std::function<void(std::vector<FeatureMap>&)> maps;
  std::function<void(std::unique_ptr<State>&)> state;
};
Wrong faults;

struct FaultyBackbone : Mean {
  using Mean::Mean;
  std::vector<FeatureMap> forward(const Tensor& pictures, Context& context) override {
    std::vector<FeatureMap> maps = Mean::forward(pictures, context);
    if (faults.maps) faults.maps(maps);
    return maps;
  }
};

/// Passes maps on.
struct FaultyPixelDecoder : PixelDecoder {
  struct Parameters {
    void describe(Describer&) {}
  };
  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.maps = {{"value", 1, 1}};
    return contract;
  }
  FaultyPixelDecoder(const Parameters&, const Given&) {}
  std::vector<FeatureMap> forward(const std::vector<FeatureMap>& maps) override {
    std::vector<FeatureMap> passed = maps;
    if (faults.maps) faults.maps(passed);
    return passed;
  }
};

struct FaultyDecoder : Numbers {
  using Numbers::Numbers;
  FrameMemo encode(const FrameFeatures& features, Context& context) override {
    FrameMemo memo = Numbers::encode(features, context);
    if (faults.encode) faults.encode(memo);
    return memo;
  }
  ClipPrediction decode(const Window& window, const Tensors& start, State& state,
                        Context& context) override {
    ClipPrediction prediction = Numbers::decode(window, start, state, context);
    if (faults.decode) faults.decode(prediction, window);
    return prediction;
  }
};

struct FaultyTracker : Carry {
  using Carry::Carry;
  std::unique_ptr<State> make_state(int64_t videos) const override {
    std::unique_ptr<State> state = Carry::make_state(videos);
    if (faults.state) faults.state(state);
    return state;
  }
  Tensors propose(Tensors start, State& state, Context& context) override {
    Tensors proposed = Carry::propose(std::move(start), state, context);
    if (faults.propose) faults.propose(proposed);
    return proposed;
  }
  Tracked track(ClipPrediction prediction, const Window& window, State& state,
                Context& context) override {
    const int64_t index = dynamic_cast<Carried&>(state).windows;
    Tracked tracked = Carry::track(std::move(prediction), window, state, context);
    if (faults.track) faults.track(tracked, index);
    return tracked;
  }
  std::vector<Tracked> finish(State& state, Context& context) override {
    std::vector<Tracked> tracked = Carry::finish(state, context);
    if (faults.finish) faults.finish(tracked);
    return tracked;
  }
};

/// Windows of two frames over these components; `more` is added to the config.
std::unique_ptr<Pipeline> faulty_pipeline(const std::string& more = "") {
  static const bool registered = [] {
    Registry::instance().add_builtin("faulty", [](Registrar& registry) {
      registry.add<FaultyBackbone>("backbone", "the mean of a picture, and faults");
      registry.add<FaultyPixelDecoder>("pixel_decoder", "the same maps, and faults");
      registry.add<FaultyDecoder>("decoder", "masks from numbers, and faults");
      registry.add<FaultyTracker>("tracker", "carries queries on, and faults");
    });
    return true;
  }();
  (void)registered;
  seen = {};
  return std::make_unique<Pipeline>(parse_config(R"(
[classes]
names = ["a", "b"]
[preprocess]
resize = "none"
mean = [0, 0, 0]
deviation = [1, 1, 1]
divisor = 8
[window]
length = 2
[model.backbone]
type = "faulty/backbone"
[model.decoder]
type = "faulty/decoder"
[model.tracker]
type = "faulty/tracker"
)" + more),
                                    WeightRule());
}

/// What a stream says of six frames with these faults.
std::string said(const Wrong& made, const std::string& more = "") {
  const auto pipeline = faulty_pipeline(more);
  faults = made;
  const std::string text = error_of([&] {
    Stream stream = pipeline->open({"dog.mp4", {}, nullptr, {}});
    for (int t = 0; t < 6; ++t) stream.push(frame_of(1 + t));
    stream.finish();
  });
  faults = {};
  return text;
}

struct PredictionFault {
  const char* name;
  std::function<void(ClipPrediction&, const Window&)> make;
  const char* says;
};

/// Masks that answer as `answer` does.
class OwnMasks : public Masks {
 public:
  OwnMasks(std::shared_ptr<const Masks> sound, std::function<Tensor(Tensor)> answer)
      : sound_(std::move(sound)), answer_(std::move(answer)) {}
  MaskForm form() const override { return sound_->form(); }
  Size size() const override { return sound_->size(); }
  const Geometry& geometry(int frame) const override { return sound_->geometry(frame); }
  Tensor values(int frame, const Pairs& pairs) const override {
    return answer_(sound_->values(frame, pairs));
  }

 private:
  std::shared_ptr<const Masks> sound_;
  std::function<Tensor(Tensor)> answer_;
};

/// Masks that render one mask less, or smaller ones.
class OwnRendering : public OwnMasks {
 public:
  OwnRendering(std::shared_ptr<const Masks> sound, bool fewer)
      : OwnMasks(std::move(sound), [](Tensor values) { return values; }), fewer_(fewer) {}
  Rendered render(int frame, const Pairs& pairs, Quality quality) const override {
    Rendered rendered = OwnMasks::render(frame, pairs, quality);
    if (fewer_) {
      rendered.masks.pop_back();
    } else {
      rendered.masks[0] = MaskRle::blank({2, 2});
    }
    return rendered;
  }

 private:
  bool fewer_;
};

std::vector<Geometry> geometry_of(const Window& window) {
  return {window.geometry.begin(), window.geometry.end()};
}

auto masks_that(const std::function<Tensor(Tensor)>& answer) {
  return [answer](ClipPrediction& p, const Window&) {
    p.masks = std::make_shared<OwnMasks>(p.masks, answer);
  };
}

const std::vector<PredictionFault>& prediction_faults() {
  using P = ClipPrediction;
  using W = const Window;
  static const std::vector<PredictionFault> all = {
      {"empty", [](P& p, W&) { p = {}; },
       "expected class scores as float [1, rows, 3] for 2 classes and \"none\", found nothing"},
      {"scores_undefined", [](P& p, W&) { p.class_scores = Tensor(); }, "found nothing"},
      {"scores_of_one_dimension", [](P& p, W&) { p.class_scores = p.class_scores[0][0]; },
       "found Float [3]"},
      {"scores_integer", [](P& p, W&) { p.class_scores = p.class_scores.to(at::kLong); },
       "found Long [1, 2, 3]"},
      {"scores_of_more_classes",
       [](P& p, W&) {
         p.class_scores = at::zeros({1, 2, 9});
       },
       "found Float [1, 2, 9]"},
      {"scores_without_none",
       [](P& p, W&) {
         p.class_scores = at::zeros({1, 2, 2});
       },
       "found Float [1, 2, 2]"},
      {"scores_of_another_batch",
       [](P& p, W&) {
         p.class_scores = at::zeros({2, 2, 3});
       },
       "found Float [2, 2, 3]"},
      {"scores_of_fewer_rows",
       [](P& p, W&) {
         p.class_scores = at::zeros({1, 1, 3});
       },
       "expected queries as float [1, 1, width], found Float [1, 2, 1]"},
      {"scores_nan",
       [](P& p, W&) {
         p.class_scores = p.class_scores.clone();
         p.class_scores[0][1][2] = kNan;
       },
       "expected finite class scores, found nan in row 1"},
      {"scores_infinite",
       [](P& p, W&) {
         p.class_scores = p.class_scores.clone();
         p.class_scores[0][0][0] = kInfinity;
       },
       "expected finite class scores, found inf in row 0"},
      {"scores_nan_in_double",
       [](P& p, W&) {
         p.class_scores = at::full({1, 2, 3}, kNan, at::kDouble);
       },
       "expected finite class scores, found nan in row 0"},
      {"probabilities_out_of_range",
       [](P& p, W&) {
         p.form = ScoreForm::probability;
         p.class_scores = at::full({1, 2, 2}, 7.0);
       },
       "expected class scores that are probabilities, from 0 to 1, found 7"},
      {"probabilities_below_zero",
       [](P& p, W&) {
         p.form = ScoreForm::probability;
         p.class_scores = at::full({1, 2, 2}, -0.5);
       },
       "from 0 to 1, found -0.5"},
      {"embeddings_of_other_rows",
       [](P& p, W&) {
         p.embeddings = at::zeros({1, 5, 4});
       },
       "expected embeddings as float [1, 2, width], found Float [1, 5, 4]"},
      {"embeddings_nan",
       [](P& p, W&) {
         p.embeddings = at::full({1, 2, 4}, kNan);
       },
       "expected finite embeddings and queries, found nan in row 0"},
      {"masks_null", [](P& p, W&) { p.masks = nullptr; },
       "expected masks of 2 frames, found nothing"},
      {"masks_of_fewer_frames",
       [](P& p, W& w) {
         p.masks = dense_masks(at::zeros({1, 2, 1, 4, 4}), {w.geometry[0]});
       },
       "expected masks of 2 frames, found 1 frame"},
      {"masks_of_another_geometry",
       [](P& p, W&) {
         const Geometry other{{8, 8}, {8, 8}, {16, 16}};
         p.masks = dense_masks(at::zeros({1, 2, 2, 4, 4}), {other, other});
       },
       "expected masks of the geometry of frame 0 of the window, 8 x 8 (network 8 x 8, padded 8 x "
       "8), found 16 x 16"},
      {"masks_of_odd_size",
       [](P& p, W& w) {
         p.masks = dense_masks(at::zeros({1, 2, 2, 7, 3}), geometry_of(w));
       },
       "expected masks of the shape of the padded picture, 8 x 8, found 3 x 7"},
      {"masks_bool",
       [](P& p, W& w) {
         p.masks = dense_masks(at::zeros({1, 2, 2, 4, 4}, at::kBool), geometry_of(w));
       },
       "expected dense masks as float [batch, rows, frames, height, width], found Bool"},
  };
  return all;
}

/// Faults of masks that show when they are computed.
const std::vector<PredictionFault>& value_faults() {
  static const std::vector<PredictionFault> all = {
      {"nan", masks_that([](Tensor values) { return at::full_like(values, kNan); }),
       "expected mask values that are numbers, found nan in mask 0"},
      {"double", masks_that([](Tensor values) { return values.to(at::kDouble); }),
       "expected mask values as float [2, 4, 4], found Double [2, 4, 4]"},
      {"bool", masks_that([](Tensor values) { return values.gt(0); }), "found Bool [2, 4, 4]"},
      {"fewer_rows", masks_that([](Tensor values) { return values.narrow(0, 0, 1); }),
       "expected mask values as float [2, 4, 4], found Float [1, 4, 4]"},
      {"another_size", masks_that([](Tensor values) { return values.narrow(1, 0, 2); }),
       "found Float [2, 2, 4]"},
      {"undefined", masks_that([](const Tensor&) { return Tensor(); }), "found nothing"},
      {"fewer_rendered",
       [](ClipPrediction& p, const Window&) {
         p.masks = std::make_shared<OwnRendering>(p.masks, true);
       },
       "expected 2 rendered masks, found 1"},
      {"rendered_of_another_size",
       [](ClipPrediction& p, const Window&) {
         p.masks = std::make_shared<OwnRendering>(p.masks, false);
       },
       "expected rendered masks of 8 x 8, found 2 x 2"},
      {"of_fewer_rows",
       [](ClipPrediction& p, const Window& w) {
         p.masks = dense_masks(at::zeros({1, 1, 2, 4, 4}), geometry_of(w));
       },
       "index 1 is out of bounds"},
  };
  return all;
}

struct LinkFault {
  const char* name;
  std::function<void(Tracked&, int64_t window)> make;
  const char* says;
};

/// Faults of links, in window 1 or across windows. Rows 0 and 1 are tracks 0 and 1.
const std::vector<LinkFault>& link_faults() {
  using T = Tracked;
  const auto later = [](const std::function<void(T&)>& change) {
    return [change](T& t, int64_t window) {
      if (window == 1) change(t);
    };
  };
  static const std::vector<LinkFault> all = {
      {"first_is_off_by_one", later([](T& t) { ++t.first; }),
       "expected a window whose first frame is 2, found 3"},
      {"first_is_far", later([](T& t) { t.first = 1000000; }), "found 1000000"},
      {"first_is_negative", later([](T& t) { t.first = -1; }), "found -1"},
      {"row_below_zero", later([](T& t) { t.links[0].row = -1; }),
       "expected links in the order of the rows: link 0 of row 0, found row -1"},
      {"row_beyond_the_last", later([](T& t) { t.links[1].row = 999; }),
       "link 1 of row 1, found row 999"},
      {"row_twice", later([](T& t) { t.links[1].row = 0; }), "link 1 of row 1, found row 0"},
      {"rows_out_of_order", later([](T& t) { std::swap(t.links[0], t.links[1]); }),
       "link 0 of row 0, found row 1"},
      {"two_rows_of_one_track", later([](T& t) { t.links[1].track = 0; }),
       "expected at most one drawn row for each track, found two of track 0"},
      {"fewer_links", later([](T& t) { t.links.pop_back(); }),
       "expected one link for each of 2 rows (track -1 for a row without a track), found 1 link"},
      {"no_links", later([](T& t) { t.links.clear(); }), "found 0 links"},
      {"more_links", later([](T& t) {
         t.links.push_back({2, 5, true});
       }),
       "found 3 links"},
      {"track_below_none", later([](T& t) { t.links[0].track = -5; }),
       "expected row 0 linked to a track from 0 to 2147483646, or to none (-1), found track -5"},
      {"track_beyond_every_file", later([](T& t) {
         t.links[1] = {1, 1000000000000000000, true};
       }),
       "found track 1000000000000000000"},
      {"new_track_every_window",
       [](T& t, int64_t window) {
         for (Link& link : t.links) link.track += 2 * window;
       },
       "expected fresh = true in the link of row 0, because track 2 is new, found fresh = false"},
      {"known_track_as_new", later([](T& t) { t.links[1].fresh = true; }),
       "expected fresh = false in the link of row 1, because track 1 was linked before"},
      {"ended_track_comes_back",
       [](T& t, int64_t window) {
         if (window == 0) t.ended = {1};
       },
       "expected row 1 linked to a track that has not ended, found track 1, which ended before"},
      {"unknown_track_ends", later([](T& t) { t.ended = {7}; }),
       "expected ended tracks that were linked and did not end before, found track 7"},
      {"track_ends_twice", later([](T& t) {
         t.ended = {0, 0};
       }),
       "found track 0"},
  };
  return all;
}

}  // namespace

TEST(FaultyComponents, SoundOnesAreAccepted) {
  EXPECT_EQ(said({}), "nothing was thrown");
  EXPECT_EQ(said({}, "[model.pixel_decoder]\ntype = \"faulty/pixel_decoder\"\n"),
            "nothing was thrown");
}

TEST(FaultyComponents, LinksNameVideoFrameAndTracker) {
  for (const LinkFault& fault : link_faults()) {
    Wrong made;
    made.track = fault.make;
    const std::string text = said(made);
    EXPECT_TRUE(text.starts_with("dog.mp4, frame 3, tracker 'tracker': expected "))
        << fault.name << ": " << text;
    EXPECT_SAYS(text, fault.says);
  }
}

TEST(FaultyComponents, PredictionsOfDecodersNameTheDecoder) {
  for (const PredictionFault& fault : prediction_faults()) {
    Wrong made;
    made.decode = [&](ClipPrediction& p, const Window& window) {
      if (window.first == 2) fault.make(p, window);
    };
    const std::string text = said(made);
    EXPECT_TRUE(text.starts_with("dog.mp4, frame 3, decoder 'decoder': expected "))
        << fault.name << ": " << text;
    EXPECT_SAYS(text, fault.says);
  }
}

TEST(FaultyComponents, DecodersReturnWhatTheirContractGives) {
  Wrong made;
  made.decode = [](ClipPrediction& p, const Window&) { p.queries = Tensor(); };
  EXPECT_EQ(said(made),
            "dog.mp4, frame 1, decoder 'decoder': expected queries, which the contract gives, "
            "found nothing");
  made.decode = [](ClipPrediction& p, const Window&) {
    p.more.set("embeddings.head", at::zeros({1, 3, 4}));
  };
  EXPECT_EQ(said(made),
            "dog.mp4, frame 1, decoder 'decoder': expected embeddings.head as float [1, 2, width], "
            "found Float [1, 3, 4]");
  made = {};
  made.track = [](Tracked& tracked, int64_t) { tracked.prediction.queries = Tensor(); };
  EXPECT_EQ(said(made), "nothing was thrown") << "behind the tracker, nobody needs them";
}

TEST(FaultyComponents, PredictionsThatTrackersRewriteNameTheTracker) {
  const Geometry geometry{{8, 8}, {8, 8}, {8, 8}};
  const std::vector<Geometry> two = {geometry, geometry};
  const Window window{2, {}, two, 0, 0};
  for (const PredictionFault& fault : prediction_faults()) {
    Wrong made;
    made.track = [&](Tracked& tracked, int64_t index) {
      if (index == 1) fault.make(tracked.prediction, window);
    };
    const std::string text = said(made);
    EXPECT_TRUE(text.starts_with("dog.mp4, frame 3, tracker 'tracker': expected "))
        << fault.name << ": " << text;
    EXPECT_SAYS(text, fault.says);
  }
}

TEST(FaultyComponents, MaskValuesNameFrameAndWhoMadeTheMasks) {
  for (const PredictionFault& fault : value_faults()) {
    Wrong made;
    made.decode = fault.make;
    const std::string text = said(made);
    EXPECT_TRUE(text.starts_with("dog.mp4, frame 0, masks of decoder 'decoder': "))
        << fault.name << ": " << text;
    EXPECT_SAYS(text, fault.says);
  }
  Wrong made;
  made.track = [](Tracked& tracked, int64_t) {
    const Geometry geometry = tracked.prediction.masks->geometry(0);
    tracked.prediction.masks = dense_masks(at::full({1, 2, 2, 4, 4}, kNan), {geometry, geometry});
  };
  EXPECT_SAYS(said(made), "frame 0, masks of tracker 'tracker': expected mask values");
}

TEST(FaultyComponents, QueriesThatTrackersPropose) {
  const std::vector<std::pair<Tensor, const char*>> cases = {
      {at::full({1, 2, 1}, kNan), "expected finite queries, found nan in row 0"},
      {at::full({1, 2, 1}, kInfinity), "expected finite queries, found inf in row 0"},
      {at::zeros({1, 2, 7}), "expected queries as float [1, queries, 1], found Float [1, 2, 7]"},
      {at::zeros({3, 2, 1}), "found Float [3, 2, 1]"},
      {at::zeros({2, 1}), "found Float [2, 1]"},
      {at::zeros({1, 2, 1}, at::kLong), "found Long [1, 2, 1]"},
      {Tensor(), "found nothing"}};
  for (const auto& [queries, says] : cases) {
    Wrong made;
    made.propose = [&](Tensors& start) { start.set("queries", queries); };
    const std::string text = said(made);
    EXPECT_TRUE(text.starts_with("dog.mp4, frame 1, tracker 'tracker': expected ")) << text;
    EXPECT_SAYS(text, says);
  }
  Wrong more;
  more.propose = [](Tensors& start) { start.set("queries", at::zeros({1, 5, 1})); };
  more.decode = [](ClipPrediction& p, const Window&) { p.queries = p.queries.narrow(1, 0, 2); };
  EXPECT_EQ(said(more), "nothing was thrown") << "trackers may add queries";
}

TEST(FaultyComponents, MapsOfBackbonesAndPixelDecoders) {
  using Maps = std::vector<FeatureMap>;
  const std::vector<std::pair<std::function<void(Maps&)>, const char*>> cases = {
      {[](Maps& m) { m.clear(); }, "expected map 'value', which the contract gives, found no maps"},
      {[](Maps& m) { m[0].name = "res5"; }, "which the contract gives, found res5"},
      {[](Maps& m) { m[0].stride = 4; }, "expected map 'value' of stride 1, found 4"},
      {[](Maps& m) { m[0].value = Tensor(); },
       "expected map 'value' as float [1, 1, 8, 8], found nothing"},
      {[](Maps& m) {
         m[0].value = at::zeros({1, 3, 8, 8});
       },
       "found Float [1, 3, 8, 8]"},
      {[](Maps& m) {
         m[0].value = at::zeros({2, 1, 8, 8});
       },
       "found Float [2, 1, 8, 8]"},
      {[](Maps& m) {
         m[0].value = at::zeros({1, 1, 8, 9});
       },
       "found Float [1, 1, 8, 9]"},
      {[](Maps& m) {
         m[0].value = at::zeros({1, 1, 8});
       },
       "found Float [1, 1, 8]"},
      {[](Maps& m) { m[0].value = m[0].value.to(at::kInt); }, "found Int [1, 1, 8, 8]"}};
  for (const auto& [change, says] : cases) {
    Wrong made;
    made.maps = change;
    const std::string text = said(made);
    EXPECT_TRUE(text.starts_with("dog.mp4, frame 0, backbone 'backbone': expected ")) << text;
    EXPECT_SAYS(text, says);
    int call = 0;
    made.maps = [&, change = change](Maps& maps) {
      if (call++ == 1) change(maps);
    };
    const std::string decoded =
        said(made, "[model.pixel_decoder]\ntype = \"faulty/pixel_decoder\"\n");
    EXPECT_TRUE(decoded.starts_with("dog.mp4, frame 0, pixel_decoder 'pixel_decoder': expected "))
        << decoded;
    EXPECT_SAYS(decoded, says);
  }
}

TEST(FaultyComponents, MemosOfDecoders) {
  for (const Tensor& value : {at::zeros({3, 1}), Tensor(), at::zeros({})}) {
    Wrong made;
    made.encode = [&](FrameMemo& memo) { memo.tensors.set("value", value); };
    const std::string text = said(made);
    EXPECT_SAYS(text,
                "dog.mp4, frame 0, decoder 'decoder': expected memo entry 'value' as [1, ...]");
  }
}

TEST(FaultyComponents, WindowsOfATrackerThatDefers) {
  const char* defers = "defers = true\n";
  EXPECT_EQ(said({}, defers), "nothing was thrown");
  Wrong nothing_yet;
  nothing_yet.track = [](Tracked& tracked, int64_t) { tracked = {}; };
  EXPECT_EQ(said(nothing_yet, defers), "nothing was thrown") << "only the end counts";
  const std::vector<std::pair<std::function<void(std::vector<Tracked>&)>, const char*>> cases = {
      {[](auto& all) { all.pop_back(); }, "expected 3 windows, found 2"},
      {[](auto& all) { std::swap(all[0], all[1]); },
       "expected a window whose first frame is 0, found 2"},
      {[](auto& all) { all[2].prediction.masks = nullptr; }, "expected masks of 2 frames"},
      {[](auto& all) { all[1].links.pop_back(); }, "expected one link for each of 2 rows"},
      {[](auto& all) { all[1] = {}; }, "expected class scores as float"}};
  for (const auto& [change, says] : cases) {
    Wrong made;
    made.finish = change;
    const std::string text = said(made, defers);
    EXPECT_TRUE(text.starts_with("dog.mp4, tracker 'tracker': expected ")) << text;
    EXPECT_SAYS(text, says);
  }
}

TEST(FaultyComponents, StatesOfAnotherKindOrMissing) {
  Wrong made;
  made.state = [](std::unique_ptr<State>& state) { state = std::make_unique<State>(); };
  EXPECT_EQ(said(made), "dog.mp4, frame 1, tracker 'tracker': std::bad_cast");
  made.state = [](std::unique_ptr<State>& state) { state = nullptr; };
  EXPECT_EQ(said(made), "tracker 'tracker': expected a state from make_state, found null");
}

TEST(FaultyComponents, WhateverIsThrownNamesTheComponent) {
  const std::vector<std::pair<std::function<void()>, const char*>> cases = {
      {[] { throw std::runtime_error("it rains"); }, "it rains"},
      {[] { throw 5; }, "threw an object that is not a std::exception"},
      {[] { at::zeros({2}).view({3}); }, "LibTorch: shape '[3]' is invalid for input of size 2"},
      {[] { std::vector<int>().at(7); }, "vector::_M_range_check"}};
  for (const auto& [act, says] : cases) {
    Wrong made;
    made.track = [&](Tracked&, int64_t) { act(); };
    EXPECT_SAYS(said(made), cat("dog.mp4, frame 1, tracker 'tracker': ", says));
    made = {};
    made.maps = [&](auto&) { act(); };
    EXPECT_SAYS(said(made), cat("dog.mp4, frame 0, backbone 'backbone': ", says));
  }
}

TEST(FaultyComponents, AreNotCheckedWhereTheConfigSaysSo) {
  Wrong made;
  made.track = [](Tracked& tracked, int64_t window) {
    if (window == 1) tracked.links.pop_back();
  };
  EXPECT_SAYS(said(made), "expected one link");
  EXPECT_EQ(said(made, "[run]\nchecks = \"first\"\n"), "nothing was thrown");
  EXPECT_EQ(said(made, "[run]\nchecks = \"never\"\n"), "nothing was thrown");
  made.track = [](Tracked& tracked, int64_t window) {
    if (window == 0) tracked.links.pop_back();
  };
  EXPECT_SAYS(said(made, "[run]\nchecks = \"first\"\n"), "expected one link");
  EXPECT_EQ(said(made, "[run]\nchecks = \"never\"\n"), "nothing was thrown");
}

TEST(FaultyComponents, RowsThatAreNotDrawnMayShareATrack) {
  Wrong made;
  made.track = [](Tracked& tracked, int64_t) {
    for (Link& link : tracked.links) link = {link.row, 9, true, false};
  };
  EXPECT_EQ(said(made), "nothing was thrown");
}

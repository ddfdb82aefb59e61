// Components that other components call: what they return is checked at every call, and errors name
// them.

#include "checked_component.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <clipwork/dataset.h>
#include <clipwork/host/registry.h>
#include <clipwork/loss_term.h>
#include <clipwork/make_component.h>
#include <clipwork/painter.h>
#include <clipwork/picture_reader.h>
#include <clipwork/samples.h>
#include <clipwork/sink.h>
#include <clipwork/source.h>

#include <fstream>
#include <functional>
#include <limits>
#include <regex>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

template <class Kind>
struct WithoutParameters : Kind {
  struct Parameters {
    void describe(Describer&) {}
  };
  static clipwork::Contract contract(const Parameters&, const Given&) { return {}; }
};

/// A clip of 2 frames of 4 x 6 with one object, whose box is its mask's.
Sample sound_sample() {
  Sample sample;
  sample.name = "dogs, frames 0 1";
  sample.frames = at::zeros({2, 3, 4, 6}, at::kByte);
  sample.targets.labels = at::ones({1}, at::kLong);
  sample.targets.ids = at::full({1, 2}, 3, at::kLong);
  sample.targets.masks = at::ones({1, 2, 4, 6}, at::kBool);
  sample.targets.boxes = at::zeros({1, 2, 4});
  sample.targets.boxes.select(2, 2).fill_(6);
  sample.targets.boxes.select(2, 3).fill_(4);
  return sample;
}

/// One object in both frames of a video of 4 x 6.
std::vector<AnnotatedTrack> sound_tracks() {
  AnnotatedTrack track;
  track.id = 5;
  track.category = 1;
  track.masks = {MaskRle::blank({4, 6}), {}};
  return {track};
}

// What the components of these tests return or do.
Sample next_sample;
std::vector<AnnotatedTrack> next_tracks;
Tensor next_pixels;
std::vector<Tensor> next_values;
std::string next_bytes;
double next_seconds = 0;
std::function<void()> act = [] {};

struct Data : WithoutParameters<Dataset> {
  Data(const Parameters&, const Given&) {}
  const std::vector<Category>& categories() const override { return categories_; }
  const std::vector<VideoEntry>& videos() const override { return videos_; }
  VideoTracks tracks(int64_t) const override {
    act();
    return next_tracks;
  }
  bool annotated() const override { return true; }
  Frame frame(int64_t, int64_t) const override {
    act();
    return {next_pixels, 0, 0, "a.png"};
  }
  std::vector<Category> categories_ = {{1, "cat"}, {2, "dog"}};
  std::vector<VideoEntry> videos_ = {{7, "dogs", {4, 6}, 2, {}}};
};

struct Clips : WithoutParameters<Samples> {
  Clips(const Parameters&, const Given&) {}
  const std::vector<Category>& categories() const override { return categories_; }
  int64_t size() const override { return 1; }
  Sample sample(int64_t, Draw) const override {
    act();
    return next_sample;
  }
  std::vector<Category> categories_ = {{1, "cat"}, {2, "dog"}};
};

struct Step : WithoutParameters<Transform> {
  Step(const Parameters&, const Given&) {}
  void operator()(Sample& sample, Draw&) const override {
    act();
    sample = next_sample;
  }
};

struct Reader : WithoutParameters<Source> {
  Reader(const Parameters&, const Given&) {}
  std::optional<Frame> next() override {
    act();
    return Frame{next_pixels, 0, next_seconds, "dog.mp4, frame 0"};
  }
  double rate() const override { return next_seconds; }
};

struct Writer : WithoutParameters<Sink> {
  Writer(const Parameters&, const Given&) {}
  void write(const Tensor&, double) override { act(); }
  void finish(double) override { act(); }
};

struct Drawer : WithoutParameters<Painter> {
  Drawer(const Parameters&, const Given&) {}
  void paint(Tensor& picture, const std::vector<PaintedTrack>&, const std::string&) override {
    act();
    picture = next_pixels;
  }
  std::string encode_png16(const Tensor&, const std::string&) override { return next_bytes; }
  std::string encode_jpeg(const Tensor&) override { return next_bytes; }
  std::string encode_png(const Figure&) override { return next_bytes; }
};

struct Pictures : WithoutParameters<PictureReader> {
  Pictures(const Parameters&, const Given&) {}
  Tensor read(const std::string&) const override {
    act();
    return next_pixels;
  }
};

struct Term : LossTerm {
  struct Parameters {
    void describe(Describer&) {}
  };
  static clipwork::Contract contract(const Parameters&, const Given&) { return {}; }
  Term(const Parameters&, const Given&) : LossTerm(2.5) {}
  std::vector<Tensor> operator()(const Layer&, Context&) override {
    act();
    return next_values;
  }
};

class CheckedComponent : public testing::Test {
 protected:
  CheckedComponent() {
    static const bool registered = [] {
      Registry::instance().add_builtin("checked", [](Registrar& registry) {
        registry.add<Data>("data", "a data set");
        registry.add<Clips>("clips", "samples");
        registry.add<Step>("step", "a transform");
        registry.add<Reader>("reader", "a source");
        registry.add<Writer>("writer", "a sink");
        registry.add<Drawer>("drawer", "a painter");
        registry.add<Pictures>("pictures", "a picture reader");
        registry.add<Term>("term", "a loss term");
      });
      return true;
    }();
    (void)registered;
    next_sample = sound_sample();
    next_tracks = sound_tracks();
    next_pixels = at::zeros({3, 4, 6}, at::kByte);
    next_values = {};
    next_seconds = 0;
    act = [] {};
  }

  template <class Kind>
  static std::shared_ptr<Kind> made(const std::string& name) {
    return make_component<Kind>("checked/" + name, Value::table());
  }
};

}  // namespace

TEST_F(CheckedComponent, TracksOfDataSets) {
  const auto data = made<Dataset>("data");
  EXPECT_EQ(data->tracks(0).size(), 1u);
  const std::string place = "dataset 'data', video 7 (dogs): expected ";
  const std::vector<std::pair<std::function<void(AnnotatedTrack&)>, const char*>> cases = {
      {[](auto& t) { t.category = 77; }, "a category from 0 to 1 in track 5, found 77"},
      {[](auto& t) { t.category = -1; }, "a category from 0 to 1 in track 5, found -1"},
      {[](auto& t) { t.masks.pop_back(); },
       "one mask for each of 2 frames in track 5, found 1 mask"},
      {[](auto& t) {
         t.masks[1] = MaskRle::blank({6, 4});
       },
       "a mask of the video's size, 6 x 4, in frame 1 in track 5, found 4 x 6"},
      {[](auto& t) { t.areas = {3.0}; },
       "one occlusion and one area for each of 2 frames, or none in track 5, found 1"}};
  for (const auto& [change, says] : cases) {
    next_tracks = sound_tracks();
    change(next_tracks[0]);
    EXPECT_EQ(error_of([&] { data->tracks(0); }), place + says);
  }
  next_tracks = {sound_tracks()[0], sound_tracks()[0]};
  EXPECT_EQ(error_of([&] { data->tracks(0); }),
            place + "tracks by ascending id, found id 5 after 5");
}

TEST_F(CheckedComponent, PicturesOfDataSetsSourcesReadersAndPainters) {
  const auto data = made<Dataset>("data");
  const auto source = made<Source>("reader");
  const auto reader = made<PictureReader>("pictures");
  const auto painter = made<Painter>("drawer");
  Tensor picture = at::zeros({3, 4, 6}, at::kByte);
  const std::vector<std::pair<std::function<void()>, const char*>> calls = {
      {[&] { data->frame(0, 1); }, "dataset 'data', video 7 (dogs), frame 1: "},
      {[&] { source->next(); }, "source 'reader', dog.mp4, frame 0: "},
      {[&] { reader->read("b.png"); }, "picture_reader 'pictures', b.png: "},
      {[&] { painter->paint(picture, {}, ""); }, "painter 'drawer': "}};
  for (const auto& [call, place] : calls) {
    next_pixels = at::zeros({3, 4, 6}, at::kByte);
    EXPECT_EQ(error_of(call), "nothing was thrown");
    const std::vector<std::pair<Tensor, const char*>> wrong = {
        {Tensor(), "nothing"},
        {at::zeros({3, 4, 6}), "Float [3, 4, 6]"},
        {at::zeros({4, 6, 3}, at::kByte), "Byte [4, 6, 3]"},
        {at::zeros({1, 4, 6}, at::kByte), "Byte [1, 4, 6]"},
        {at::zeros({3, 0, 6}, at::kByte), "Byte [3, 0, 6]"}};
    for (const auto& [pixels, found] : wrong) {
      next_pixels = pixels;
      picture = at::zeros({3, 4, 6}, at::kByte);
      EXPECT_EQ(error_of(call),
                cat(place, "expected a picture as uint8 RGB [3, H, W], found ", found));
    }
  }
  next_pixels = at::zeros({3, 2, 2}, at::kByte);
  picture = at::zeros({3, 4, 6}, at::kByte);
  EXPECT_EQ(error_of(calls[3].first),
            "painter 'drawer': expected a picture of its size before, [3, 4, 6], found [3, 2, 2]");
}

TEST_F(CheckedComponent, TimesOfSourcesAndBytesOfPainters) {
  next_seconds = kNan;
  const auto source = made<Source>("reader");
  EXPECT_SAYS(error_of([&] { source->next(); }), "expected a finite presentation time, found nan");
  EXPECT_SAYS(error_of([&] { source->rate(); }), "expected a rate of at least 0");
  const auto painter = made<Painter>("drawer");
  next_bytes = "GIF89a";
  EXPECT_SAYS(error_of([&] { painter->encode_jpeg(Tensor()); }),
              "expected the bytes of a JPEG file, found 6 bytes");
  EXPECT_SAYS(error_of([&] { painter->encode_png16(Tensor(), ""); }), "a PNG file");
  next_bytes = "\x89PNG\r\n\x1a\n";
  EXPECT_EQ(painter->encode_png(Figure()), next_bytes);
}

TEST_F(CheckedComponent, SamplesAndWhatTransformsMakeOfThem) {
  const auto samples = made<Samples>("clips");
  const auto transform = made<Transform>("step");
  const auto take = [&] { samples->sample(4, Draw(1, "sample", 0, 4)); };
  const auto change = [&] {
    Sample sample = sound_sample();
    Draw draw(1, "sample", 0, 4);
    (*transform)(sample, draw);
  };
  EXPECT_EQ(error_of(take), "nothing was thrown");
  EXPECT_EQ(error_of(change), "nothing was thrown");
  const std::vector<std::pair<std::function<void(Sample&)>, const char*>> cases = {
      {[](Sample& s) { s.frames = Tensor(); },
       "frames of a sample as uint8 RGB [T, 3, H, W], found nothing"},
      {[](Sample& s) { s.frames = s.frames.to(at::kFloat); }, "found Float [2, 3, 4, 6]"},
      {[](Sample& s) { s.frames = s.frames[0]; }, "found Byte [3, 4, 6]"},
      {[](Sample& s) {
         s.frames = at::zeros({2, 3, 4, 9}, at::kByte);
       },
       "masks as bool [1, 2, 4, 9], found Bool [1, 2, 4, 6]"},
      {[](Sample& s) {
         s.frames = at::zeros({3, 3, 4, 6}, at::kByte);
       },
       "masks as bool [1, 3, 4, 6], found Bool [1, 2, 4, 6]"},
      {[](Sample& s) { s.targets.masks = s.targets.masks.to(at::kByte); }, "masks bool"},
      {[](Sample& s) { s.targets.labels = Tensor(); }, "targets must have labels int64 [N]"},
      {[](Sample& s) { s.targets.labels.fill_(-4); }, "label -4 is not one of"},
      {[](Sample& s) {
         s.targets.ids = at::zeros({2, 2}, at::kLong);
       },
       "do not match"},
      {[](Sample& s) { s.targets.ids.fill_(-2); }, "id -2 is below -1"},
      {[](Sample& s) {
         s.targets.boxes = at::zeros({1, 2, 3});
       },
       "do not match ids"},
      {[](Sample& s) { s.targets.boxes.fill_(kNan); },
       "a box x0, y0, x1, y1 within the frame of 6 x 4 of object 0 in frame 0, found nan"},
      {[](Sample& s) { s.targets.boxes[0][1][2] = 60; }, "in frame 1, found 0, 0, 60, 4"},
      {[](Sample& s) { s.targets.boxes[0][1][0] = 7; }, "in frame 1, found 7, 0, 6, 4"}};
  for (const auto& [break_it, says] : cases) {
    next_sample = sound_sample();
    break_it(next_sample);
    const std::string taken = error_of(take), changed = error_of(change);
    EXPECT_TRUE(taken.starts_with("samples 'clips', sample 4 (dogs, frames 0 1): expected "))
        << taken;
    EXPECT_SAYS(taken, says);
    EXPECT_TRUE(changed.starts_with("transform 'step', dogs, frames 0 1: expected ")) << changed;
    EXPECT_SAYS(changed, says);
  }
  next_sample = sound_sample();
  next_sample.targets.labels.fill_(77);
  EXPECT_SAYS(error_of(take), "label 77 is not one of the model's 2 classes");
  next_sample = sound_sample();
  next_sample.targets.ids[0][1] = -1;
  next_sample.targets.boxes[0][1].fill_(kNan);
  EXPECT_EQ(error_of(take), "nothing was thrown") << "where an object is absent, it has no box";
}

TEST_F(CheckedComponent, ValuesOfLossTerms) {
  const auto term = made<LossTerm>("term");
  EXPECT_EQ(term->weight(), 2.5);
  const auto prediction = std::make_shared<ClipPrediction>();
  prediction->class_scores = at::zeros({1, 2, 3}).requires_grad_();
  Layer layer;
  layer.clips.resize(3);
  for (Matched& clip : layer.clips) clip.prediction = prediction;
  Generators random(0);
  Communicator world;
  Context context{true, random, world};
  const auto call = [&] { (*term)(layer, context); };
  const Tensor good = prediction->class_scores.sum();
  const std::vector<std::pair<std::vector<Tensor>, const char*>> cases = {
      {{}, "nothing was thrown"},
      {{good}, "nothing was thrown"},
      {{good, good, good}, "nothing was thrown"},
      {{at::zeros({})}, "nothing was thrown"},
      {{good, good},
       "loss_term 'term': expected one value for each of 3 clips, or a single one, found 2 values"},
      {{Tensor()}, "loss_term 'term': expected a value as a scalar, found nothing"},
      {{prediction->class_scores}, "a value as a scalar, found Float [1, 2, 3]"},
      {{at::ones({}, at::kLong)}, "a value as a scalar, found Long []"},
      {{at::ones({})}, "expected a value with a gradient, found 1 without one"}};
  for (const auto& [values, says] : cases) {
    next_values = values;
    EXPECT_SAYS(error_of(call), says);
  }
  prediction->class_scores = at::zeros({1, 2, 3});
  next_values = {at::ones({})};
  EXPECT_EQ(error_of(call), "nothing was thrown") << "nothing is trained here";
}

TEST_F(CheckedComponent, WhateverTheyThrowNamesThemAndErrorsPassAsTheyAre) {
  const auto data = made<Dataset>("data");
  const auto source = made<Source>("reader");
  const auto sink = made<Sink>("writer");
  const auto samples = made<Samples>("clips");
  const auto term = made<LossTerm>("term");
  Layer layer;
  Generators random(0);
  Communicator world;
  Context context{true, random, world};
  const std::vector<std::pair<std::function<void()>, std::string>> calls = {
      {[&] { data->tracks(0); }, "dataset 'data'"},
      {[&] { data->frame(0, 0); }, "dataset 'data'"},
      {[&] { source->next(); }, "source 'reader'"},
      {[&] { sink->write(Tensor(), 0); }, "sink 'writer'"},
      {[&] { sink->finish(0); }, "sink 'writer'"},
      {[&] { samples->sample(0, Draw(1, "sample", 0, 0)); }, "samples 'clips'"},
      {[&] { (*term)(layer, context); }, "loss_term 'term'"}};
  for (const auto& [call, who] : calls) {
    act = [] { throw std::runtime_error("it rains"); };
    EXPECT_EQ(error_of(call), who + ": it rains");
    act = [] { throw 5; };
    EXPECT_EQ(error_of(call), who + ": threw an object that is not a std::exception");
    act = [] { throw InputError("cannot be read", "a.png"); };
    EXPECT_EQ(error_of<InputError>(call), "a.png: cannot be read");
  }
}

// A function that a kind gains must be forwarded, or plugins' own would be passed over in silence.
TEST(CheckedComponents, ForwardEveryVirtualFunctionOfTheirKinds) {
  const std::string wrappers = read_file(source_dir() / "registry/src/checked_component.cpp");
  static const std::regex kVirtual("\n  virtual [^;~]*?([a-z_0-9]+|operator\\(\\))\\(");
  for (const auto& [header, wrapper] : std::vector<std::pair<const char*, const char*>>{
           {"component", "Checked"},
           {"dataset", "CheckedDataset"},
           {"samples", "CheckedSamples"},
           {"transform", "CheckedTransform"},
           {"loss_term", "CheckedTerm"},
           {"source", "CheckedSource"},
           {"sink", "CheckedSink"},
           {"painter", "CheckedPainter"},
           {"picture_reader", "CheckedPictureReader"}}) {
    const std::string text =
        read_file(source_dir() / "core/include/clipwork" / (std::string(header) + ".h"));
    const size_t kind = header == std::string("component")
                            ? text.find("class CLIPWORK_API Component")
                            : text.find(": public Component {");
    const std::string declared = text.substr(kind);
    const size_t begin = wrappers.find(cat("class ", wrapper, " "));
    ASSERT_NE(begin, std::string::npos) << wrapper;
    const std::string forwards = wrappers.substr(begin, wrappers.find("\n};", begin) - begin);
    int functions = 0;
    for (std::sregex_iterator match(declared.begin(), declared.end(), kVirtual), end; match != end;
         ++match, ++functions) {
      const std::string name = (*match)[1];
      EXPECT_NE(forwards.find(" " + name + "("), std::string::npos)
          << wrapper << " does not forward " << name;
    }
    EXPECT_GT(functions, 0) << header;
  }
}

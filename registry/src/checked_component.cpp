#include "checked_component.h"

#include <clipwork/dataset.h>
#include <clipwork/host/component_call.h>
#include <clipwork/loss_term.h>
#include <clipwork/painter.h>
#include <clipwork/picture_reader.h>
#include <clipwork/samples.h>
#include <clipwork/sink.h>
#include <clipwork/source.h>
#include <clipwork/transform.h>

#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "components/check_returned.h"

namespace clipwork {
namespace {

/// Forwards what all components have; `call` makes a call and names the component in its errors.
template <class Kind>
class Checked : public Kind {
 public:
  /// `arguments` are those of the kind's constructor.
  template <class... Arguments>
  Checked(const ComponentInfo& info, std::shared_ptr<Component> component, Arguments... arguments)
      : Kind(arguments...),
        info_(info),
        component_(std::dynamic_pointer_cast<Kind>(std::move(component))) {}

  torch::nn::Module* weights() override { return component_->weights(); }
  WeightNames weight_names() const override { return component_->weight_names(); }
  void prepare(const Inference& inference) override { component_->prepare(inference); }

 protected:
  /// What `made` returns, after `check` has looked at it.
  template <class Made, class Check>
  auto call(const Made& made, const Check& check) const {
    std::optional<std::decay_t<decltype(made())>> result;
    call_component(info_, OwnErrors::as_they_are, [&] {
      result.emplace(made());
      check(*result);
    });
    return std::move(*result);
  }
  template <class Made>
  auto call(const Made& made) const {
    return call(made, [](const auto&) {});
  }
  void act(const std::function<void()>& action) const {
    call_component(info_, OwnErrors::as_they_are, action);
  }
  Kind& component() const { return *component_; }

 private:
  const ComponentInfo& info_;
  std::shared_ptr<Kind> component_;
};

/// Throws unless the file that `bytes` hold begins with `signature`.
void check_file(const std::string& bytes, std::string_view signature, const char* format) {
  if (!bytes.starts_with(signature)) {
    throw ReturnedFault(cat("the bytes of a ", format, " file"),
                        cat(bytes.size(), " bytes that do not begin as one"));
  }
}
constexpr std::string_view kPng = "\x89PNG\r\n", kJpeg = "\xff\xd8\xff";

/// Adds the place of what is checked to the fault.
template <class Check>
void at_place(const std::string& place, const Check& check) {
  try {
    check();
  } catch (ReturnedFault& fault) {
    fault.within(place);
    throw;
  }
}

class CheckedDataset final : public Checked<Dataset> {
 public:
  using Checked::Checked;
  const std::vector<Category>& categories() const override { return component().categories(); }
  const std::vector<VideoEntry>& videos() const override { return component().videos(); }
  VideoTracks tracks(int64_t index) const override {
    return call([&] { return component().tracks(index); },
                [&](const VideoTracks& tracks) {
                  const VideoEntry& video = videos().at(static_cast<size_t>(index));
                  at_place(cat("video ", video.id, " (", video.name, ")"), [&] {
                    check_tracks(tracks, video, static_cast<int64_t>(categories().size()));
                  });
                });
  }
  bool annotated() const override {
    return call([&] { return component().annotated(); });
  }
  bool pictures() const override {
    return call([&] { return component().pictures(); });
  }
  Frame frame(int64_t index, int64_t t) const override {
    return call([&] { return component().frame(index, t); },
                [&](const Frame& frame) {
                  const VideoEntry& video = videos().at(static_cast<size_t>(index));
                  at_place(cat("video ", video.id, " (", video.name, "), frame ", t),
                           [&] { check_picture(frame.pixels); });
                });
  }
  std::vector<DatasetFault> faults() const override {
    return call([&] { return component().faults(); });
  }
};

class CheckedSamples final : public Checked<Samples> {
 public:
  using Checked::Checked;
  const std::vector<Category>& categories() const override { return component().categories(); }
  int64_t size() const override {
    return call([&] { return component().size(); });
  }
  Sample sample(int64_t index, Draw draw) const override {
    return call([&] { return component().sample(index, draw); },
                [&](const Sample& sample) {
                  at_place(cat("sample ", index, " (", sample.name, ")"), [&] {
                    check_sample(sample, static_cast<int64_t>(categories().size()));
                  });
                });
  }
  std::vector<DatasetFault> faults() const override {
    return call([&] { return component().faults(); });
  }
};

class CheckedTransform final : public Checked<Transform> {
 public:
  using Checked::Checked;
  void operator()(Sample& sample, Draw& draw) const override {
    act([&] {
      component()(sample, draw);
      at_place(sample.name, [&] { check_sample(sample, 0); });
    });
  }
};

class CheckedTerm final : public Checked<LossTerm> {
 public:
  CheckedTerm(const ComponentInfo& info, const std::shared_ptr<Component>& component)
      : Checked(info, component, dynamic_cast<LossTerm&>(*component).weight()) {}
  std::vector<Tensor> operator()(const Layer& layer, Context& context) override {
    return call([&] { return component()(layer, context); },
                [&](const std::vector<Tensor>& values) { check_term(values, layer); });
  }
  bool wants_points() const override {
    return call([&] { return component().wants_points(); });
  }
};

class CheckedSource final : public Checked<Source> {
 public:
  using Checked::Checked;
  std::optional<Frame> next() override {
    return call([&] { return component().next(); },
                [&](const std::optional<Frame>& frame) {
                  if (!frame) return;
                  at_place(frame->name, [&] {
                    check_picture(frame->pixels);
                    if (!std::isfinite(frame->seconds)) {
                      throw ReturnedFault("a finite presentation time", frame->seconds);
                    }
                  });
                });
  }
  std::optional<int64_t> count() const override {
    return call([&] { return component().count(); });
  }
  double rate() const override {
    return call([&] { return component().rate(); },
                [](double rate) {
                  if (!std::isfinite(rate) || rate < 0) {
                    throw ReturnedFault("a rate of at least 0 frames per second", rate);
                  }
                });
  }
  std::optional<double> end_seconds() const override {
    return call([&] { return component().end_seconds(); });
  }
  std::vector<std::string> remarks() const override {
    return call([&] { return component().remarks(); });
  }
  void cancel() override {
    act([&] { component().cancel(); });
  }
};

class CheckedSink final : public Checked<Sink> {
 public:
  using Checked::Checked;
  void write(const Tensor& picture, double seconds) override {
    act([&] { component().write(picture, seconds); });
  }
  void finish(double seconds) override {
    act([&] { component().finish(seconds); });
  }
  std::vector<std::string> remarks() const override {
    return call([&] { return component().remarks(); });
  }
};

class CheckedPainter final : public Checked<Painter> {
 public:
  using Checked::Checked;
  void paint(Tensor& picture, const std::vector<PaintedTrack>& tracks,
             const std::string& note) override {
    const std::vector<int64_t> sizes = picture.sizes().vec();
    act([&] {
      component().paint(picture, tracks, note);
      check_picture(picture);
      if (picture.sizes() != at::IntArrayRef(sizes)) {
        throw ReturnedFault(cat("a picture of its size before, ", at::IntArrayRef(sizes)),
                            picture.sizes());
      }
    });
  }
  std::string encode_png16(const Tensor& numbers, const std::string& comment) override {
    return call([&] { return component().encode_png16(numbers, comment); },
                [](const std::string& bytes) { check_file(bytes, kPng, "PNG"); });
  }
  std::string encode_jpeg(const Tensor& picture) override {
    return call([&] { return component().encode_jpeg(picture); },
                [](const std::string& bytes) { check_file(bytes, kJpeg, "JPEG"); });
  }
  std::string encode_png(const Figure& figure) override {
    return call([&] { return component().encode_png(figure); },
                [](const std::string& bytes) { check_file(bytes, kPng, "PNG"); });
  }
};

class CheckedPictureReader final : public Checked<PictureReader> {
 public:
  using Checked::Checked;
  Tensor read(const std::string& file) const override {
    return call([&] { return component().read(file); },
                [&](const Tensor& pixels) { at_place(file, [&] { check_picture(pixels); }); });
  }
};

template <class Wrapper>
std::shared_ptr<Component> wrapped(const ComponentInfo& info,
                                   std::shared_ptr<Component> component) {
  return std::make_shared<Wrapper>(info, std::move(component));
}

}  // namespace

std::shared_ptr<Component> checked_component(const ComponentInfo& info,
                                             std::shared_ptr<Component> component) {
  using Wrap = std::shared_ptr<Component> (*)(const ComponentInfo&, std::shared_ptr<Component>);
  static const std::map<std::string, Wrap> kWrappers = {
      {Dataset::kKind, wrapped<CheckedDataset>},
      {Samples::kKind, wrapped<CheckedSamples>},
      {Transform::kKind, wrapped<CheckedTransform>},
      {LossTerm::kKind, wrapped<CheckedTerm>},
      {Source::kKind, wrapped<CheckedSource>},
      {Sink::kKind, wrapped<CheckedSink>},
      {Painter::kKind, wrapped<CheckedPainter>},
      {PictureReader::kKind, wrapped<CheckedPictureReader>}};
  const auto found = kWrappers.find(info.kind);
  return found == kWrappers.end() ? component : found->second(info, std::move(component));
}

}  // namespace clipwork

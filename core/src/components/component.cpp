#include <clipwork/backbone.h>
#include <clipwork/decoder.h>
#include <clipwork/detector.h>
#include <clipwork/error.h>
#include <clipwork/painter.h>
#include <clipwork/picture_reader.h>
#include <clipwork/pixel_decoder.h>
#include <clipwork/sink.h>
#include <clipwork/source.h>
#include <clipwork/tracker.h>

namespace clipwork {

// Destructors of the kinds stand here, so that their type information lives in the core library
// alone.
State::~State() = default;
Component::~Component() = default;
Backbone::~Backbone() = default;
PixelDecoder::~PixelDecoder() = default;
Decoder::~Decoder() = default;
Detector::~Detector() = default;
Tracker::~Tracker() = default;
Source::~Source() = default;
Sink::~Sink() = default;
Painter::~Painter() = default;
PictureReader::~PictureReader() = default;

const MapInfo* Given::find(std::string_view map) const {
  for (const MapInfo& info : maps) {
    if (info.name == map) return &info;
  }
  return nullptr;
}

torch::nn::Module* Component::weights() { return nullptr; }
WeightNames Component::weight_names() const { return {}; }
void Component::prepare(const Inference&) {}

Tensors Decoder::start(int64_t) { return {}; }
void Decoder::observe(const Observation&, State&, Context&) {}
std::unique_ptr<State> Decoder::make_state(int64_t) const { return std::make_unique<State>(); }

Tensors Tracker::propose(Tensors start, State&, Context&) { return start; }
std::vector<Tracked> Tracker::finish(State&, Context&) { return {}; }
std::unique_ptr<State> Tracker::make_state(int64_t) const { return std::make_unique<State>(); }

std::optional<int64_t> Source::count() const { return {}; }
double Source::rate() const { return 0; }
std::optional<double> Source::end_seconds() const { return {}; }
std::vector<std::string> Source::remarks() const { return {}; }
void Source::cancel() {}

std::vector<std::string> Sink::remarks() const { return {}; }

}  // namespace clipwork

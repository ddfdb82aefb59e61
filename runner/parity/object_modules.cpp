#include "object_modules.h"

#include <ATen/ops/zeros.h>
#include <clipwork/backbone.h>
#include <clipwork/decoder.h>
#include <clipwork/host/config.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/registry.h>

#include "model_config.h"

namespace clipwork::parity {

namespace {

/// The frame queries of this process' present case: set for the length of one call of
/// `run_object_modules`.
const at::Tensor* given_queries = nullptr;

/// A map of one pixel, so that there is something to take mask features from.
class OnePixel : public Backbone {
 public:
  struct Parameters {
    int64_t channels = 1;
    void describe(Describer& d) { d("channels", channels, "channels of the map").range(1); }
  };
  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    contract.maps = {{"finest", p.channels, 1}};
    return contract;
  }
  OnePixel(const Parameters& p, const Given&) : channels_(p.channels) {}
  std::vector<FeatureMap> forward(const Tensor&, Context&) override {
    return {{"finest", 1, at::zeros({1, channels_, 1, 1})}};
  }

 private:
  int64_t channels_;
};

class GivenQueries : public Decoder {
 public:
  struct Parameters {
    void describe(Describer&) {}
  };
  static Contract contract(const Parameters&, const Given&) {
    Contract contract;
    contract.gives = {"start.queries", "embeddings"};
    return contract;
  }
  GivenQueries(const Parameters&, const Given&) {}
  FrameMemo encode(const FrameFeatures&, Context&) override { return {}; }
  Tensors start(int64_t batch) override {
    Tensors start;
    start.set("queries", at::zeros({batch, given_queries->size(1), given_queries->size(2)}));
    return start;
  }
  ClipPrediction decode(const Window&, const Tensors&, State&, Context&) override {
    ClipPrediction prediction;
    prediction.embeddings = given_queries->narrow(0, tap_place().frame, 1);
    return prediction;
  }
};

}  // namespace

void run_object_modules(const Case& golden, const Options& options, const Value& settings,
                        const at::Tensor& frame_queries, TapListener& listener) {
  static const bool registered = [] {
    Registry::instance().add_builtin("parity_objects", [](Registrar& registry) {
      registry.add<OnePixel>("one_pixel", "a map of one pixel");
      registry.add<GivenQueries>("given_queries", "returns recorded frame queries");
    });
    return true;
  }();
  (void)registered;
  given_queries = &frame_queries;

  const Json& config = golden.config();
  Value tree = settings;
  tree.set("model.backbone.type", "parity_objects/one_pixel");
  tree.set("model.backbone.channels", integer(config, "conv_dim"));
  tree.set("model.decoder.type", "vita");
  tree.set("model.decoder.frame.type", "parity_objects/given_queries");
  tree.set("model.decoder.mask_channels", integer(config, "mask_dim"));
  set_object_modules(tree, member(config, "vita"));
  tree.set("preprocess.resize", "none");
  tree.set("preprocess.divisor", int64_t{1});
  tree.set("classes.names", class_names(integer(config, "num_classes")));
  tree.set("run.plain", !options.packed);
  const Pipeline pipeline(Config(tree, {}), golden.weights());
  VideoInfo video;
  video.name = golden.name;
  video.listener = &listener;
  Stream stream = pipeline.open(video);
  Frame frame;
  frame.pixels = at::zeros({3, 1, 1}, at::kByte);
  for (frame.index = 0; frame.index < frame_queries.size(0); ++frame.index) stream.push(frame);
  stream.finish();
}

}  // namespace clipwork::parity

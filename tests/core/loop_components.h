#pragma once
// Hand-written components that show what the loop carries: numbers instead of pictures.

#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/decoder.h>
#include <clipwork/host/config.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/registry.h>
#include <clipwork/tracker.h>

#include <memory>
#include <string>
#include <vector>

#include "core/mean_backbone.h"

namespace clipwork::test {

/// What the components saw, in order; cleared by each test.
struct Seen {
  int encoded = 0;
  struct Call {
    int64_t first = 0, length = 0;
    int head = 0, tail = 0;
    std::vector<float> frame_values;  ///< what the window's memos hold
    float start = 0;                  ///< the start query's value
  };
  std::vector<Call> decoded;
  struct Told {
    std::vector<int64_t> ids;
    std::vector<int64_t> pixels;  ///< of row 0 at padded size, a frame
    std::vector<bool> fresh;
  };
  std::vector<Told> observed;
};
inline Seen seen;

/// Two rows. Row 0's masks are on where the frame's value and the window's offset sum to more than
/// zero; row 1's are the opposite.
class Numbers : public Decoder {
 public:
  struct Parameters {
    std::vector<double> offsets;
    bool observes = false;
    int64_t fail_at = -1;
    void describe(Describer& d) {
      d("offsets", offsets, "added to the masks of window 0, 1, ... (0 beyond the list)");
      d("observes", observes, "wants to be told what the tracker settled on");
      d("fail_at", fail_at, "fails when this window is decoded");
    }
  };
  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    contract.needs = {"map:value"};
    if (p.observes) contract.needs.push_back("observation");
    contract.gives = {"start.queries", "queries", "masks"};
    return contract;
  }
  Numbers(const Parameters& p, const Given& given) : parameters_(p), classes_(given.classes) {}

  struct Count : State {
    int64_t windows = 0;
  };
  std::unique_ptr<State> make_state(int64_t) const override { return std::make_unique<Count>(); }

  FrameMemo encode(const FrameFeatures& features, Context&) override {
    ++seen.encoded;
    FrameMemo memo;
    const Tensor& map = features.at("value").value;
    memo.tensors.set("value", map.narrow(2, 0, 1).narrow(3, 0, 1).contiguous(), Keep::bulk);
    return memo;
  }
  Tensors start(int64_t batch) override {
    Tensors start;
    start.set("queries", at::zeros({batch, 2, 1}));
    return start;
  }
  ClipPrediction decode(const Window& window, const Tensors& start, State& state,
                        Context&) override {
    int64_t index = dynamic_cast<Count&>(state).windows++;
    if (index == parameters_.fail_at) throw std::runtime_error("the decoder gave up");
    Seen::Call call{window.first, window.length(), window.head, window.tail, {}, 0};
    call.start = start.at("queries")[0][0][0].item<float>();
    double offset =
        index < static_cast<int64_t>(parameters_.offsets.size()) ? parameters_.offsets[index] : 0;
    std::vector<Tensor> frames;
    for (const FrameMemo& memo : window.memos) {
      float value = memo.tensors.at("value").item<float>();
      call.frame_values.push_back(value);
      Tensor mask = at::full({4, 4}, value + offset);
      frames.push_back(at::stack({mask, mask.neg()}));
    }
    seen.decoded.push_back(call);
    ClipPrediction prediction;
    prediction.class_scores = at::zeros({1, 2, classes_ + 1});
    // The more often row 0 was carried, the surer its first class.
    prediction.class_scores[0][0][0] = 1 + call.start;
    prediction.queries = start.at("queries");
    prediction.masks = dense_masks(at::stack(frames, 1).unsqueeze(0),
                                   {window.geometry.begin(), window.geometry.end()});
    return prediction;
  }
  void observe(const Observation& observation, State&, Context&) override {
    Seen::Told told;
    for (int64_t row = 0; row < 2; ++row) {
      told.ids.push_back(observation.ids[0][row].item<int64_t>());
      told.fresh.push_back(observation.fresh[0][row].item<bool>());
    }
    for (int64_t t = 0; t < observation.masks.size(2); ++t) {
      told.pixels.push_back(observation.masks[0][0][t].sum().item<int64_t>());
    }
    seen.observed.push_back(told);
  }

 private:
  Parameters parameters_;
  int64_t classes_;
};

/// Carries queries on, each window 1 more than the last. May swap rows, defer, or let row 1 be born
/// late.
class Carry : public Tracker {
 public:
  struct Parameters {
    bool defers = false;
    bool swaps = false;
    int64_t second_born = 0;
    int64_t fail_at = -1;
    void describe(Describer& d) {
      d("fail_at", fail_at, "fails when this window's queries are proposed");
      d("defers", defers, "speaks only at the end");
      d("swaps", swaps, "row 0 is track 1 in every other window");
      d("second_born", second_born, "window from which on row 1 is a track");
    }
  };
  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    contract.needs = {"start.queries"};
    contract.defers = p.defers;
    return contract;
  }
  Carry(const Parameters& p, const Given&) : parameters_(p) {}

  struct Carried : State {
    int64_t windows = 0;
    std::vector<Tracked> kept;
  };
  std::unique_ptr<State> make_state(int64_t) const override { return std::make_unique<Carried>(); }
  Tensors propose(Tensors start, State& state, Context&) override {
    const int64_t window = dynamic_cast<Carried&>(state).windows;
    if (window == parameters_.fail_at) throw std::runtime_error("the tracker gave up");
    start.set("queries", start.at("queries").add(window));
    return start;
  }
  Tracked track(ClipPrediction prediction, const Window& window, State& state, Context&) override {
    Carried& carried = dynamic_cast<Carried&>(state);
    bool swap = parameters_.swaps && carried.windows % 2 == 1;
    Tracked tracked{window.first, std::move(prediction), {}, {}};
    tracked.links.push_back({0, swap ? 1 : 0, carried.windows == 0, true});
    const bool born = carried.windows >= parameters_.second_born;
    tracked.links.push_back({1,
                             !born  ? -1
                             : swap ? 0
                                    : 1,
                             carried.windows == parameters_.second_born, true});
    ++carried.windows;
    if (parameters_.defers) carried.kept.push_back(tracked);
    return tracked;
  }
  std::vector<Tracked> finish(State& state, Context&) override {
    return std::move(dynamic_cast<Carried&>(state).kept);
  }

 private:
  Parameters parameters_;
};

inline void register_loop_components() {
  static const bool done = [] {
    Registry::instance().add_builtin("loop", [](Registrar& registry) {
      registry.add<Mean>("mean", "the mean of a picture");
      registry.add<Numbers>("numbers", "masks from numbers");
      registry.add<Carry>("carry", "carries queries on");
    });
    return true;
  }();
  (void)done;
}

/// A pipeline of these components; `more` is added to the config.
inline std::unique_ptr<Pipeline> loop_pipeline(std::string more) {
  register_loop_components();
  seen = {};
  for (std::string part : {"backbone", "decoder", "tracker"}) {
    std::string header = cat("[model.", part, "]\n");
    std::string type = part == "backbone" ? "mean" : part == "decoder" ? "numbers" : "carry";
    size_t place = more.find(header);
    if (place == std::string::npos) {
      place = more.size();
      more += header;
    }
    more.insert(place + header.size(), cat("type = \"loop/", type, "\"\n"));
  }
  std::string base = R"(
[classes]
names = ["a", "b"]
[preprocess]
resize = "none"
mean = [0, 0, 0]
deviation = [1, 1, 1]
divisor = 8
)";
  return std::make_unique<Pipeline>(parse_config(base + more), WeightRule());
}

/// A 8x8 picture whose mean is `value`.
inline Frame frame_of(int64_t value, int64_t index = 0) {
  Frame frame;
  frame.pixels = at::full({3, 8, 8}, value, at::kByte);
  frame.index = index;
  return frame;
}

}  // namespace clipwork::test

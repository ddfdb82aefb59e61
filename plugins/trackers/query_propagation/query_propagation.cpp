// GenVIS: a query that found an object keeps it. The queries of a clip start the next one, with
// what they read from a memory of their past (vita_module.pre_* of the published checkpoints).

#include <ATen/TensorOperators.h>
#include <clipwork/module.h>
#include <clipwork/ops/linear.h>
#include <clipwork/plugin.h>
#include <clipwork/tap.h>
#include <clipwork/tracker.h>

#include <cmath>

#include "prototype_memory.h"

namespace clipwork::query_propagation {

namespace {

struct Parameters {
  bool memory = true;
  PrototypeMemory::Read memory_read = PrototypeMemory::Read::own;
  enum class Scale { none, root } memory_scale = Scale::none;
  enum class Start { projected, carried } start = Start::projected;
  int64_t memory_limit = 0;
  void describe(Describer& d) {
    d("memory", memory, "let queries also read a memory of past clips");
    d("memory_read", memory_read,
      {{"index", PrototypeMemory::Read::own}, {"global", PrototypeMemory::Read::all}},
      "what a query reads: its own history, or that of all queries (GenVIS, Table 5)");
    d("memory_scale", memory_scale, {{"none", Scale::none}, {"root", Scale::root}},
      "scaling of the memory attention scores: none, as in the public code, or divided by the "
      "square root of the width, as in the paper");
    d("memory_limit", memory_limit,
      "number of past clips in the memory; 0: all, which grows without limit")
        .range(0, 1000000)
        .unit("clips");
    d("start", start, {{"projected", Start::projected}, {"carried", Start::carried}},
      "initial queries of a clip, besides the memory: the propagated ones and a projection of "
      "them, as in the public code, or only the propagated ones, as in the paper");
  }
};

/// Names: pre_memory_embed_k, pre_memory_embed_v, pre_query_embed_k, pre_query_embed_v. Those that
/// the parameters leave unused are null.
class Network : public torch::nn::Module {
 public:
  Network(const Parameters& p, int64_t channels) {
    auto projection = [&](const char* name, bool used) {
      return used ? make_child<Linear>(*this, name, channels, channels) : nullptr;
    };
    memory_key = projection("pre_memory_embed_k", p.memory);
    memory_value = projection("pre_memory_embed_v", p.memory);
    query_key = projection("pre_query_embed_k", p.memory);
    query_value = projection("pre_query_embed_v", p.start == Parameters::Start::projected);
  }
  std::shared_ptr<Linear> memory_key, memory_value, query_key, query_value;
};

struct Carried : State {
  explicit Carried(int64_t limit) : memory(limit) {}
  Tensor queries;  ///< [B, Q, C], before the last norm; undefined before the first clip
  PrototypeMemory memory;
};

class QueryPropagation : public Tracker {
 public:
  using Parameters = query_propagation::Parameters;

  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    contract.needs = {"start.queries", "queries", "embeddings", "rows.fixed", "map:queries"};
    contract.trains = true;
    std::string kept = p.memory_limit > 0 ? cat("the last ", p.memory_limit) : std::string("all");
    contract.state = p.memory
                         ? cat("the queries, and a key and a value of each in ", kept, " clips")
                         : std::string("the queries");
    return contract;
  }

  QueryPropagation(const Parameters& p, const Given& given)
      : parameters_(p), network_(std::make_shared<Network>(p, given.find("queries")->channels)) {
    if (p.memory_scale == Parameters::Scale::root) {
      scale_ = 1 / std::sqrt(static_cast<double>(given.find("queries")->channels));
    }
  }

  torch::nn::Module* weights() override { return network_.get(); }
  WeightNames weight_names() const override { return {"vita_module.", {}, {}}; }
  void prepare(const Inference& inference) override { prepare_ops(*network_, inference); }
  std::unique_ptr<State> make_state(int64_t) const override {
    return std::make_unique<Carried>(parameters_.memory_limit);
  }

  Tensors propose(Tensors start, State& state, Context&) override {
    auto& carried = dynamic_cast<Carried&>(state);
    Tensor queries = carried.queries.defined() ? carried.queries : start.at("queries");
    queries = tap(queries, "propagation.carried");
    Tensor next = queries;
    if (network_->query_value) next = next + network_->query_value->forward(queries);
    if (parameters_.memory && carried.memory.size() > 0) {
      next = next + carried.memory.read(network_->query_key->forward(queries), scale_,
                                        parameters_.memory_read);
    }
    start.set("queries", tap(next, "propagation.query_in"));
    return start;
  }

  Tracked track(ClipPrediction prediction, const Window& window, State& state, Context&) override {
    auto& carried = dynamic_cast<Carried&>(state);
    const bool first = !carried.queries.defined();
    carried.queries = tap(prediction.queries, "propagation.query_out");
    if (parameters_.memory) {
      const Tensor& prototypes = prediction.embeddings;
      carried.memory.write(
          tap(network_->memory_key->forward(prototypes), "propagation.memory_k"),
          tap(network_->memory_value->forward(prototypes), "propagation.memory_v"));
    }
    Tracked tracked{window.first, std::move(prediction), {}, {}};
    for (int row = 0; row < tracked.prediction.rows(); ++row) {
      tracked.links.push_back({row, row, first});
    }
    return tracked;
  }

 private:
  Parameters parameters_;
  std::shared_ptr<Network> network_;
  double scale_ = 1;
};

}  // namespace

}  // namespace clipwork::query_propagation

CLIPWORK_PLUGIN(query_propagation, "0.1.0") {
  registry.add<clipwork::query_propagation::QueryPropagation>(
      "query_propagation",
      "propagates queries from clip to clip, with a memory of past queries (GenVIS)");
}

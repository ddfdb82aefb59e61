#include <ATen/TensorOperators.h>
#include <clipwork/error.h>
#include <clipwork/models/frame_query_decoder.h>

namespace clipwork {

namespace {

/// A level's size travels in its memo entry: maps are kept as [N, C, h, w].
std::string level_name(int64_t level) { return cat("level.", level); }

/// The maps of one frame: its tokens are made once a level, and projected by every layer.
class FrameMaps : public AttendedMaps {
 public:
  FrameMaps(QueryDecoder& network, const FrameMemo& memo) : layers_(network.layers) {
    for (int64_t level = 0; level < QueryDecoder::kLevels; ++level) {
      Tensor map = memo.tensors.at(level_name(level));
      levels_.push_back(
          {{map.size(2), map.size(3)}, tokens_of(map + network.position(map)), tokens_of(map)});
    }
  }

  Size size(int64_t layer) const override { return level_of(layer).size; }
  Projected projected(int64_t layer) const override {
    const Level& level = level_of(layer);
    return {layers_.project_key(layer, level.keys), layers_.project_value(layer, level.values)};
  }

 private:
  struct Level {
    Size size;
    Tensor keys, values;  ///< [B, h w, C]
  };
  const Level& level_of(int64_t layer) const { return levels_[QueryDecoder::level_of(layer)]; }

  const QueryLayers& layers_;
  std::vector<Level> levels_;
};

}  // namespace

FrameQueryDecoder::Contract FrameQueryDecoder::contract(const Parameters& p, const Given&) {
  Contract contract;
  contract.needs = QueryDecoder::needs(p);
  contract.gives = {"start.queries", "embeddings", "queries", "masks", "scores.softmax"};
  contract.maps = {{"queries", p.channels, 0}};
  contract.max_window = 1;
  contract.independent = true;
  return contract;
}

FrameQueryDecoder::FrameQueryDecoder(const Parameters& p, const Given& given)
    : network_(std::make_shared<QueryDecoder>(p, given, QueryDecoder::Windows::frames)) {}
FrameQueryDecoder::~FrameQueryDecoder() = default;

torch::nn::Module* FrameQueryDecoder::weights() { return network_.get(); }
WeightNames FrameQueryDecoder::weight_names() const { return QueryDecoder::weight_names(); }
void FrameQueryDecoder::prepare(const Inference& inference) { prepare_ops(*network_, inference); }

FrameMemo FrameQueryDecoder::encode(const FrameFeatures& features, Context&) {
  FrameMemo memo;
  for (int64_t level = 0; level < QueryDecoder::kLevels; ++level) {
    memo.tensors.set(level_name(level), network_->values(features, level), Keep::bulk);
  }
  network_->keep_mask_features(memo, features);
  return memo;
}

Tensors FrameQueryDecoder::start(int64_t batch) { return network_->start(batch); }

ClipPrediction FrameQueryDecoder::decode(const Window& window, const Tensors& start, State&,
                                         Context& context) {
  return run(window, start, context, nullptr);
}

ClipPrediction FrameQueryDecoder::run(const Window& window, const Tensors& start,
                                      const Context& context, BetweenAttentions* between) {
  const FrameMaps maps(*network_, window.memos[0]);
  return network_->run(start.at("queries"), window, maps, context, between).prediction;
}

}  // namespace clipwork

#pragma once
// Mask2Former's decoder for single frames as a component: the shipped decoder `mask2former`, and
// the base of decoders that differ from it in what happens inside a layer, or in further heads.

#include <clipwork/api.h>
#include <clipwork/decoder.h>
#include <clipwork/models/mask2former_decoder.h>

#include <memory>

namespace clipwork {

/// Masked attention of learned queries to the maps of one frame. Those that derive from it have the
/// same parameters under the same names, register further modules in `network`, and override
/// `decode`.
class CLIPWORK_API FrameQueryDecoder : public Decoder {
 public:
  using Parameters = QueryDecoderParameters;

  static Contract contract(const Parameters& parameters, const Given& given);
  FrameQueryDecoder(const Parameters& parameters, const Given& given);
  ~FrameQueryDecoder() override;

  torch::nn::Module* weights() override;
  WeightNames weight_names() const override;
  void prepare(const Inference& inference) override;
  FrameMemo encode(const FrameFeatures& features, Context& context) override;
  Tensors start(int64_t batch) override;
  ClipPrediction decode(const Window& window, const Tensors& start, State& state,
                        Context& context) override;

 protected:
  QueryDecoder& network() { return *network_; }
  /// Decodes a window from the queries {"queries": [B, Q, C]}. `between`, where it is not null,
  /// takes part in every layer.
  ClipPrediction run(const Window& window, const Tensors& start, const Context& context,
                     BetweenAttentions* between);

 private:
  std::shared_ptr<QueryDecoder> network_;
};

}  // namespace clipwork

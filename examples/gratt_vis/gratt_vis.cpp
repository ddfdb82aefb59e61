// GRAtt-VIS (Hannan et al., Gated Residual Attention for Auto Rectifying Video Instance
// Segmentation, ICPR 2024): queries are passed from frame to frame, and in every layer a gate
// decides which of them the frame may change. A query whose gate is shut is what it was before the
// frame, and stays out of the self-attention. Public code: `gratt_module` of `GRAttVIS`.
//
// The gate sits in Mask2Former's decoder of single frames; a tracker that carries queries on
// (`query_propagation` without memory) passes them to the next frame.
//
// Read it from the bottom up: registration, the decoder, the gate.
#include <ATen/TensorOperators.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/rand.h>
#include <clipwork/models/frame_query_decoder.h>
#include <clipwork/ops/linear.h>
#include <clipwork/plugin.h>
#include <clipwork/tap.h>

using namespace clipwork;

namespace gratt_vis {
namespace {

enum class Mask { added, closed };

/// What the gates of one window are made with.
class Gates : public BetweenAttentions {
 public:
  /// `start` [B, Q, C]: the queries before the window.
  Gates(const QueryDecoder& network, Linear& gate, Mask mask, Tensor start, Context& context)
      : network_(network), gate_(gate), mask_(mask), start_(std::move(start)), context_(context) {}

  Input operator()(int64_t layer, const Tensor& crossed) override {
    const Tensor logits = gate_.forward(network_.heads.embeddings(crossed));  // [B, Q, 1]
    const Tensor open = tap(context_.training ? sampled(logits, layer) : hard(logits.ge(0)),
                            "gratt.layer.", layer, ".open");
    const Tensor others = at::eye(crossed.size(1), open.options()).logical_not();
    const Tensor closed = open.eq(0) & others;  // [B, Q, Q]
    return {open * crossed + (1 - open) * start_, mask_ == Mask::closed ? closed : hard(closed)};
  }

 private:
  Tensor hard(const Tensor& flags) const { return flags.to(start_.scalar_type()); }

  /// Gates drawn from a binary concrete distribution (Gumbel-softmax over two classes), 0 or 1 with
  /// the gradient of the soft value.
  Tensor sampled(const Tensor& logits, int64_t layer) const {
    constexpr double kTemperature = 0.66667, kSmall = 1e-8;
    Tensor uniform = at::rand(logits.sizes(), context_.random("gratt_vis"), at::kFloat);
    uniform = tap(uniform, "draw.gratt.layer.", layer).to(logits.options());
    const Tensor noise = (uniform + kSmall).log() - (1 - uniform + kSmall).log();
    const Tensor soft = ((logits + noise) / kTemperature).sigmoid();
    return (hard(soft.ge(0.5)) - soft).detach() + soft;
  }

  const QueryDecoder& network_;
  Linear& gate_;
  Mask mask_;
  Tensor start_;
  Context& context_;
};

/// Names: those of Mask2Former's decoder, and prop_instance for the gate.
class Decoder : public FrameQueryDecoder {
 public:
  struct Parameters : QueryDecoderParameters {
    Mask mask = Mask::added;
    void describe(Describer& d) {
      QueryDecoderParameters::describe(d);
      d("mask", mask, {{"added", Mask::added}, {"closed", Mask::closed}},
        "self-attention of a query whose gate is shut: 1 is added to its scores for the others, as "
        "in the public code, or it attends only to itself, as in the paper");
    }
  };

  static Contract contract(const Parameters& p, const Given& given) {
    return FrameQueryDecoder::contract(p, given);
  }
  Decoder(const Parameters& p, const Given& given)
      : FrameQueryDecoder(p, given),
        mask_(p.mask),
        gate_(make_child<Linear>(network(), "prop_instance", p.channels, 1)) {}

  ClipPrediction decode(const Window& window, const Tensors& start, State&,
                        Context& context) override {
    Gates gates(network(), *gate_, mask_, start.at("queries"), context);
    return run(window, start, context, &gates);
  }

 private:
  Mask mask_;
  std::shared_ptr<Linear> gate_;
};

}  // namespace
}  // namespace gratt_vis

CLIPWORK_PLUGIN(gratt_vis, "0.1.0") {
  registry.add<gratt_vis::Decoder>(
      "gratt_vis", "Mask2Former's decoder with gates on queries of the frame before (GRAtt-VIS)");
}

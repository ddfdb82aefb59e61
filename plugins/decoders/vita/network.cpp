#include "network.h"

#include <clipwork/error.h>

namespace clipwork::vita {

Network::Network(const Parameters& p, const Given& given, int64_t frame_queries,
                 int64_t frame_channels)
    : encoder(*this, p),
      decoder(*this, {p.decoder_layers, p.channels, p.heads, p.feedforward, p.pre_norm}),
      heads(*this, p.channels, given.classes, p.mask_channels) {
  token_positions = make_table(*this, "fq_pos", frame_queries, p.channels);
  query_features = make_table(*this, "query_feat", p.queries, p.channels);
  query_positions = make_table(*this, "query_embed", p.queries, p.channels);
  if (p.mask_features == Parameters::MaskFeatures::own) {
    ConvOptions projection;
    projection.in = given.find("finest")->channels;
    projection.out = p.mask_channels;
    projection.bias = true;
    mask_features = make_child<Conv>(*this, "vita_mask_features", projection);
  }
  if (p.input_projection) {
    input = make_child<Linear>(*this, "input_proj_dec", frame_channels, p.channels);
  }
  auto similarity = [&](const char* name, bool there) {
    return there ? make_child<Linear>(*this, name, p.channels, p.channels) : nullptr;
  };
  frame_similarity = similarity("sim_embed_frame", p.sim_embed_frame);
  clip_similarity = similarity("sim_embed_clip", p.sim_embed_clip);
}

}  // namespace clipwork::vita

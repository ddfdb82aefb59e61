#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <clipwork/error.h>
#include <clipwork/models/mask2former_decoder.h>
#include <clipwork/tap.h>

namespace clipwork {

namespace {

std::string level_map(int64_t level) { return cat("multi_scale.", level); }
std::string reduced_name(int64_t level) { return cat("mask_features.", level); }

/// Mask embeddings [B, Q, D] and mask features [B, D, h, w] to logits [B, Q, h w].
Tensor product(const Tensor& embeddings, const Tensor& features) {
  return at::matmul(embeddings, tokens_of(features).transpose(1, 2));
}

}  // namespace

Tensor tokens_of(const Tensor& map) { return map.permute({0, 2, 3, 1}).flatten(1, 2); }

void QueryDecoderParameters::describe(Describer& d) {
  d("queries", queries, "number of learned queries").range(1, 10000);
  d("channels", channels, "width of the queries").range(1, 4096);
  d("heads", heads, "number of attention heads").range(1, 64);
  d("layers", layers, "number of decoder layers").range(1, 64);
  d("feedforward", feedforward, "hidden width of the feed-forward network").range(1, 65536);
  d("pre_norm", pre_norm, "norms before attention and feed-forward instead of after them");
  d("attention_masks", attention_masks,
    {{"reduced", AttentionMasks::reduced}, {"published", AttentionMasks::published}},
    "attention masks: computed at stride 4 and then reduced, as published, or from mask features "
    "that are reduced once per frame (equal up to rounding, and faster)");
}

AttendedMaps::~AttendedMaps() = default;
BetweenAttentions::~BetweenAttentions() = default;

std::vector<std::string> QueryDecoder::needs(const QueryDecoderParameters& p) {
  if (p.channels % p.heads != 0 || p.channels % 4 != 0) {
    throw InputError(
        cat("channels ", p.channels, " must be a multiple of heads (", p.heads, ") and of 4"));
  }
  std::vector<std::string> needs;
  for (int64_t level = 0; level < kLevels; ++level) needs.push_back("map:" + level_map(level));
  needs.push_back("map:mask_features");
  return needs;
}

QueryDecoder::QueryDecoder(const QueryDecoderParameters& p, const Given& given, Windows windows)
    : layers(*this, {p.layers, p.channels, p.heads, p.feedforward, p.pre_norm}),
      heads(*this, p.channels, given.classes, given.find("mask_features")->channels),
      windows_(windows),
      reduced_(p.attention_masks == QueryDecoderParameters::AttentionMasks::reduced) {
  query_features_ = make_table(*this, "query_feat", p.queries, p.channels);
  query_positions = make_table(*this, "query_embed", p.queries, p.channels);
  level_embed_ = make_table(*this, "level_embed", kLevels, p.channels);
  for (int64_t level = 0; level < kLevels; ++level) {
    int64_t in = given.find(level_map(level))->channels;
    if (in == p.channels) continue;
    ConvOptions projection;
    projection.in = in;
    projection.out = p.channels;
    projection.bias = true;
    input_.push_back(make_child<Conv>(*this, cat("input_proj.", level), projection));
  }
}

// Checkpoints of the first public version call the queries "static_query".
WeightNames QueryDecoder::weight_names() {
  return {"sem_seg_head.predictor.", {{"\\.static_query\\.", ".query_feat."}}, {}};
}

Tensors QueryDecoder::start(int64_t batch) const {
  Tensors start;
  start.set("queries", query_features_.unsqueeze(0).expand({batch, -1, -1}));
  return start;
}

void QueryDecoder::keep_mask_features(FrameMemo& memo, const FrameFeatures& features) const {
  Tensor full = features.at("mask_features").value;
  for (int64_t level = 0; reduced_ && level < kLevels; ++level) {
    const Tensor& map = features.at(level_map(level)).value;
    // Shrinking is linear, so masks of shrunk features are the shrunk masks.
    memo.tensors.set(reduced_name(level),
                     at::upsample_bilinear2d(full, {map.size(2), map.size(3)}, false), Keep::bulk);
  }
  memo.tensors.set("mask_features", full, Keep::bulk);
}

Tensor QueryDecoder::values(const FrameFeatures& features, int64_t level) const {
  Tensor map = features.at(level_map(level)).value;
  if (!input_.empty()) map = input_[level]->forward(map);
  return map + level_embed_[level].view({1, -1, 1, 1});
}

Tensor QueryDecoder::position(const Tensor& values) {
  return positions_.get(values.size(1), values.size(2), values.size(3), values);
}

Tensor QueryDecoder::closed(int64_t layer, const Tensor& embeddings, const Window& window,
                            Size size) const {
  Tensor masks = heads.masks(embeddings).detach();
  std::vector<Tensor> frames;
  for (const FrameMemo& memo : window.memos) {
    if (reduced_) {
      frames.push_back(product(masks, memo.tensors.at(reduced_name(level_of(layer))).detach()));
    } else {
      Tensor features = memo.tensors.at("mask_features").detach();
      Tensor logits = product(masks, features).unflatten(2, {features.size(2), features.size(3)});
      frames.push_back(
          at::upsample_bilinear2d(logits, {size.height, size.width}, false).flatten(2));
    }
  }
  return closed_by(frames.size() == 1 ? frames[0] : at::cat(frames, 2));
}

bool QueryDecoder::looks_into(int64_t layer) const {
  return windows_ == Windows::clips && layer + 1 == layers.count();
}

QueryDecoder::Pass QueryDecoder::run(Tensor queries, const Window& window, const AttendedMaps& maps,
                                     const Context& context, BetweenAttentions* between) const {
  const Tensor positions = query_positions.unsqueeze(0);
  std::vector<ClipPrediction> aux;
  Pass pass;
  for (int64_t i = 0; i < layers.count(); ++i) {
    if (looks_into(i)) queries = tap(queries, "decoder.layer_input");
    Tensor embeddings = heads.embeddings(queries);
    if (context.training) aux.push_back(predict(queries, embeddings, window));
    tap_made([&] { return heads.classes(embeddings); }, "decoder.aux.", i, ".pred_logits");
    tap_made([&] { return tapped_masks(embeddings, window); }, "decoder.aux.", i, ".pred_masks");
    Tensor closed = this->closed(i, embeddings, window, maps.size(i));
    if (looks_into(i)) {
      Tensor replaced = tap_made([&] { return closed.logical_not(); }, "decoder.allowed");
      if (replaced.defined()) closed = replaced.logical_not();
    }
    Tensor opened = tap(open_empty_rows(closed), "decoder.layer.", i, ".attn_mask");
    auto [keys, values] = maps.projected(i);
    Tensor crossed = layers.cross(i, queries, positions, keys, values, opened);
    if (looks_into(i)) {
      // A listener may have changed the mask; the rows that were empty still are.
      Tensor unopened = opened | closed.all(-1, true);
      pass.last = {queries, keys, values, unopened, crossed, {}, {}, window.length()};
    }
    BetweenAttentions::Input input{crossed, {}};
    if (between) input = (*between)(i, crossed);
    queries =
        tap(layers.rest(i, input.queries, positions, input.mask), "decoder.layer.", i, ".queries");
  }
  Tensor embeddings = tap(heads.embeddings(queries), "decoder.pred_embeds");
  if (pass.last) {
    pass.last->output = queries;
    pass.last->embeddings = embeddings;
  }
  pass.prediction = predict(queries, embeddings, window);
  pass.prediction.aux = std::move(aux);
  pass.prediction.class_scores = tap(pass.prediction.class_scores, "decoder.pred_logits");
  Tensor replaced =
      tap_made([&] { return tapped_masks(embeddings, window); }, "decoder.pred_masks");
  if (replaced.defined()) {
    if (windows_ == Windows::frames) replaced = replaced.unsqueeze(2);
    pass.prediction.masks = dense_masks(replaced, {window.geometry.begin(), window.geometry.end()});
  }
  return pass;
}

ClipPrediction QueryDecoder::predict(const Tensor& queries, const Tensor& embeddings,
                                     const Window& window) const {
  ClipPrediction prediction;
  prediction.class_scores = heads.classes(embeddings);
  prediction.embeddings = embeddings;
  prediction.queries = queries;
  std::vector<TensorHandle> features;
  for (const FrameMemo& memo : window.memos) {
    features.push_back(memo.tensors.handle("mask_features"));
  }
  prediction.masks = product_masks(heads.masks(embeddings), std::move(features),
                                   {window.geometry.begin(), window.geometry.end()});
  return prediction;
}

Tensor QueryDecoder::tapped_masks(const Tensor& embeddings, const Window& window) const {
  Tensor masks = heads.masks(embeddings);
  std::vector<Tensor> frames;
  for (const FrameMemo& memo : window.memos) {
    Tensor features = memo.tensors.at("mask_features");
    frames.push_back(product(masks, features).unflatten(2, {features.size(2), features.size(3)}));
  }
  return windows_ == Windows::frames ? frames.at(0) : at::stack(frames, 2);
}

}  // namespace clipwork

#include <ATen/ops/eye.h>
#include <ATen/ops/tensor.h>
#include <clipwork/models/mask2former_layers.h>

#include "core/ops/ops_support.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

constexpr int64_t kWidth = 8, kClasses = 5, kRows = 3, kKeys = 6;

/// One layer and the heads, filled with numbers.
struct Network : torch::nn::Module {
  explicit Network(bool pre_norm)
      : layers(
            *this,
            {.layers = 1, .channels = kWidth, .heads = 2, .feedforward = 12, .pre_norm = pre_norm}),
        heads(*this, kWidth, kClasses, 4) {
    fill(*this, 1);
    eval();
  }
  Tensor parameter(const std::string& name) { return named_parameters()[name].detach(); }
  Tensor linear(const std::string& name, const Tensor& x) {
    return x.matmul(parameter(name + ".weight").t()) + parameter(name + ".bias");
  }
  Tensor norm(const std::string& name, const Tensor& x) {
    Tensor centred = x - x.mean(-1, true);
    return centred / (centred.square().mean(-1, true) + 1e-5).sqrt() * parameter(name + ".weight") +
           parameter(name + ".bias");
  }
  QueryLayers layers;
  PredictionHeads heads;
};

}  // namespace

TEST(QueryLayers, AreResidualsAroundAttentionAndFeedForward) {
  c10::NoGradGuard no_gradient;
  Tensor queries = normal({1, kRows, kWidth}, 2), positions = normal({kRows, kWidth}, 3);
  Tensor key = normal({1, kKeys, kWidth}, 4), value = normal({1, kKeys, kWidth}, 5);
  Tensor closed = chance({1, kRows, kKeys}, 0.3, 6);
  const std::string feedforward = "transformer_ffn_layers.0.";
  const std::string self = "transformer_self_attention_layers.0.";
  const std::string cross = "transformer_cross_attention_layers.0.";
  for (bool pre_norm : {false, true}) {
    SCOPED_TRACE(pre_norm);
    Network network(pre_norm);
    const QueryLayers& layers = network.layers;
    Tensor projected_key = layers.project_key(0, key);
    Tensor projected_value = layers.project_value(0, value);
    auto run = [&](const Tensor& x) {
      return layers.forward(0, x, positions, projected_key, projected_value, closed);
    };
    Tensor crossed = layers.cross(0, queries, positions, projected_key, projected_value, closed);
    EXPECT_TRUE(run(queries).equal(layers.rest(0, crossed, positions)));
    EXPECT_TRUE(layers.cross(0, queries, positions, projected_key, projected_value, closed, queries)
                    .equal(crossed));
    // A query that attends to nobody but itself is what it is without the others.
    Tensor others = at::eye(kRows).logical_not().unsqueeze(0);
    expect_close(layers.rest(0, crossed, positions, others).narrow(1, 0, 1),
                 layers.rest(0, crossed.narrow(1, 0, 1), positions.narrow(0, 0, 1)));

    // Without what attention adds, the feed-forward part is left.
    c10::NoGradGuard filling;
    for (const std::string& module : {cross + "multihead_attn.", self + "self_attn."}) {
      network.parameter(module + "out_proj.weight").zero_();
      network.parameter(module + "out_proj.bias").zero_();
    }
    Tensor x = queries;
    if (!pre_norm) x = network.norm(self + "norm", network.norm(cross + "norm", x));
    Tensor y = pre_norm ? network.norm(feedforward + "norm", x) : x;
    y = network.linear(feedforward + "linear2",
                       network.linear(feedforward + "linear1", y).clamp_min(0));
    Tensor expected = pre_norm ? x + y : network.norm(feedforward + "norm", x + y);
    expect_close(run(queries), expected);
  }
}

TEST(QueryLayers, ShiftKeysAndValuesByWhatIsAddedToThem) {
  Network network(false);
  Tensor map = normal({2, kKeys, kWidth}, 7), added = normal({kWidth}, 8);
  const QueryLayers& layers = network.layers;
  expect_close(layers.project_key(0, map) + layers.shift_of_keys(0, added),
               layers.project_key(0, map + added));
  expect_close(layers.project_value(0, map) + layers.shift_of_values(0, added),
               layers.project_value(0, map + added));
}

TEST(PredictionHeads, ReadNormalisedQueries) {
  Network network(false);
  Tensor queries = normal({2, kRows, kWidth}, 9) * 3 + 1;
  Tensor embeddings = network.heads.embeddings(queries);
  expect_close(embeddings, network.norm("decoder_norm", queries));
  Tensor classes = network.heads.classes(embeddings);
  EXPECT_EQ(classes.sizes(), (at::IntArrayRef{2, kRows, kClasses + 1}));
  expect_close(classes, network.linear("class_embed", embeddings));
  Tensor hidden = embeddings;
  for (const char* layer : {"mask_embed.layers.0", "mask_embed.layers.1"}) {
    hidden = network.linear(layer, hidden).clamp_min(0);
  }
  expect_close(network.heads.masks(embeddings), network.linear("mask_embed.layers.2", hidden));
}

TEST(AttentionMasks, CloseWhereTheMaskIsOffAndOpenEmptyRows) {
  Tensor logits = at::tensor({-1.0, 0.0, 2.0, -3.0, -1.0, -2.0}, at::kFloat).view({1, 2, 3});
  Tensor closed = closed_by(logits);
  EXPECT_TRUE(
      closed.equal(at::tensor({1, 0, 0, 1, 1, 1}, at::kLong).view({1, 2, 3}).to(at::kBool)));
  Tensor opened = open_empty_rows(closed);
  EXPECT_TRUE(
      opened.equal(at::tensor({1, 0, 0, 0, 0, 0}, at::kLong).view({1, 2, 3}).to(at::kBool)));
}

TEST(Tables, AreToldFromOtherModules) {
  struct Owner : torch::nn::Module {
    Owner() { table = make_table(*this, "query_feat", 5, 3); }
    Tensor table;
  } owner;
  EXPECT_EQ(owner.table.sizes(), (at::IntArrayRef{5, 3}));
  EXPECT_EQ(names(owner), std::vector<std::string>{"query_feat.weight"});
  EXPECT_TRUE(is_table(*owner.children().front()));
  EXPECT_FALSE(is_table(owner));
}

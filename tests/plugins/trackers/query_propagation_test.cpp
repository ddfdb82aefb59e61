// What GenVIS carries from clip to clip, against its formulas written out query by query.

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/registry.h>
#include <clipwork/module.h>
#include <clipwork/testing/tracker.h>

#include <cmath>

#include "core/ops/ops_support.h"
#include "support.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

constexpr int64_t kQueries = 3, kChannels = 8;

/// Query propagation with weights by rule, over clips whose predictions are made up.
class Video {
 public:
  explicit Video(const std::string& parameters = {}) : video_(harness(parameters)) {
    for (NamedParameter& one : named_parameters(video_.tracker())) weights_[one.name] = one.value;
  }

  /// What the clip starts from; then it gives these queries and embeddings, [Q, C] each.
  Tensor clip(const Tensor& queries, const Tensor& embeddings) {
    Tensors start;
    start.set("queries", learned_.unsqueeze(0));
    Tensor proposed = video_.propose(start).at("queries")[0];
    ClipPrediction prediction;
    prediction.class_scores = at::zeros({1, kQueries, 2});
    prediction.queries = queries.unsqueeze(0);
    prediction.embeddings = embeddings.unsqueeze(0);
    last_ = video_.push(prediction);
    return proposed;
  }

  Tensor projected(const std::string& name, const Tensor& x) const {
    return at::linear(x, weights_.at("vita_module." + name + ".weight"),
                      weights_.at("vita_module." + name + ".bias"));
  }
  const Tensor& learned() const { return learned_; }
  const Tracked& last() const { return last_; }
  const std::map<std::string, Tensor>& weights() const { return weights_; }

 private:
  static TrackerHarness harness(const std::string& parameters) {
    Registry::instance().load((build_dir() / "plugins/query_propagation.so").string());
    return TrackerHarness("query_propagation", toml(parameters));
  }

  TrackerHarness video_;
  std::map<std::string, Tensor> weights_;
  Tensor learned_ = normal({kQueries, kChannels}, 99);
  Tracked last_;
};

Tensor queries_of(int64_t clip) { return normal({kQueries, kChannels}, 10 + clip); }
Tensor embeddings_of(int64_t clip) { return normal({kQueries, kChannels}, 50 + clip); }

/// GenVIS' read for one query: keys and values [M, C].
Tensor read(const Tensor& query, const Tensor& keys, const Tensor& values, double scale = 1) {
  Tensor weights = at::softmax(at::mv(keys, query) * scale, 0);
  return at::mv(values.t(), weights);
}

/// Keys or values of clips `from`..`to`, one entry a clip: [M, Q, C].
Tensor memory(const Video& video, const char* name, int64_t from, int64_t to) {
  std::vector<Tensor> entries;
  for (int64_t clip = from; clip < to; ++clip) {
    entries.push_back(video.projected(name, embeddings_of(clip)));
  }
  return at::stack(entries);
}

/// What clip `clip` should start from, with memory entries of clips `from` on.
Tensor expected(const Video& video, int64_t clip, int64_t from = 0, double scale = 1) {
  Tensor carried = clip == 0 ? video.learned() : queries_of(clip - 1);
  Tensor start = carried + video.projected("pre_query_embed_v", carried);
  if (clip == 0) return start;
  Tensor asked = video.projected("pre_query_embed_k", carried);
  Tensor keys = memory(video, "pre_memory_embed_k", from, clip);
  Tensor values = memory(video, "pre_memory_embed_v", from, clip);
  std::vector<Tensor> rows;
  for (int64_t q = 0; q < kQueries; ++q) {
    rows.push_back(start[q] + read(asked[q], keys.select(1, q), values.select(1, q), scale));
  }
  return at::stack(rows);
}

class QueryPropagation : public testing::Test {
  c10::InferenceMode inference_;
};

}  // namespace

TEST_F(QueryPropagation, StartsAClipFromCarriedQueriesAndWhatEachReadsOfItsOwnPast) {
  Video video;
  for (int64_t clip = 0; clip < 7; ++clip) {
    expect_close(video.clip(queries_of(clip), embeddings_of(clip)), expected(video, clip));
  }
}

TEST_F(QueryPropagation, RowsAreTracksAndBornOnce) {
  Video video;
  video.clip(queries_of(0), embeddings_of(0));
  ASSERT_EQ(video.last().links.size(), static_cast<size_t>(kQueries));
  EXPECT_EQ(video.last().links[2].track, 2);
  EXPECT_TRUE(video.last().links[2].fresh);
  video.clip(queries_of(1), embeddings_of(1));
  EXPECT_EQ(video.last().links[1].track, 1);
  EXPECT_FALSE(video.last().links[1].fresh);
  EXPECT_EQ(video.last().first, 1);
}

TEST_F(QueryPropagation, ALimitForgetsTheOldestClips) {
  Video video("memory_limit = 3");
  for (int64_t clip = 0; clip < 9; ++clip) {
    expect_close(video.clip(queries_of(clip), embeddings_of(clip)),
                 expected(video, clip, std::max<int64_t>(0, clip - 3)));
  }
}

TEST_F(QueryPropagation, AGlobalReadAttendsToThePastOfAllQueries) {
  Video video("memory_read = \"global\"");
  for (int64_t clip = 0; clip < 4; ++clip) {
    Tensor start = video.clip(queries_of(clip), embeddings_of(clip));
    if (clip == 0) continue;
    Tensor carried = queries_of(clip - 1), asked = video.projected("pre_query_embed_k", carried);
    Tensor keys = memory(video, "pre_memory_embed_k", 0, clip).flatten(0, 1);
    Tensor values = memory(video, "pre_memory_embed_v", 0, clip).flatten(0, 1);
    for (int64_t q = 0; q < kQueries; ++q) {
      Tensor alone = carried[q] + video.projected("pre_query_embed_v", carried[q]);
      expect_close(start[q], alone + read(asked[q], keys, values));
    }
  }
}

TEST_F(QueryPropagation, ThePapersFormsAreParameters) {
  Video scaled("memory_scale = \"root\"");
  for (int64_t clip = 0; clip < 3; ++clip) {
    expect_close(scaled.clip(queries_of(clip), embeddings_of(clip)),
                 expected(scaled, clip, 0, 1 / std::sqrt(double(kChannels))));
  }
  Video plain("start = \"carried\"");
  expect_close(plain.clip(queries_of(0), embeddings_of(0)), plain.learned());
}

TEST_F(QueryPropagation, WithoutMemoryOnlyQueriesAreCarried) {
  Video video("memory = false");
  video.clip(queries_of(0), embeddings_of(0));
  Tensor carried = queries_of(0);
  expect_close(video.clip(queries_of(1), embeddings_of(1)),
               carried + video.projected("pre_query_embed_v", carried));
  EXPECT_FALSE(video.weights().contains("vita_module.pre_memory_embed_k.weight"));
}

TEST_F(QueryPropagation, ItsWeightsHaveTheirPublicNames) {
  Video video;
  for (const char* name :
       {"pre_memory_embed_k", "pre_memory_embed_v", "pre_query_embed_k", "pre_query_embed_v"}) {
    EXPECT_TRUE(video.weights().contains(cat("vita_module.", name, ".weight"))) << name;
    EXPECT_TRUE(video.weights().contains(cat("vita_module.", name, ".bias"))) << name;
  }
  EXPECT_EQ(video.weights().size(), 8u);
}

TEST(QueryPropagationGradient, ReachesTheQueriesAndPrototypesOfEveryClipBefore) {
  for (int64_t limit : {0, 2}) {
    Video video(cat("memory_limit = ", limit));
    std::vector<Tensor> queries, embeddings;
    Tensor start;
    for (int64_t clip = 0; clip < 4; ++clip) {
      queries.push_back(queries_of(clip).set_requires_grad(true));
      embeddings.push_back(embeddings_of(clip).set_requires_grad(true));
      start = video.clip(queries.back(), embeddings.back());
    }
    expect_close(start, expected(video, 3, limit == 0 ? 0 : 1));
    start.sum().backward();
    auto reached = [](const Tensor& x) {
      return x.grad().defined() && x.grad().abs().max().item<float>() > 0;
    };
    EXPECT_TRUE(reached(queries[2]));
    EXPECT_FALSE(reached(queries[1])) << "queries are replaced, not added up";
    for (int64_t clip = 0; clip < 3; ++clip) {
      EXPECT_EQ(reached(embeddings[clip]), limit == 0 || clip >= 1) << clip;
    }
  }
}

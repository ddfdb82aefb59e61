#pragma once
// The common parts of matching rules: layers and clips in the order of the public code's draws,
// points of the matched masks, terms, and frames that are matched by a loss of their own.

#include <clipwork/loss.h>
#include <clipwork/losses/matching_cost.h>
#include <clipwork/losses/points.h>
#include <clipwork/ref.h>

#include <memory>
#include <string>
#include <vector>

namespace matching {

struct Parameters {
  std::string name;
  bool deep = true;
  clipwork::CostWeights costs;
  clipwork::PointSettings points;
  std::string choose = "frame";
  clipwork::Ref<clipwork::Loss> frames;
  double frames_weight = 1;
  clipwork::Refs<clipwork::LossTerm> terms;
  void describe(clipwork::Describer& d);
};

/// One layer of one clip, to be matched.
struct ClipLayer {
  int64_t clip = 0;
  int index = clipwork::Layer::kFinal;
  const clipwork::ClipPrediction& prediction;
  const std::vector<clipwork::Targets>& targets;  ///< one a sample, the clip's frames
  std::string path;  ///< of its draws: "final.", "genvis.clip.2.aux.0."
};

/// The answer of a rule.
struct ClipMatches {
  std::vector<clipwork::Assignment> pairs;  ///< one a batch entry
  int64_t objects = 0;                      ///< what the normaliser counts
};

/// A rule at work on one sequence; what it remembers from clip to clip lives here.
class Rule {
 public:
  virtual ~Rule();
  virtual ClipMatches match(const ClipLayer& layer, clipwork::Context& context) = 0;
};

class Criterion : public clipwork::Loss {
 public:
  static clipwork::Contract contract(const Parameters& p, const clipwork::Given& given);
  /// `also`: names of further criteria that the public code's model has beside this one.
  explicit Criterion(const Parameters& parameters, const std::vector<std::string>& also = {});
  clipwork::LossResult operator()(const clipwork::Sequence& sequence,
                                  std::span<const clipwork::Targets> targets,
                                  clipwork::Context& context) final;
  /// Buffers of the terms, where the public code's models have them: "criterion.empty_weight",
  /// with a name "vita_criterion.empty_weight".
  torch::nn::Module* weights() override { return module_.get(); }

 protected:
  const Parameters& parameters() const { return parameters_; }
  virtual std::unique_ptr<Rule> make_rule(std::span<const clipwork::Targets> targets) const = 0;
  /// "" or "clip.2.": where draws of a clip are found.
  virtual std::string clip_path(int64_t clip, int64_t clips) const = 0;
  /// Puts a term's values, one a clip, into the result.
  virtual void add(const std::string& name, const std::vector<clipwork::Tensor>& values,
                   double weight, clipwork::LossResult& result) const = 0;

 private:
  std::vector<clipwork::Matched> match_frames(const clipwork::Sequence& sequence,
                                              std::span<const clipwork::Targets> targets,
                                              clipwork::Context& context,
                                              clipwork::LossResult& result) const;
  clipwork::Matched match_clip(const ClipLayer& layer, Rule& rule,
                               std::shared_ptr<const clipwork::ClipPrediction> prediction,
                               clipwork::Context& context) const;
  clipwork::MaskPoints choose_points(const clipwork::Matched& matched, const std::string& path,
                                     clipwork::Context& context) const;
  bool wants_points() const;

  Parameters parameters_;
  std::shared_ptr<torch::nn::Module> module_;
};

/// The cost of batch entry `entry`, with points of its own drawn.
clipwork::MatchingCost cost_of(const ClipLayer& layer, int64_t entry, const Parameters& parameters,
                               clipwork::Context& context);

}  // namespace matching

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

namespace clipwork::matching {

struct Parameters {
  std::string name;
  bool deep = true;
  CostWeights costs;
  PointSettings points;
  /// A mask's uncertain points are looked for in each frame, or in all frames together.
  enum class Choose { frame, volume } choose = Choose::frame;
  Ref<Loss> frames;
  double frames_weight = 1;
  Refs<LossTerm> terms;
  void describe(Describer& d);
};

/// One layer of one clip, to be matched.
struct ClipLayer {
  int64_t clip = 0;
  int index = Layer::kFinal;
  const ClipPrediction& prediction;
  const std::vector<Targets>& targets;  ///< one a sample, the clip's frames
  const ClipObjects& objects;           ///< of all of them
  std::string path;                     ///< of its draws: "final.", "genvis.clip.2.aux.0."
};

/// The answer of a rule.
struct ClipMatches {
  std::vector<Assignment> pairs;  ///< one a batch entry
  int64_t objects = 0;            ///< what the normaliser counts
};

/// A rule at work on one sequence; what it remembers from clip to clip lives here.
class Rule {
 public:
  virtual ~Rule();
  virtual ClipMatches match(const ClipLayer& layer, Context& context) = 0;
};

class Criterion : public Loss {
 public:
  static LossContract contract(const Parameters& p, const Given& given);
  /// `also`: names of further criteria that the public code's model has beside this one.
  explicit Criterion(const Parameters& parameters, const std::vector<std::string>& also = {});
  LossResult operator()(const Sequence& sequence, std::span<const Targets> targets,
                        Context& context) final;
  /// Buffers of the terms, where the public code's models have them: "criterion.empty_weight",
  /// with a name "vita_criterion.empty_weight".
  torch::nn::Module* weights() override { return module_.get(); }

 protected:
  const Parameters& parameters() const { return parameters_; }
  virtual std::unique_ptr<Rule> make_rule(std::span<const Targets> targets) const = 0;
  /// "" or "clip.2.": where draws of a clip are found.
  virtual std::string clip_path(int64_t clip, int64_t clips) const = 0;
  /// Puts a term's values, one a clip, into the result.
  virtual void add(const std::string& name, const std::vector<Tensor>& values, double weight,
                   LossResult& result) const = 0;

 private:
  std::vector<Matched> match_frames(const Sequence& sequence, std::span<const Targets> targets,
                                    Context& context, LossResult& result) const;
  Matched match_clip(const ClipLayer& layer, Rule& rule,
                     std::shared_ptr<const ClipPrediction> prediction, Context& context) const;
  MaskPoints choose_points(const Matched& matched, const ClipLayer& layer, Context& context) const;
  bool wants_points() const;

  Parameters parameters_;
  std::shared_ptr<torch::nn::Module> module_;
};

/// The costs of all batch entries, each with points of its own drawn, on the CPU.
std::vector<Tensor> costs_of(const ClipLayer& layer, const Parameters& parameters,
                             Context& context);

}  // namespace clipwork::matching

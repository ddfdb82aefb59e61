#include "set.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>

namespace clipwork::matching {

namespace {

class MatchAnew : public Rule {
 public:
  explicit MatchAnew(const Parameters& parameters) : parameters_(parameters) {}

  ClipMatches match(const ClipLayer& layer, Context& context) override {
    ClipMatches matches;
    for (const Tensor& cost : costs_of(layer, parameters_, context)) {
      matches.pairs.push_back(assign_least_cost(cost));
      matches.objects += cost.size(1);
    }
    return matches;
  }

 private:
  const Parameters& parameters_;
};

}  // namespace

std::unique_ptr<Rule> Set::make_rule(std::span<const Targets>) const {
  return std::make_unique<MatchAnew>(parameters());
}

std::string Set::clip_path(int64_t clip, int64_t clips) const {
  return clips == 1 ? std::string() : cat("clip.", clip, ".");
}

void Set::add(const std::string& name, const std::vector<Tensor>& values, double weight,
              LossResult& result) const {
  if (values.empty()) return;
  Tensor mean = values.size() == 1 ? values[0] : at::stack(values).mean();
  result.terms.push_back({name, mean, weight});
}

}  // namespace clipwork::matching

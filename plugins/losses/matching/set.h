#pragma once
#include "criterion.h"

namespace clipwork::matching {

/// Every clip's rows are matched anew with its objects, layer by layer, at least total cost
/// (Mask2Former, `SetCriterion`, `VideoSetCriterion`; VITA, `VitaSetCriterion`). The loss is the
/// mean over clips.
class Set : public Criterion {
 public:
  using Parameters = matching::Parameters;
  Set(const Parameters& parameters, const Given&) : Criterion(parameters) {}

 protected:
  std::unique_ptr<Rule> make_rule(std::span<const Targets> targets) const override;
  std::string clip_path(int64_t clip, int64_t clips) const override;
  void add(const std::string& name, const std::vector<Tensor>& values, double weight,
           LossResult& result) const override;
};

}  // namespace clipwork::matching

#pragma once
#include "criterion.h"

namespace matching {

/// Every clip's rows are matched anew with its objects, layer by layer, at least total cost
/// (Mask2Former, `SetCriterion`, `VideoSetCriterion`; VITA, `VitaSetCriterion`). The loss is the
/// mean over clips.
class Set : public Criterion {
 public:
  using Parameters = matching::Parameters;
  Set(const Parameters& parameters, const clipwork::Given&) : Criterion(parameters) {}

 protected:
  std::unique_ptr<Rule> make_rule(std::span<const clipwork::Targets> targets) const override;
  std::string clip_path(int64_t clip, int64_t clips) const override;
  void add(const std::string& name, const std::vector<clipwork::Tensor>& values, double weight,
           clipwork::LossResult& result) const override;
};

}  // namespace matching

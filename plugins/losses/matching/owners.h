#pragma once
// Rules under which a query keeps its object from clip to clip.

#include "criterion.h"

namespace clipwork::matching {

/// Losses of the clips are summed up, each divided by the objects visible in it. An object that is
/// absent from a clip keeps its query, whose class there is "none", and has no mask loss.
class OwnerCriterion : public Criterion {
 public:
  using Criterion::Criterion;

 protected:
  std::string clip_path(int64_t clip, int64_t clips) const override;
  void add(const std::string& name, const std::vector<Tensor>& values, double weight,
           LossResult& result) const override;
};

/// Unified video label assignment (GenVIS 3.2): a query that was given an object keeps it; objects
/// that appear later are matched with the queries that are free.
class Uvla : public OwnerCriterion {
 public:
  struct Parameters : matching::Parameters {
    /// The time for which a query is kept from other objects: while its own is visible, or always.
    enum class Occupied { visible, always } occupied = Occupied::visible;
    void describe(Describer& d);
  };
  Uvla(const Parameters& parameters, const Given&)
      // GenVIS' public model is VITA's, whose criterion it keeps beside its own.
      : OwnerCriterion(parameters, {"vita"}), occupied_(parameters.occupied) {}

 protected:
  std::unique_ptr<Rule> make_rule(std::span<const Targets> targets) const override;

 private:
  Parameters::Occupied occupied_;
};

/// Correspondence learning (EfficientVIS; the baselines of GenVIS, Table 4): the pairs of the first
/// clip are those of all later ones. Objects that the first clip does not have get no query.
class Correspondence : public OwnerCriterion {
 public:
  using Parameters = matching::Parameters;
  Correspondence(const Parameters& parameters, const Given&) : OwnerCriterion(parameters) {}

 protected:
  std::unique_ptr<Rule> make_rule(std::span<const Targets> targets) const override;
};

}  // namespace clipwork::matching

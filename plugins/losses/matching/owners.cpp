#include "owners.h"

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <clipwork/tap.h>

#include <algorithm>
#include <map>
#include <set>

namespace clipwork::matching {

namespace {

/// The query that owns each object of a sample; -1: none so far.
using Owners = std::vector<int64_t>;

std::vector<bool> flags(const Tensor& on_cpu) {
  const auto values = on_cpu.accessor<bool, 1>();
  std::vector<bool> result(values.size(0));
  for (int64_t i = 0; i < values.size(0); ++i) result[i] = values[i];
  return result;
}

Tensor as_tensor(const std::vector<bool>& values) {
  std::vector<int64_t> numbers(values.begin(), values.end());
  return at::tensor(numbers, at::kLong).to(at::kBool);
}

/// Keeps owners a layer and batch entry, and turns them into pairs of the objects that a clip
/// shows.
class OwnerRule : public Rule {
 public:
  OwnerRule(const Parameters& parameters, std::span<const Targets> targets)
      : parameters_(parameters), known_(targets.size()) {
    for (size_t b = 0; b < targets.size(); ++b) known_[b].assign(targets[b].count(), false);
  }

  ClipMatches match(const ClipLayer& layer, Context& context) override {
    if (layer.clip != clip_) begin(layer);
    ClipMatches matches;
    int64_t batch = layer.prediction.class_scores.size(0);
    std::vector<Owners>& owners = owners_[layer.index];
    owners.resize(batch);
    std::vector<Tensor> costs;
    if (matches_in(layer)) costs = costs_of(layer, parameters_, context);
    for (int64_t entry = 0; entry < batch; ++entry) {
      size_t sample = entry % layer.targets.size();
      Owners& of_entry = owners[entry];
      of_entry.resize(valid_[sample].size(), -1);
      if (!costs.empty()) assign(costs[entry], sample, of_entry);
      Assignment pairs;
      for (size_t i = 0; i < of_entry.size(); ++i) {
        matches.objects += valid_[sample][i];
        if (!valid_[sample][i] || of_entry[i] < 0) continue;
        pairs.rows.push_back(of_entry[i]);
        pairs.columns.push_back(static_cast<int64_t>(i));
      }
      matches.pairs.push_back(std::move(pairs));
      tap_made([&] { return at::tensor(of_entry, at::kLong); }, "match.", layer.path, entry,
               ".queries");
    }
    return matches;
  }

 protected:
  /// Whether objects are given queries in this clip.
  virtual bool matches_in(const ClipLayer&) const { return true; }
  /// Gives queries to objects that have none yet, by the costs [R, N] of an entry.
  virtual void assign(const Tensor& costs, size_t sample, Owners& owners) = 0;

  const Parameters& parameters_;
  /// For each object of a sample: visible in this clip; visible for the first time.
  std::vector<std::vector<bool>> valid_, fresh_;

 private:
  void begin(const ClipLayer& layer) {
    clip_ = layer.clip;
    valid_.clear();
    fresh_.clear();
    const Tensor shown = layer.objects.masks.flatten(1).any(1).cpu();
    for (int64_t b = 0; b < layer.objects.samples(); ++b) {
      valid_.push_back(flags(shown.narrow(0, layer.objects.first[b], layer.objects.count_of(b))));
      std::vector<bool> fresh(valid_[b].size());
      for (size_t i = 0; i < fresh.size(); ++i) {
        fresh[i] = valid_[b][i] && !known_[b][i];
        known_[b][i] = known_[b][i] || valid_[b][i];
      }
      tap_made([&] { return as_tensor(valid_[b]); }, "match.clip.", clip_, ".valid.", b);
      tap_made([&] { return as_tensor(fresh); }, "match.clip.", clip_, ".new.", b);
      fresh_.push_back(std::move(fresh));
    }
  }

  int64_t clip_ = -1;
  std::vector<std::vector<bool>> known_;  ///< shown in any clip so far
  std::map<int, std::vector<Owners>> owners_;
};

/// The columns of a cost matrix whose objects are wanted, as a matrix of their own.
void assign_among(const Tensor& total, const std::vector<bool>& wanted, Owners& owners) {
  std::vector<int64_t> columns;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]) columns.push_back(static_cast<int64_t>(i));
  }
  Tensor cost = total.index_select(1, at::tensor(columns, at::kLong));
  Assignment pairs = assign_least_cost(cost);
  for (size_t p = 0; p < pairs.rows.size(); ++p) owners[columns[pairs.columns[p]]] = pairs.rows[p];
}

/// The public code's rule (GenVIS, `GenvisHungarianMatcher`): a query is closed to others while its
/// object is visible.
class ClosedWhileVisible : public OwnerRule {
 public:
  using OwnerRule::OwnerRule;

 private:
  // The cost of excluded rows and columns.
  static constexpr double kClosed = 1e6;

  void assign(const Tensor& costs, size_t sample, Owners& owners) override {
    const Tensor total = costs.clone();
    const std::vector<bool>&valid = valid_[sample], &fresh = fresh_[sample];
    for (size_t i = 0; i < fresh.size(); ++i) {
      if (!fresh[i]) total.select(1, static_cast<int64_t>(i)).fill_(kClosed);
    }
    for (size_t i = 0; i < owners.size(); ++i) {
      if (owners[i] >= 0 && valid[i] && !fresh[i]) total.select(0, owners[i]).fill_(kClosed);
    }
    // All columns take part, as in the public code: which of equal pairs wins depends on them.
    Assignment pairs = assign_least_cost(total);
    for (size_t p = 0; p < pairs.rows.size(); ++p) {
      if (fresh[pairs.columns[p]]) owners[pairs.columns[p]] = pairs.rows[p];
    }
  }
};

/// The paper's rule (GenVIS 3.2, equations 2 and 3): a query that was given an object once costs
/// alpha more ever after.
class ClosedForGood : public OwnerRule {
 public:
  using OwnerRule::OwnerRule;

 private:
  static constexpr double kAlpha = 1e5;

  void assign(const Tensor& costs, size_t sample, Owners& owners) override {
    const Tensor total = costs.to(at::kDouble);
    for (int64_t row : std::set<int64_t>(owners.begin(), owners.end())) {
      if (row >= 0) total.select(0, row).add_(kAlpha);
    }
    assign_among(total, fresh_[sample], owners);
  }
};

class AssignedOnce : public OwnerRule {
 public:
  using OwnerRule::OwnerRule;

 private:
  bool matches_in(const ClipLayer& layer) const override { return layer.clip == 0; }
  void assign(const Tensor& costs, size_t sample, Owners& owners) override {
    assign_among(costs, fresh_[sample], owners);
  }
};

}  // namespace

std::string OwnerCriterion::clip_path(int64_t clip, int64_t) const {
  return cat("clip.", clip, ".");
}

void OwnerCriterion::add(const std::string& name, const std::vector<Tensor>& values, double weight,
                         LossResult& result) const {
  for (size_t k = 0; k < values.size(); ++k) {
    result.terms.push_back({cat(name, "_clip", k), values[k], weight});
  }
}

void Uvla::Parameters::describe(Describer& d) {
  matching::Parameters::describe(d);
  d("occupied", occupied, {{"visible", Occupied::visible}, {"always", Occupied::always}},
    "how long a query is reserved for its object: while the object is visible (public code), or "
    "always (paper)");
}

std::unique_ptr<Rule> Uvla::make_rule(std::span<const Targets> targets) const {
  if (occupied_ == Parameters::Occupied::always) {
    return std::make_unique<ClosedForGood>(parameters(), targets);
  }
  return std::make_unique<ClosedWhileVisible>(parameters(), targets);
}

std::unique_ptr<Rule> Correspondence::make_rule(std::span<const Targets> targets) const {
  return std::make_unique<AssignedOnce>(parameters(), targets);
}

}  // namespace clipwork::matching

#pragma once
// Shared by the kinds of losses and of training: targets, random draws, leaves that receive
// gradients.

#include <clipwork/context.h>
#include <clipwork/loss.h>
#include <clipwork/tap.h>
#include <clipwork/value.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "case.h"

namespace clipwork::parity {

/// Answers the taps `draw.PURPOSE` with the case's draws, and keeps `match.*`.
class Draws : public TapListener {
 public:
  explicit Draws(const Case& golden);
  /// The case's name for a purpose of ours: "vita.final.random" and "clip.final.random".
  void set_names(std::function<std::string(const std::string&)> names) {
    names_ = std::move(names);
  }
  bool wants(const std::string& name) override;
  Tensor hear(const std::string& name, Tensor value) override;
  /// The draw of this purpose, in the case's words.
  at::Tensor at(const std::string& purpose) const;
  /// Tensors heard under "match.", by Clipwork's names and in order: "final.0.pairs" [2, n].
  const std::vector<std::pair<std::string, at::Tensor>>& matches() const { return matches_; }
  /// `<front><n>.rows`, `.cols` of the pairs whose names are wanted, in order of the calls.
  void add_pairs(NamedTensors& stages, const std::string& front,
                 const std::function<bool(const std::string&)>& wanted) const;
  void clear_matches() { matches_.clear(); }

 private:
  const Case& golden_;
  std::map<std::string, int64_t> places_;
  std::function<std::string(const std::string&)> names_;
  std::vector<std::pair<std::string, at::Tensor>> matches_;
};

/// Inputs of the case that gradients are wanted of.
class Leaves {
 public:
  explicit Leaves(const Case& golden) : golden_(golden) {}
  /// The input of this name, as a leaf of the graph.
  at::Tensor operator()(const std::string& name);
  bool has(const std::string& name) const { return golden_.has_input(name); }
  /// `grad.<input>` of all leaves; zeros where none came.
  void add_gradients(NamedTensors& stages, const std::string& front = "grad.") const;
  void clear_gradients();

 private:
  const Case& golden_;
  NamedTensors leaves_;
};

/// A process among `config.world_size`, the others of which have no objects.
struct OneOfMany : Communicator {
  explicit OneOfMany(int64_t processes) : processes(processes) {}
  int size() const override { return static_cast<int>(processes); }
  /// The public code divides weighted means by what each process has.
  double mean(double value) override { return value; }
  int64_t processes;
};

/// `<front>labels`, `ids`, `masks` of the case, padded; a picture's `masks` [N, h, w] become a
/// video's.
Targets read_targets(const Case& golden, const std::string& front, Size padded);

/// The table of a loss with the rule, weights and points of `config`, which may be a part of the
/// case's. `over` is that of mask and dice. Takes only terms whose weight is in `loss_weights`.
Value loss_table(const Json& config, const std::string& rule, const std::string& over);

/// The table of loss 'condinst' of `config`, and its id term; `newcomers` false: ids are labels.
Value dense_loss_table(const Json& config, bool newcomers = true);

/// A prediction of one frame or clip from its logits and masks [B, Q, (T,) h, w].
ClipPrediction dense_prediction(const at::Tensor& logits, const at::Tensor& masks, Size padded);

/// `<front><term>` of every term, unweighted, and `<front>total`.
void add_terms(NamedTensors& stages, const std::string& front, const LossResult& result);

}  // namespace clipwork::parity

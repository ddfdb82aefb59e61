#pragma once
// An average of the weights over the steps of a training.

#include <clipwork/api.h>
#include <clipwork/host/checkpoint.h>

#include <cstdint>
#include <string>
#include <vector>

namespace clipwork {

/// The exponential moving average of parameters: after step n (from 0) each average is d times
/// itself plus 1 - d times the parameter, d = min(decay, (1 + n) / (10 + n)), so that early
/// averages forget the first weights. Buffers are not averaged: they are taken as they are.
class CLIPWORK_API WeightAverage {
 public:
  /// Begins with the parameters' values now.
  WeightAverage(std::vector<NamedParameter> parameters, double decay);
  void update(int64_t step);
  /// Parameters' averages and buffers, under their names. They share the average's memory.
  std::vector<CheckpointEntry> values() const;
  /// Takes the averages from a checkpoint. Throws InputError where one is missing.
  void restore(const Checkpoint& checkpoint);

 private:
  std::vector<NamedParameter> parameters_;
  std::vector<Tensor> averages_;  ///< undefined for buffers
  double decay_;
};

}  // namespace clipwork

#pragma once
// CTVIS' tracker (public code: `SimpleTracker`).

#include <clipwork/parameters.h>
#include <clipwork/tracker.h>

#include <memory>
#include <vector>

namespace ctvis {

struct Bank;

/// Defaults are those of the public code's config.py.
struct TrackerParameters {
  double select_score = 0.01, new_score = 0.01, match_score = 0.2, nms_overlap = 0.6;
  enum class Compare { mean, latest } compare = Compare::mean;
  int64_t memory = 10, patience = 20;
  bool weigh_age = true;
  int64_t noise_after = 8, noise_absent = 2, noise_frames = 3;
  void describe(clipwork::Describer& d);
};

/// Rows of sufficient score that no better row covers are compared with a memory of each object by
/// a softmax in both directions over the dot products of embeddings.
class MemoryTracker : public clipwork::Tracker {
 public:
  using Parameters = TrackerParameters;
  static Contract contract(const Parameters& p, const clipwork::Given&);
  MemoryTracker(const Parameters& p, const clipwork::Given&) : parameters_(p) {}

  std::unique_ptr<clipwork::State> make_state(int64_t batch) const override;
  clipwork::Tracked track(clipwork::ClipPrediction prediction, const clipwork::Window& window,
                          clipwork::State& state, clipwork::Context& context) override;

 private:
  /// Takes objects out of the bank whose patience ran out.
  void bury(Bank& bank, clipwork::Tracked& tracked) const;
  /// Drops tracks of few rows that have none any more.
  void drop_noise(Bank& bank, clipwork::Tracked& tracked) const;
  Parameters parameters_;
};

}  // namespace ctvis

#pragma once
// The time that a stream spends in each stage, and where errors happened.

#include <clipwork/host/pipeline.h>

#include <functional>
#include <string>

#include "inference/stages.h"

namespace clipwork {

/// Measures the stages of a stream, and puts the place and the component before what they throw:
/// "dog.mp4, frame 3, decoder 'vita': ...". Everything thrown becomes an Error. Components are
/// called by `call_component`.
class StageClock : public Stages {
 public:
  /// Sets the place that errors of components name from now on: "dog.mp4, frame 3".
  void set_place(std::string place) { place_ = std::move(place); }
  void run(const char* name, const PlannedComponent& component,
           const std::function<void()>& call) override;
  /// Makes a call of stage `name` at `place`; `who` is responsible for its errors.
  void run(const char* name, const std::string& who, const std::string& place,
           const std::function<void()>& call);
  /// The stages so far, in the order in which they were first run.
  const StageTimes& times() const { return times_; }

 private:
  void measure(const char* name, const std::function<void()>& call);
  std::string place_;
  StageTimes times_;
};

}  // namespace clipwork

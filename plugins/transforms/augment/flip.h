#pragma once
// Mirroring.

#include <clipwork/parameters.h>
#include <clipwork/samples.h>

namespace clipwork::augment {

/// Left becomes right.
class Flip final : public Transform {
 public:
  struct Parameters {
    double probability = 0.5;
    /// Drawn once for all frames of a clip, or for every frame.
    enum class Per { clip, frame } per = Per::clip;
    void describe(Describer& d);
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  Flip(const Parameters& parameters, const Given&) : parameters_(parameters) {}
  void operator()(Sample& sample, Draw& draw) const override;

 private:
  Parameters parameters_;
};

}  // namespace clipwork::augment

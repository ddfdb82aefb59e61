#pragma once
// Mirroring.

#include <clipwork/parameters.h>
#include <clipwork/samples.h>

#include <string>

namespace clipwork::augment {

/// Left becomes right.
class Flip final : public Transform {
 public:
  struct Parameters {
    double probability = 0.5;
    std::string per = "clip";
    void describe(Describer& d);
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  Flip(const Parameters& parameters, const Given&) : parameters_(parameters) {}
  void operator()(Sample& sample, Draw& draw) const override;

 private:
  Parameters parameters_;
};

}  // namespace clipwork::augment

#pragma once
// Steps that are taken now and then.

#include <clipwork/parameters.h>
#include <clipwork/ref.h>
#include <clipwork/samples.h>

namespace clipwork::augment {

/// Takes all of its steps, or none of them.
class Chance final : public Transform {
 public:
  struct Parameters {
    double probability = 0.5;
    Refs<Transform> transforms;
    void describe(Describer& d);
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  Chance(const Parameters& parameters, const Given&);
  void operator()(Sample& sample, Draw& draw) const override;

 private:
  double probability_;
  std::vector<std::pair<std::string, std::shared_ptr<Transform>>> transforms_;
};

}  // namespace clipwork::augment

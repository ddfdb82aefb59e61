#pragma once
// Samples of two sources.

#include <clipwork/parameters.h>
#include <clipwork/ref.h>
#include <clipwork/samples.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace clipwork::clips {

/// Two sources in a ratio: `share` of an epoch's samples are the second's, evenly spread, and an
/// epoch has every sample of both at least once. Classes are those of the first; the second's are
/// found among them by name.
class Joint final : public Samples {
 public:
  struct Parameters {
    Ref<Samples> first, second;
    double share = 0.5;
    void describe(Describer& d);
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }
  Joint(const Parameters& parameters, const Given& given);

  const std::vector<Category>& categories() const override { return parts_[0]->categories(); }
  int64_t size() const override { return size_; }
  Sample sample(int64_t index, Draw draw) const override;
  std::vector<DatasetFault> faults() const override;

 private:
  std::array<std::shared_ptr<Samples>, 2> parts_;
  double share_;
  int64_t size_ = 0;
  std::vector<int64_t> class_;  ///< of the first, by class of the second
  void match_classes();
};

}  // namespace clipwork::clips

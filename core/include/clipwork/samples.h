#pragma once
// The samples that training reads, each a function of its number and its random draws alone.

#include <clipwork/api.h>
#include <clipwork/category.h>
#include <clipwork/component.h>
#include <clipwork/dataset.h>
#include <clipwork/transform.h>

#include <cstdint>
#include <vector>

namespace clipwork {

/// Samples to train on: clips of a data set, or of several sources.
class CLIPWORK_API Samples : public Component {
 public:
  static constexpr const char* kKind = "samples";
  ~Samples() override;
  virtual const std::vector<Category>& categories() const = 0;
  /// Samples of an epoch.
  virtual int64_t size() const = 0;
  /// Sample `index` of an epoch, all that is random in it from `draw`. May be called by several
  /// threads at once. Throws InputError naming the file, video or annotation that cannot be used.
  virtual Sample sample(int64_t index, Draw draw) const = 0;
  /// Faults of the data sets behind the samples.
  virtual std::vector<DatasetFault> faults() const;
};

}  // namespace clipwork

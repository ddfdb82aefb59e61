#include "joint.h"

#include <ATen/ops/tensor.h>
#include <clipwork/error.h>
#include <clipwork/suggestion.h>

#include <algorithm>
#include <cmath>

namespace clipwork::clips {

void Joint::Parameters::describe(Describer& d) {
  d("first", first, "the first source; it determines the classes").required();
  d("second", second,
    "the second source; its classes must be among those of the first. Nest `joint` for more than "
    "two")
      .required();
  d("share", share, "share of the samples that come from the second source").range(0.001, 0.999);
}

Joint::Joint(const Parameters& parameters, const Given&)
    : parts_{std::dynamic_pointer_cast<Samples>(parameters.first.component),
             std::dynamic_pointer_cast<Samples>(parameters.second.component)},
      share_(parameters.share) {
  match_classes();
  const auto firsts = static_cast<double>(parts_[0]->size());
  const auto seconds = static_cast<double>(parts_[1]->size());
  size_ = static_cast<int64_t>(std::ceil(std::max(firsts / (1 - share_), seconds / share_)));
}

void Joint::match_classes() {
  std::vector<std::string> names;
  for (const Category& category : parts_[0]->categories()) names.push_back(category.name);
  for (const Category& category : parts_[1]->categories()) {
    const auto found = std::find(names.begin(), names.end(), category.name);
    if (found == names.end()) {
      throw InputError(
          cat("the second source has the class '", category.name, "', but the first has not"),
          "samples 'joint'",
          did_you_mean_or(category.name, names,
                          "a class map of the data set pseudo_clips renames classes"));
    }
    class_.push_back(found - names.begin());
  }
}

std::vector<DatasetFault> Joint::faults() const {
  std::vector<DatasetFault> all = parts_[0]->faults();
  for (DatasetFault& fault : parts_[1]->faults()) all.push_back(std::move(fault));
  return all;
}

Sample Joint::sample(int64_t index, Draw draw) const {
  // How many of the first `places` samples are the second's; a share of whole samples is whole only
  // but for rounding.
  const auto seconds = [this](int64_t places) {
    return static_cast<int64_t>(std::floor(static_cast<double>(places) * share_ + 1e-9));
  };
  const int64_t before = seconds(index);
  if (seconds(index + 1) == before) {
    return parts_[0]->sample((index - before) % parts_[0]->size(), draw.named("first"));
  }
  Sample sample = parts_[1]->sample(before % parts_[1]->size(), draw.named("second"));
  sample.targets.labels = at::tensor(class_, at::kLong).index_select(0, sample.targets.labels);
  return sample;
}

}  // namespace clipwork::clips

#include <clipwork/error.h>
#include <clipwork/tensors.h>
#include <clipwork/text.h>

namespace clipwork {

StoredTensor::~StoredTensor() = default;

const Tensor* Tensors::find(std::string_view name) const {
  for (const Entry& entry : entries) {
    if (entry.name == name) return &entry.value;
  }
  return nullptr;
}

TensorHandle Tensors::handle(std::string_view name) const {
  for (const Entry& entry : entries) {
    if (entry.name == name) {
      return entry.stored ? TensorHandle(entry.stored) : TensorHandle(entry.value);
    }
  }
  const std::string there = join(entries, [](const Entry& entry) { return entry.name; });
  throw Error(cat("there is no tensor '", name, "'; available: ", there.empty() ? "none" : there));
}

void Tensors::set(std::string name, Tensor value, Keep keep) {
  for (Entry& entry : entries) {
    if (entry.name == name) {
      entry = {std::move(name), std::move(value), keep, nullptr};
      return;
    }
  }
  entries.push_back({std::move(name), std::move(value), keep, nullptr});
}

}  // namespace clipwork

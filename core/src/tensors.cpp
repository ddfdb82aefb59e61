#include <clipwork/error.h>
#include <clipwork/tensors.h>

#include <algorithm>

namespace clipwork {

namespace {

template <class Entries>
auto entry_of(Entries& entries, std::string_view name) {
  return std::find_if(entries.begin(), entries.end(),
                      [&](const Tensors::Entry& entry) { return entry.name == name; });
}

}  // namespace

StoredTensor::~StoredTensor() = default;

Tensor Tensors::find(std::string_view name) const {
  auto found = entry_of(entries, name);
  return found == entries.end() ? Tensor() : found->value.get();
}

const TensorHandle& Tensors::handle(std::string_view name) const {
  if (auto found = entry_of(entries, name); found != entries.end()) return found->value;
  std::string there;
  for (const Entry& entry : entries) there += (there.empty() ? "" : ", ") + entry.name;
  throw Error(
      cat("no tensor is called '", name, "' here; there are: ", there.empty() ? "none" : there));
}

Tensor Tensors::at(std::string_view name) const { return handle(name).get(); }

void Tensors::set(std::string name, TensorHandle value, Keep keep) {
  auto found = entry_of(entries, name);
  if (found == entries.end()) {
    entries.push_back({std::move(name), std::move(value), keep});
  } else {
    found->value = std::move(value);
    found->keep = keep;
  }
}

}  // namespace clipwork

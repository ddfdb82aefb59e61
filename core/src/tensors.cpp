#include <clipwork/error.h>
#include <clipwork/tensors.h>

namespace clipwork {

const Tensor* Tensors::find(std::string_view name) const {
  for (const Entry& entry : entries) {
    if (entry.name == name) return &entry.value;
  }
  return nullptr;
}

const Tensor& Tensors::at(std::string_view name) const {
  if (const Tensor* found = find(name)) return *found;
  std::string there;
  for (const Entry& entry : entries) there += (there.empty() ? "" : ", ") + entry.name;
  throw Error(
      cat("no tensor is called '", name, "' here; there are: ", there.empty() ? "none" : there));
}

void Tensors::set(std::string name, Tensor value, Keep keep) {
  for (Entry& entry : entries) {
    if (entry.name == name) {
      entry.value = std::move(value);
      entry.keep = keep;
      return;
    }
  }
  entries.push_back({std::move(name), std::move(value), keep});
}

}  // namespace clipwork

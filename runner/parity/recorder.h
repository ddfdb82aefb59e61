#pragma once
// Hears what the loop computes, stage by stage.

#include <clipwork/tap.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace clipwork::parity {

/// Collects taps call by call, and feeds golden tensors where asked.
class Recorder : public TapListener {
 public:
  using Filter = std::function<bool(const std::string&)>;
  explicit Recorder(Filter filter) : filter_(std::move(filter)) {}

  /// The tap `name` is answered with the i-th slice of these, in order of its calls.
  void feed(const std::string& name, std::vector<at::Tensor> slices) {
    fed_[name] = std::move(slices);
  }

  bool wants(const std::string& name) override { return filter_(name) || fed_.count(name); }

  Tensor hear(const std::string& name, Tensor value) override {
    std::vector<at::Tensor>& calls = heard_[name];
    if (auto fed = fed_.find(name); fed != fed_.end()) {
      const at::Tensor& golden = fed->second.at(calls.size());
      value = golden.reshape(value.sizes()).to(value.scalar_type());
    }
    calls.push_back(value.clone());
    return value;
  }

  const std::map<std::string, std::vector<at::Tensor>>& heard() const { return heard_; }
  /// The calls of a tap; empty where it was not heard.
  std::vector<at::Tensor> calls(const std::string& name) const {
    auto found = heard_.find(name);
    return found == heard_.end() ? std::vector<at::Tensor>() : found->second;
  }

 private:
  Filter filter_;
  std::map<std::string, std::vector<at::Tensor>> heard_, fed_;
};

}  // namespace clipwork::parity

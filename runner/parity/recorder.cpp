#include "recorder.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <clipwork/error.h>

#include "compare.h"

namespace clipwork::parity {

namespace {

using Calls = std::vector<at::Tensor>;

}  // namespace

const Join kOnce = {[](const Calls& calls) { return calls.front(); },
                    [](const at::Tensor& golden) { return Calls{golden}; }};
const Join kFrames = {[](const Calls& calls) { return at::cat(calls); },
                      [](const at::Tensor& golden) { return golden.unbind(0); }};
const Join kVideoFrames = {[](const Calls& calls) { return at::stack(calls, 1); },
                           [](const at::Tensor& golden) { return golden.unbind(1); }};
const Join kVideoMasks = {
    [](const Calls& calls) {
      Calls frames;
      for (const at::Tensor& call : calls) frames.push_back(call.flatten(0, call.dim() - 3));
      return at::stack(frames, 1).unsqueeze(0);
    },
    [](const at::Tensor& golden) { return golden.flatten(0, golden.dim() - 4).unbind(1); }};

Recorder::Recorder(Naming naming) : naming_(std::move(naming)) {}

void Recorder::feed(const std::string& stage, at::Tensor golden) {
  fed_[stage] = std::move(golden);
}

bool Recorder::wants(const std::string& tap) { return !naming_(tap).name.empty(); }

void Recorder::follow(const std::string& stage, at::Tensor golden) {
  followed_[stage] = std::move(golden);
}

std::optional<Tensor> Recorder::piece(const Join& join, const at::Tensor& golden, size_t call,
                                      const Tensor& value) {
  Calls pieces = join.split(golden);
  if (call >= pieces.size() || pieces[call].numel() != value.numel()) return std::nullopt;
  return pieces[call].reshape(value.sizes()).to(value.options());
}

Tensor Recorder::hear(const std::string& tap, Tensor value) {
  Stage stage = naming_(tap);
  Heard& heard = heard_.try_emplace(stage.name, Heard{stage.join, {}}).first->second;
  const size_t call = heard.calls.size();
  if (auto fed = fed_.find(stage.name); fed != fed_.end()) {
    std::optional<Tensor> golden = piece(*stage.join, fed->second, call, value);
    if (!golden) {
      throw InputError(cat("stage '", stage.name, "' of the case does not match call ", call, ", ",
                           value.sizes(), ", of this model"));
    }
    value = *golden;
  }
  heard.calls.push_back(value.to(at::kCPU).clone());
  if (auto known = followed_.find(stage.name); known != followed_.end()) {
    std::optional<Tensor> golden = piece(*stage.join, known->second, call, value);
    const double most = kFlips * static_cast<double>(known->second.numel());
    if (golden && value.ne(*golden).sum().item<double>() <= most) value = *golden;
  }
  return value;
}

std::vector<at::Tensor> Recorder::calls(const std::string& stage) const {
  auto found = heard_.find(stage);
  return found == heard_.end() ? Calls() : found->second.calls;
}

NamedTensors Recorder::stages() const {
  NamedTensors stages;
  for (const auto& [name, heard] : heard_) stages[name] = heard.join->join(heard.calls);
  return stages;
}

}  // namespace clipwork::parity

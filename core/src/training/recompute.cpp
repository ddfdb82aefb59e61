#include "training/recompute.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <c10/core/GradMode.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/tap.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <memory>

#include "training/autocast.h"

namespace clipwork {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Generators that draw what `original` would draw from here on.
std::unique_ptr<Generators> copy_of(Generators& original) {
  auto copy = std::make_unique<Generators>(original.seed());
  (*copy)(kDrawn) = original(kDrawn).clone();
  return copy;
}

/// A call that can be made once more as it was.
struct Call : torch::CustomClassHolder {
  Call(Component& called, MapsCall how, size_t count, const Context& context, at::DeviceType type)
      : component(called),
        maps_of(std::move(how)),
        inputs(count),
        random(copy_of(context.random)),
        world(context.world),
        training(context.training),
        device(type),
        autocast(at::autocast::is_autocast_enabled(type)),
        precision(at::autocast::get_autocast_dtype(type)) {}

  Component& component;
  MapsCall maps_of;
  size_t inputs;
  std::unique_ptr<Generators> random;  ///< as they were before the call
  Communicator& world;
  bool training;
  at::DeviceType device;
  bool autocast;
  at::ScalarType precision;

  std::vector<FeatureMap> again(const std::vector<Tensor>& values) const {
    c10::AutoGradMode gradients(true);
    Autocast reduced(device, autocast, precision);
    TapScope silence(nullptr);
    const std::unique_ptr<Generators> draws = copy_of(*random);
    Context context{training, *draws, world};
    return maps_of(values, context);
  }
};

/// Statistics that follow the batch have followed this one already: they are put back at the end.
class KeptBuffers {
 public:
  explicit KeptBuffers(Component& component) {
    for (NamedParameter& one : named_parameters(component)) {
      if (one.buffer) kept_.emplace_back(one.value, one.value.clone());
    }
  }
  ~KeptBuffers() {
    c10::NoGradGuard no_gradients;
    for (auto& [value, before] : kept_) {
      // Others stay untouched: code that watches their versions would take a touched one for a
      // changed one.
      if (!at::equal(value, before)) value.copy_(before);
    }
  }
  KeptBuffers(const KeptBuffers&) = delete;
  KeptBuffers& operator=(const KeptBuffers&) = delete;

 private:
  std::vector<std::pair<Tensor, Tensor>> kept_;
};

/// Copies that begin a graph of their own.
std::vector<Tensor> cut_off(const std::vector<Tensor>& tensors, size_t count) {
  std::vector<Tensor> cut;
  for (size_t i = 0; i < count; ++i) {
    cut.push_back(tensors[i].detach().set_requires_grad(tensors[i].requires_grad()));
  }
  return cut;
}

class Recompute : public torch::autograd::Function<Recompute> {
 public:
  /// `tensors` are the inputs and then the trained parameters: that these take part puts the call
  /// on the graph even where no input has a gradient.
  static variable_list forward(AutogradContext* graph, at::TensorList tensors,
                               const c10::intrusive_ptr<Call>& call, Context& context,
                               std::vector<FeatureMap>& maps) {
    const variable_list kept = tensors.vec();
    graph->save_for_backward(kept);
    graph->saved_data["call"] = c10::IValue::make_capsule(call);
    graph->set_materialize_grads(false);
    {
      // Without gradients, kernels for inference would run, which round otherwise. The graph of
      // this pass is dropped at the end of this block.
      c10::AutoGradMode gradients(true);
      maps = call->maps_of(cut_off(kept, call->inputs), context);
    }
    variable_list outputs, constant;
    for (FeatureMap& map : maps) {
      outputs.push_back(map.value.detach());
      if (!map.value.requires_grad()) constant.push_back(outputs.back());
      map.value = Tensor();
    }
    graph->mark_non_differentiable(constant);
    return outputs;
  }

  static variable_list backward(AutogradContext* graph, const variable_list& gradients) {
    const auto held = graph->saved_data["call"].toCapsule();
    const Call& call = static_cast<const Call&>(*held);
    const variable_list saved = graph->get_saved_variables();
    variable_list leaves = cut_off(saved, call.inputs);
    KeptBuffers statistics(call.component);
    variable_list outputs, given;
    {
      std::vector<FeatureMap> maps = call.again(leaves);
      for (size_t i = 0; i < maps.size(); ++i) {
        if (!gradients[i].defined() || !maps[i].value.requires_grad()) continue;
        outputs.push_back(maps[i].value);
        given.push_back(gradients[i]);
      }
    }
    leaves.insert(leaves.end(), saved.begin() + static_cast<std::ptrdiff_t>(call.inputs),
                  saved.end());
    // An entry for each argument of `forward`.
    variable_list results(leaves.size() + 3);
    if (outputs.empty()) return results;
    variable_list wanted;
    std::vector<size_t> places;
    for (size_t i = 0; i < leaves.size(); ++i) {
      if (!leaves[i].requires_grad()) continue;
      wanted.push_back(leaves[i]);
      places.push_back(i);
    }
    const variable_list found =
        torch::autograd::grad(outputs, wanted, given, /*retain_graph=*/false,
                              /*create_graph=*/false, /*allow_unused=*/true);
    for (size_t i = 0; i < places.size(); ++i) results[places[i]] = found[i];
    return results;
  }
};

/// Norms that learn from the batch see all of its pictures together.
bool needs_whole_batch(Component& component) {
  const std::vector<NamedParameter> all = named_parameters(component);
  return std::any_of(all.begin(), all.end(), [](const NamedParameter& one) {
    return one.name.ends_with("num_batches_tracked");
  });
}

std::vector<FeatureMap> recomputed_at_once(Component& component, const MapsCall& maps_of,
                                           const std::vector<Tensor>& inputs,
                                           const std::vector<Tensor>& trained, Context& context) {
  std::vector<Tensor> tensors = inputs;
  tensors.insert(tensors.end(), trained.begin(), trained.end());
  auto call = c10::make_intrusive<Call>(component, maps_of, inputs.size(), context,
                                        inputs.front().device().type());
  std::vector<FeatureMap> maps;
  variable_list values = Recompute::apply(at::TensorList(tensors), call, context, maps);
  for (size_t i = 0; i < maps.size(); ++i) maps[i].value = std::move(values[i]);
  return maps;
}

}  // namespace

std::vector<FeatureMap> recomputed(Component& component, const MapsCall& maps_of,
                                   const std::vector<Tensor>& inputs, Context& context) {
  std::vector<Tensor> trained;
  for (NamedParameter& one : named_parameters(component)) {
    if (!one.buffer && one.value.requires_grad()) trained.push_back(one.value);
  }
  if (trained.empty() || !c10::GradMode::is_enabled()) return maps_of(inputs, context);
  const int64_t pictures = inputs.front().size(0);
  if (pictures == 1 || needs_whole_batch(component)) {
    return recomputed_at_once(component, maps_of, inputs, trained, context);
  }
  std::vector<FeatureMap> maps;
  std::vector<std::vector<Tensor>> values;
  for (int64_t i = 0; i < pictures; ++i) {
    std::vector<Tensor> picture;
    for (const Tensor& input : inputs) picture.push_back(input.narrow(0, i, 1));
    maps = recomputed_at_once(component, maps_of, picture, trained, context);
    values.resize(maps.size());
    for (size_t m = 0; m < maps.size(); ++m) values[m].push_back(std::move(maps[m].value));
  }
  for (size_t m = 0; m < maps.size(); ++m) maps[m].value = at::cat(values[m]);
  return maps;
}

}  // namespace clipwork

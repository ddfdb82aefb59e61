#include "table/weight_shapes.h"

#include <ATen/core/Tensor.h>
#include <clipwork/error.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/plan.h>
#include <clipwork/text.h>

#include <filesystem>

#include "run/deciding_values.h"

namespace clipwork::table {
namespace {

/// What the shapes of a model's weights depend on.
std::string model_key(const Config& config) {
  return join(runs::value_lines(config,
                                [](std::string_view path) {
                                  return is_below(path, "model") || is_below(path, "classes") ||
                                         is_below(path, "window");
                                }),
              "\n");
}

std::string shape_text(const std::vector<int64_t>& shape) {
  return cat("[", join(shape, [](int64_t size) { return std::to_string(size); }), "]");
}

}  // namespace

const WeightShapes::Shapes& WeightShapes::shapes_of(const Config& config) {
  const auto [known, is_new] = shapes_.try_emplace(model_key(config));
  if (!is_new) return known->second;
  const Pipeline pipeline = Pipeline::for_inspection(plan_pipeline(config));
  for (const PipelineComponent& one : pipeline.components()) {
    if (!one.component->weights()) continue;
    for (const NamedParameter& parameter : named_parameters(*one.component)) {
      if (!parameter.buffer) known->second[parameter.name] = parameter.value.sizes().vec();
    }
  }
  return known->second;
}

std::string WeightShapes::difference(const Config& training, const Config& inference) {
  if (model_key(training) == model_key(inference)) return {};
  const Shapes &have = shapes_of(training), &need = shapes_of(inference);
  for (const auto& [name, shape] : need) {
    const auto found = have.find(name);
    if (found != have.end() && found->second == shape) continue;
    return cat("its values of inference need the weight '", name, "' of shape ", shape_text(shape),
               ", but its training makes ",
               found == have.end() ? "none of this name" : shape_text(found->second));
  }
  return {};
}

std::string WeightShapes::misfit(const Config& config, const std::string& file) {
  std::error_code failed;
  if (!std::filesystem::exists(file.substr(0, file.rfind('#')), failed)) return {};
  const auto [known, is_new] = misfits_.try_emplace(cat(file, "\n", model_key(config)));
  if (!is_new) return known->second;
  const Plan plan = plan_pipeline(config);
  const Pipeline pipeline = Pipeline::for_inspection(plan);
  std::vector<Component*> components;
  for (const PipelineComponent& one : pipeline.components()) {
    if (one.component->weights()) components.push_back(one.component.get());
  }
  const LoadReport refused = refused_part(compare_checkpoint(read_checkpoint(file), components),
                                          {plan.weights.allow_missing});
  if (!refused.missing.empty()) {
    known->second = cat("the weights ", file, " lack ",
                        counted(static_cast<int64_t>(refused.missing.size()), "parameter"), " (",
                        refused.missing.front(), ")");
  } else if (!refused.wrong_shape.empty()) {
    const LoadReport::Shape& one = refused.wrong_shape.front();
    known->second = cat("the weights ", file, " have '", one.name, "' of shape ",
                        shape_text(one.file), ", but the model needs ", shape_text(one.model));
  }
  return known->second;
}

}  // namespace clipwork::table

#include "measure/weights_which.h"

#include <clipwork/error.h>
#include <clipwork/host/config.h>
#include <clipwork/host/installed_configs.h>
#include <clipwork/host/pipeline.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace clipwork::runs {
namespace {

/// The part of a config on which a model's names and shapes depend.
std::string model_of(const Config& config) {
  Value tree = Value::table();
  for (const char* path : {"model", "weights.allow_missing"}) {
    if (const Value* value = config.find(path)) tree.set(path, *value);
  }
  const Value* names = config.find("classes.names");
  const Value::Array* classes = names ? names->array() : nullptr;
  return cat(Config(tree, {}).toml(), classes ? classes->size() : 0, " classes");
}

}  // namespace

std::vector<std::string> ModelFit::absent_parts() const {
  LoadReport rest = refused;
  rest.loaded = report.loaded;
  return rest.absent_parts();
}

ModelFit compare_with_config(const Checkpoint& checkpoint, const Plan& plan) {
  const Pipeline pipeline = Pipeline::for_inspection(plan);
  std::vector<Component*> components;
  for (const PipelineComponent& one : pipeline.components()) {
    components.push_back(one.component.get());
  }
  ModelFit fit;
  fit.report = compare_checkpoint(checkpoint, components);
  fit.refused = refused_part(fit.report, {plan.weights.allow_missing});
  return fit;
}

std::vector<ModelFit> compare_with_configs(const Checkpoint& checkpoint,
                                           const std::filesystem::path& folder,
                                           std::vector<std::string>& remarks) {
  std::map<std::string, ModelFit> models;
  for (const std::string& name : runnable_configs(folder)) {
    try {
      Config config = load_config((folder / name).string());
      auto [place, fresh] = models.try_emplace(model_of(config));
      if (fresh) place->second = compare_with_config(checkpoint, plan_pipeline(config));
      place->second.configs.push_back(name);
    } catch (const Error& error) {
      remarks.push_back(cat(name, ": ", error.what()));
    }
  }
  std::vector<ModelFit> fits;
  for (auto& [model, fit] : models) {
    if (!fit.configs.empty()) fits.push_back(std::move(fit));
  }
  auto distance = [](const ModelFit& fit) {
    return std::tuple(fit.refused.missing.size() + fit.refused.wrong_shape.size(),
                      fit.report.unexpected.size(), fit.configs.front());
  };
  std::sort(fits.begin(), fits.end(),
            [&](const ModelFit& a, const ModelFit& b) { return distance(a) < distance(b); });
  return fits;
}

}  // namespace clipwork::runs

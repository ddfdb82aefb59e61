#include <clipwork/host/checkpoint.h>
#include <clipwork/host/toml_file.h>
#include <clipwork/module.h>
#include <clipwork/testing/component.h>
#include <clipwork/testing/load.h>

#include <algorithm>

namespace clipwork::test {

void load_plugins(const std::string& file, const std::vector<std::string>& folders) {
  Registry::instance().load(file);
  Registry::instance().load_search_path(folders);
}

Value toml(const std::string& text) {
  Faults faults;
  std::optional<Value> table = parse_toml(text, "parameters", faults);
  faults.raise();
  return *table;
}

Given usual_neighbours() {
  Given given;
  given.classes = 3;
  for (int64_t level = 0; level < 4; ++level) {
    given.maps.push_back({cat("res", level + 2), int64_t{8} << level, int64_t{4} << level});
  }
  for (int64_t level = 0; level < 3; ++level) {
    given.maps.push_back({cat("multi_scale.", level), 16, int64_t{32} >> level});
  }
  for (const char* name : {"mask_features", "finest"}) given.maps.push_back({name, 16, 4});
  for (const char* name : {"queries", "embeddings"}) given.maps.push_back({name, 8, 0});
  return given;
}

TestedComponent::TestedComponent(const std::string& kind, const std::string& name,
                                 const Value& parameters, const Given& given) {
  Value table = parameters;
  table.set("type", name);
  Faults faults;
  ComponentPlanner planner(nullptr, faults);
  planned_ = planner.plan(kind, kind, table, given);
  faults.raise();
  all_ = planner.planned();
}

std::vector<std::string> TestedComponent::needs() const {
  std::vector<std::string> provided, left;
  for (const auto& planned : all_) {
    if (planned.get() == planned_) continue;
    for (std::string& name : planned->contract->provided()) provided.push_back(std::move(name));
  }
  for (const auto& planned : all_) {
    for (const std::string& name : planned->contract->needs) {
      const auto has = [&](const std::vector<std::string>& names) {
        return std::find(names.begin(), names.end(), name) != names.end();
      };
      if (!has(provided) && !has(left)) left.push_back(name);
    }
  }
  return left;
}

std::shared_ptr<Component> TestedComponent::make(c10::Device device) const {
  ComponentBuilder builder;
  std::vector<Component*> built;
  for (const auto& planned : all_) built.push_back(builder(*planned).get());
  fill_by_rule(built, {});
  Inference inference;
  inference.plain = true;
  for (Component* component : built) {
    if (torch::nn::Module* module = component->weights()) module->to(device);
    component->prepare(inference);
  }
  return builder(*planned_);
}

}  // namespace clipwork::test

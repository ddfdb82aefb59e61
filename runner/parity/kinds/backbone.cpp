#include <ATen/ops/cat.h>
#include <c10/core/InferenceMode.h>
#include <clipwork/backbone.h>
#include <clipwork/parameters.h>
#include <clipwork/preprocess.h>

#include "../component.h"
#include "../model_config.h"

namespace clipwork::parity {

namespace {

NamedTensors run_backbone(const Case& golden, const Options& options) {
  const Json& config = golden.config();
  Value tree = Value::table();
  set_preprocess(tree, config, rapidjson::Value());
  set_backbone(tree, member(config, "backbone"));
  Faults faults;
  auto parameters = read_parameters<Preprocess>(tree.find("preprocess"), "preprocess", faults);
  faults.raise();
  auto backbone = make_alone<Backbone>(*tree.find("model.backbone"), {}, golden, options);
  c10::InferenceMode inference;
  Generators random(0);
  Communicator world;
  Context context{false, random, world};
  NamedTensors stages;
  at::Tensor frames = golden.input("frames");
  std::vector<at::Tensor> pictures;
  std::map<std::string, std::vector<at::Tensor>> maps;
  for (const at::Tensor& frame : frames.unbind(0)) {
    pictures.push_back(preprocess(frame, parameters).pictures);
    for (const FeatureMap& map : backbone->forward(pictures.back(), context)) {
      maps["backbone." + map.name].push_back(map.value);
    }
  }
  stages["preprocessed"] = at::cat(pictures);
  for (const auto& [name, values] : maps) stages[name] = at::cat(values);
  return stages;
}

const Kind kBackbone("backbone", run_backbone);

}  // namespace

}  // namespace clipwork::parity

#include "../kinds.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <clipwork/parameters.h>
#include <clipwork/preprocess.h>

#include "../model_config.h"

namespace clipwork::parity {

namespace {

NamedTensors run_preprocess(const Case& golden, const Options&) {
  NamedTensors stages;
  for (const auto& part : member(golden.config(), "parts").GetObject()) {
    std::string name = part.name.GetString();
    Value tree = Value::table();
    set_preprocess(tree, golden.config(), member(part.value, "resize"));
    Faults faults;
    auto parameters = read_parameters<Preprocess>(tree.find("preprocess"), "preprocess", faults);
    faults.raise();
    at::Tensor frames = golden.input(name + ".frames");
    std::vector<at::Tensor> resized, pictures;
    for (int64_t t = 0; t < frames.size(0); ++t) {
      Preprocessed result = preprocess(frames[t], parameters);
      resized.push_back(result.resized);
      pictures.push_back(result.pictures);
    }
    Size image{resized.front().size(1), resized.front().size(2)};
    auto ratio = [](int64_t to, int64_t from) {
      return static_cast<double>(to) / static_cast<double>(from);
    };
    double x = ratio(image.width, frames.size(3)), y = ratio(image.height, frames.size(2));
    stages[name + ".image_size"] = at::tensor({image.height, image.width}, at::kLong);
    stages[name + ".scale_factor"] = at::tensor({x, y, x, y}, at::kFloat);
    stages[name + ".resized"] = at::stack(resized);
    stages[name + ".preprocessed"] = at::cat(pictures);
  }
  return stages;
}

const Kind kPreprocess("preprocess", run_preprocess);

}  // namespace

}  // namespace clipwork::parity

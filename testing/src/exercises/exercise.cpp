#include "exercises/exercise.h"

#include <ATen/ops/arange.h>
#include <clipwork/text.h>

#include <algorithm>

namespace clipwork::test::suite {

bool Use::expect_shape(const std::string& what, const Tensor& tensor,
                       const std::vector<int64_t>& shape, std::optional<at::ScalarType> type) {
  if (!expect(tensor.defined(), what, ": expected a tensor, found an undefined one")) return false;
  bool fits = tensor.dim() == static_cast<int64_t>(shape.size());
  for (size_t axis = 0; fits && axis < shape.size(); ++axis) {
    fits = shape[axis] < 0 || tensor.size(static_cast<int64_t>(axis)) == shape[axis];
  }
  fits = expect(fits, what, ": expected the shape ", at::IntArrayRef(shape), " (-1: any), found ",
                tensor.sizes());
  return expect(!type || tensor.scalar_type() == *type, what, ": expected the type ",
                c10::toString(type.value_or(at::kFloat)), ", found ",
                c10::toString(tensor.scalar_type())) &&
         fits;
}

bool Use::expect_numbers(const std::string& what, const Tensor& tensor,
                         const std::vector<int64_t>& shape) {
  return expect_shape(what, tensor, shape) &&
         expect(tensor.is_floating_point(), what, ": expected floating-point numbers, found ",
                c10::toString(tensor.scalar_type())) &&
         expect(tensor.isfinite().all().item<bool>(), what,
                ": expected finite numbers, found NaN or infinity");
}

Tensor waves(at::IntArrayRef shape, double phase, c10::Device device) {
  const int64_t count = c10::multiply_integers(shape);
  return at::arange(count, at::kDouble)
      .mul(0.7)
      .add(phase)
      .sin()
      .to(at::kFloat)
      .view(shape)
      .to(device);
}

bool needs(const Contract& contract, const std::string& name) {
  return std::find(contract.needs.begin(), contract.needs.end(), name) != contract.needs.end();
}

bool gives(const Contract& contract, const std::string& name) {
  const std::vector<std::string> all = contract.provided();
  return std::find(all.begin(), all.end(), name) != all.end();
}

std::string unknown_needs(const std::vector<std::string>& needs,
                          const std::vector<std::string>& known, const char* remedy) {
  std::vector<std::string> unknown;
  for (const std::string& name : needs) {
    const bool is_known =
        name.starts_with("map:") || std::find(known.begin(), known.end(), name) != known.end();
    if (!is_known) unknown.push_back(name);
  }
  if (unknown.empty()) return {};
  return cat("the suite has no input for ", join(unknown), "; ", remedy);
}

std::vector<Span> spans_of(const WindowContract& contract, int64_t frames, bool shares) {
  const int64_t most = contract.max_window == 0 ? 3 : std::min<int64_t>(3, contract.max_window);
  const int64_t length = std::min(frames, std::max(contract.min_window, most));
  const int64_t step = shares && length > 1 ? length - 1 : length;
  std::vector<Span> spans;
  for (int64_t first = 0; spans.empty() || spans.back().first + spans.back().length < frames;
       first += step) {
    Span span{first, std::min(length, frames - first)};
    if (span.length < contract.min_window) {
      span = {frames - contract.min_window, contract.min_window};
    }
    if (!spans.empty()) {
      span.head = static_cast<int>(spans.back().first + spans.back().length - span.first);
      spans.back().tail = span.head;
    }
    spans.push_back(span);
  }
  return spans;
}

std::unique_ptr<Exercise> make_exercise(const TestedComponent& tested, const ContractSetup& setup) {
  const std::string& kind = tested.info().kind;
  if (kind == "backbone" || kind == "pixel_decoder" || kind == "detector") {
    return model_exercise(tested);
  }
  if (kind == "decoder") return decoder_exercise(tested);
  if (kind == "tracker") return tracker_exercise(tested, setup);
  if (kind == "loss" || kind == "loss_term") return loss_exercise(tested, setup);
  if (kind == "dataset" || kind == "samples" || kind == "transform") return data_exercise(tested);
  if (kind == "source" || kind == "sink" || kind == "painter" || kind == "picture_reader") {
    return picture_exercise(tested, setup);
  }
  return nullptr;
}

}  // namespace clipwork::test::suite

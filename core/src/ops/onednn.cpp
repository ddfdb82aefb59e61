#include "ops/onednn.h"

#include <ATen/Context.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/linear.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace clipwork::onednn {

namespace {

using at::IntArrayRef;
using at::Tensor;
using Scalars = c10::List<std::optional<at::Scalar>>;
using Text = std::optional<std::string_view>;

using PackConvolution = Tensor(const Tensor&, IntArrayRef, IntArrayRef, IntArrayRef, int64_t,
                               at::OptionalIntArrayRef);
using RunConvolution = Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&,
                              IntArrayRef, IntArrayRef, IntArrayRef, int64_t, std::string_view,
                              Scalars, Text);
using RunConvolutionAdd = Tensor(const Tensor&, const Tensor&, const Tensor&,
                                 const std::optional<Tensor>&, IntArrayRef, IntArrayRef,
                                 IntArrayRef, int64_t, std::string_view, std::optional<at::Scalar>,
                                 Text, Scalars, Text);
using RunConvolutionAddInto = Tensor&(Tensor&, const Tensor&, const Tensor&,
                                      const std::optional<Tensor>&, IntArrayRef, IntArrayRef,
                                      IntArrayRef, int64_t, std::string_view,
                                      std::optional<at::Scalar>, Text, Scalars, Text);
using PackLinear = Tensor(const Tensor&, std::optional<int64_t>);
using RunLinear = Tensor(const Tensor&, const Tensor&, const std::optional<Tensor>&,
                         std::string_view, Scalars, Text);

struct Operators {
  c10::TypedOperatorHandle<PackConvolution> pack_convolution;
  c10::TypedOperatorHandle<RunConvolution> convolution;
  c10::TypedOperatorHandle<RunConvolutionAdd> convolution_add;
  c10::TypedOperatorHandle<RunConvolutionAddInto> convolution_add_into;
  c10::TypedOperatorHandle<PackLinear> pack_linear;
  c10::TypedOperatorHandle<RunLinear> linear;
};

// Names and order of the arguments, which the C++ types alone do not fix.
constexpr const char* kSchemas[] = {
    "mkldnn::_reorder_convolution_weight(Tensor self, int[2] padding=0, int[2] stride=1, int[2] "
    "dilation=1, int groups=1, int[]? input_size=None) -> Tensor Y",
    "mkldnn::_convolution_pointwise(Tensor X, Tensor W, Tensor? B, int[] padding, int[] stride, "
    "int[] dilation, int groups, str attr, Scalar?[] scalars, str? algorithm) -> Tensor Y",
    "mkldnn::_convolution_pointwise.binary(Tensor X, Tensor other, Tensor W, Tensor? B, int[] "
    "padding, int[] stride, int[] dilation, int groups, str binary_attr, Scalar? alpha, str? "
    "unary_attr, Scalar?[] unary_scalars, str? unary_algorithm) -> Tensor Y",
    "mkldnn::_convolution_pointwise_.binary(Tensor(a!) other, Tensor X, Tensor W, Tensor? B, int[] "
    "padding, int[] stride, int[] dilation, int groups, str binary_attr, Scalar? alpha, str? "
    "unary_attr, Scalar?[] unary_scalars, str? unary_algorithm) -> Tensor(a!) Y",
    "mkldnn::_reorder_linear_weight(Tensor self, int? batch_size=None) -> Tensor Y",
    "mkldnn::_linear_pointwise(Tensor X, Tensor W, Tensor? B, str attr, Scalar?[] scalars, str? "
    "algorithm) -> Tensor Y",
};

std::optional<c10::OperatorHandle> find_operator(std::string_view schema) {
  std::string full(schema.substr(0, schema.find('(')));
  size_t dot = full.find('.');
  auto handle = c10::Dispatcher::singleton().findSchema(
      {full.substr(0, dot), dot == std::string::npos ? "" : full.substr(dot + 1)});
  if (!handle || c10::toString(handle->schema()) != schema) return {};
  return handle;
}

std::optional<Operators> find_operators() {
  if (!at::hasMKLDNN()) return {};
  std::vector<c10::OperatorHandle> found;
  for (const char* schema : kSchemas) {
    auto handle = find_operator(schema);
    if (!handle) return {};
    found.push_back(*handle);
  }
  return Operators{found[0].typed<PackConvolution>(),   found[1].typed<RunConvolution>(),
                   found[2].typed<RunConvolutionAdd>(), found[3].typed<RunConvolutionAddInto>(),
                   found[4].typed<PackLinear>(),        found[5].typed<RunLinear>()};
}

const std::optional<Operators>& operators() {
  static const std::optional<Operators> found = find_operators();
  return found;
}

constexpr int64_t kNoDilation[] = {1, 1};
const char* activation_name(bool relu) { return relu ? "relu" : "none"; }

}  // namespace

bool available() { return operators().has_value(); }

Tensor PackedWeight::at(const InputSize& size) {
  // Each entry is as large as the weight: enough for the five levels that a detector's heads share,
  // and for a video's size, its last window and one other.
  constexpr size_t kSizes = 6;
  std::lock_guard lock(mutex_);
  auto found = std::find_if(entries_.begin(), entries_.end(),
                            [&](const Entry& entry) { return entry.size == size; });
  if (found != entries_.end()) {
    std::rotate(found, found + 1, entries_.end());
  } else {
    if (entries_.size() == kSizes) entries_.erase(entries_.begin());
    entries_.push_back({size, pack_(size)});
  }
  return entries_.back().weight;
}

Convolution::Convolution(Tensor weight, Tensor bias, int64_t stride, int64_t padding,
                         int64_t groups, bool fused)
    : weight_(std::move(weight)),
      bias_(std::move(bias)),
      stride_(stride),
      padding_(padding),
      groups_(groups),
      fused_(fused),
      packed_([this](const PackedWeight::InputSize& size) {
        int64_t input[] = {size[0], weight_.size(1) * groups_, size[1], size[2]};
        int64_t pad[] = {padding_, padding_}, step[] = {stride_, stride_};
        return operators()->pack_convolution.call(weight_, pad, step, kNoDilation, groups_,
                                                  IntArrayRef(input));
      }) {}

Tensor Convolution::packed_for(const Tensor& input) {
  return packed_.at({input.size(0), input.size(2), input.size(3)});
}

Tensor Convolution::run(const Tensor& input, bool relu) {
  Tensor x = input.contiguous(at::MemoryFormat::ChannelsLast);
  if (!fused_) {
    Tensor output = at::conv2d(x, weight_, bias_, stride_, padding_, 1, groups_);
    return relu ? output.relu_() : output;
  }
  int64_t pad[] = {padding_, padding_}, step[] = {stride_, stride_};
  return operators()->convolution.call(x, packed_for(x), bias_, pad, step, kNoDilation, groups_,
                                       activation_name(relu), Scalars(), "");
}

Tensor Convolution::run(const Tensor& input, const Tensor& residual, bool relu, bool consume) {
  Tensor x = input.contiguous(at::MemoryFormat::ChannelsLast);
  Tensor other = residual.contiguous(at::MemoryFormat::ChannelsLast);
  // oneDNN refuses to add a map of a single pixel, whose memory layout is ambiguous.
  const bool single_pixel = other.size(2) == 1 && other.size(3) == 1;
  if (!fused_ || single_pixel) {
    Tensor output = at::conv2d(x, weight_, bias_, stride_, padding_, 1, groups_).add_(other);
    return relu ? output.relu_() : output;
  }
  int64_t pad[] = {padding_, padding_}, step[] = {stride_, stride_};
  Text unary = relu ? Text("relu") : Text();
  if (consume) {
    return operators()->convolution_add_into.call(other, x, packed_for(x), bias_, pad, step,
                                                  kNoDilation, groups_, "add", 1.0, unary,
                                                  Scalars(), "");
  }
  return operators()->convolution_add.call(x, other, packed_for(x), bias_, pad, step, kNoDilation,
                                           groups_, "add", 1.0, unary, Scalars(), "");
}

Product::Product(Tensor weight, Tensor bias, bool fused)
    : weight_(std::move(weight)),
      bias_(std::move(bias)),
      fused_(fused),
      packed_([this](const PackedWeight::InputSize& size) {
        return operators()->pack_linear.call(weight_, size[0]);
      }) {}

Tensor Product::run(const Tensor& input, bool relu) {
  if (!fused_ || input.numel() == 0) {
    Tensor output = at::linear(input, weight_, bias_);
    return relu ? output.relu_() : output;
  }
  int64_t rows = input.numel() / input.size(-1);
  return operators()->linear.call(input.contiguous(), packed_.at({rows, 0, 0}), bias_,
                                  activation_name(relu), Scalars(), "");
}

}  // namespace clipwork::onednn

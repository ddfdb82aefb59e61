// ResNet: stages res2 to res5 at strides 4 to 32. Parameter names are detectron2's
// (backbone.stem.conv1, backbone.res2.0.conv1, ...) or torchvision's (backbone.conv1,
// backbone.layer1.0.conv1, ...), which mmdetection has too; files with the other names load as
// well.

#include <ATen/ops/max_pool2d.h>
#include <clipwork/backbone.h>
#include <clipwork/ops/conv.h>
#include <clipwork/plugin.h>

#include <algorithm>
#include <array>

namespace clipwork {

namespace {

struct Parameters {
  int64_t depth = 50;
  int64_t stem_channels = 64;
  int64_t res2_channels = 256;
  std::vector<int64_t> stage_channels;
  int64_t groups = 1;
  int64_t width_per_group = 64;
  bool stride_in_1x1 = false;
  ConvOptions::Norm norm = ConvOptions::Norm::frozen_batch;
  double norm_eps = 1e-5;
  enum class Names { detectron2, torchvision } names = Names::detectron2;
  void describe(Describer& d) {
    d("depth", depth, "number of layers; 10, 18 and 34 use basic blocks, 50 and 101 bottlenecks")
        .range(10, 101);
    d("stem_channels", stem_channels, "channels of the 7x7 convolution").range(1, 4096);
    if (has_basic_blocks()) res2_channels = 64;
    d("res2_channels", res2_channels,
      "channels of res2, doubled in every stage (default: 256, with basic blocks 64)")
        .range(1, 4096);
    d("stage_channels", stage_channels,
      "channels of res2 to res5 if they do not double, four numbers; with basic blocks only");
    d("groups", groups, "groups of the 3x3 convolutions (ResNeXt)").range(1, 1024);
    if (groups > 1) width_per_group = depth > 50 && groups <= 32 ? 8 : 4;
    d("width_per_group", width_per_group,
      "inner channels per group of a bottleneck in res2 (default: 64; of ResNeXt those of 32x4d, "
      "64x4d and, at depth 101, 32x8d)")
        .range(1, 4096);
    d("stride_in_1x1", stride_in_1x1,
      "put the stride into the first 1x1 convolution (MSRA's layout) instead of the 3x3");
    d("norm", norm,
      {{"frozen_batch", ConvOptions::Norm::frozen_batch},
       {"fixed_batch", ConvOptions::Norm::fixed_batch},
       {"batch", ConvOptions::Norm::batch}},
      "norm after every convolution: frozen, with trained weight and bias but fixed statistics, or "
      "trained");
    d("norm_eps", norm_eps, "epsilon of the norms").range(0, 1);
    d("names", names, {{"detectron2", Names::detectron2}, {"torchvision", Names::torchvision}},
      "naming scheme of the parameters in checkpoints: detectron2's or torchvision's");
  }
  bool has_basic_blocks() const { return depth < 50; }
};

std::array<int, 4> blocks_of(int64_t depth) {
  switch (depth) {
    case 10:
      return {1, 1, 1, 1};
    case 18:
      return {2, 2, 2, 2};
    case 34:
    case 50:
      return {3, 4, 6, 3};
    case 101:
      return {3, 4, 23, 3};
    default:
      throw InputError(cat("there is no ResNet-", depth), "", "use depth 10, 18, 34, 50 or 101");
  }
}

std::array<int64_t, 4> channels_of(const Parameters& p) {
  if (p.stage_channels.empty()) {
    const int64_t first = p.res2_channels;
    return {first, 2 * first, 4 * first, 8 * first};
  }
  const bool positive = std::all_of(p.stage_channels.begin(), p.stage_channels.end(),
                                    [](int64_t channels) { return channels > 0; });
  if (p.stage_channels.size() != 4 || !positive || !p.has_basic_blocks()) {
    throw InputError("stage_channels must be four positive numbers, for depths 10, 18 and 34 only");
  }
  return {p.stage_channels[0], p.stage_channels[1], p.stage_channels[2], p.stage_channels[3]};
}

/// From detectron2's names to torchvision's, and back.
const std::vector<WeightNames::Rename> kToTorchvision = {
    {"^backbone\\.stem\\.conv1\\.norm\\.", "backbone.bn1."},
    {"^backbone\\.stem\\.conv1\\.", "backbone.conv1."},
    {"^backbone\\.res2\\.", "backbone.layer1."},
    {"^backbone\\.res3\\.", "backbone.layer2."},
    {"^backbone\\.res4\\.", "backbone.layer3."},
    {"^backbone\\.res5\\.", "backbone.layer4."},
    {"^(backbone\\.layer\\d\\.\\d+)\\.conv(\\d)\\.norm\\.", "$1.bn$2."},
    {"^(backbone\\.layer\\d\\.\\d+)\\.shortcut\\.norm\\.", "$1.downsample.1."},
    {"^(backbone\\.layer\\d\\.\\d+)\\.shortcut\\.", "$1.downsample.0."}};
const std::vector<WeightNames::Rename> kFromTorchvision = {
    {"^backbone\\.bn1\\.", "backbone.stem.conv1.norm."},
    {"^backbone\\.conv1\\.", "backbone.stem.conv1."},
    {"^(backbone\\.layer\\d\\.\\d+)\\.bn(\\d)\\.", "$1.conv$2.norm."},
    {"^(backbone\\.layer\\d\\.\\d+)\\.downsample\\.1\\.", "$1.shortcut.norm."},
    {"^(backbone\\.layer\\d\\.\\d+)\\.downsample\\.0\\.", "$1.shortcut."},
    {"^backbone\\.layer1\\.", "backbone.res2."},
    {"^backbone\\.layer2\\.", "backbone.res3."},
    {"^backbone\\.layer3\\.", "backbone.res4."},
    {"^backbone\\.layer4\\.", "backbone.res5."}};
/// The backbone inside a feature pyramid, as detectron2 and torchvision have it.
const WeightNames::Rename kInPyramid = {"^backbone\\.(?:bottom_up|body)\\.", "backbone."};
/// A file of the backbone alone.
const WeightNames::Rename kAlone = {"^((?:conv1|bn1|layer[1-4]|stem|res[2-5])\\.)", "backbone.$1"};

WeightNames names_of(const Parameters& p) {
  WeightNames names{"backbone.", {kInPyramid, kAlone}, {}};
  const bool torchvision = p.names == Parameters::Names::torchvision;
  const auto& other = torchvision ? kToTorchvision : kFromTorchvision;
  names.renames.insert(names.renames.end(), other.begin(), other.end());
  if (torchvision) names.published = kToTorchvision;
  return names;
}

/// Options that all convolutions of a network share.
ConvOptions conv_options(const Parameters& p, int64_t in, int64_t out, int64_t kernel,
                         int64_t stride, Activation activation) {
  ConvOptions options;
  options.in = in;
  options.out = out;
  options.kernel = kernel;
  options.stride = stride;
  options.padding = kernel / 2;
  options.norm = p.norm;
  options.norm_eps = p.norm_eps;
  options.activation = activation;
  return options;
}

/// A residual block: convolutions, and a shortcut where channels or size change.
class Block : public torch::nn::Module {
 public:
  Block(const Parameters& p, int64_t in, int64_t inner, int64_t out, int64_t stride) {
    if (in != out || stride != 1) {
      shortcut_ = make_child<Conv>(*this, "shortcut",
                                   conv_options(p, in, out, 1, stride, Activation::none));
    }
    if (p.has_basic_blocks()) {
      add(conv_options(p, in, out, 3, stride, Activation::relu));
      add(conv_options(p, out, out, 3, 1, Activation::relu));
      return;
    }
    int64_t first = p.stride_in_1x1 ? stride : 1, second = p.stride_in_1x1 ? 1 : stride;
    add(conv_options(p, in, inner, 1, first, Activation::relu));
    ConvOptions middle = conv_options(p, inner, inner, 3, second, Activation::relu);
    middle.groups = p.groups;
    add(middle);
    add(conv_options(p, inner, out, 1, 1, Activation::relu));
  }

  Tensor forward(const Tensor& x) {
    Tensor residual = shortcut_ ? shortcut_->forward(x) : x;
    Tensor y = x;
    for (size_t i = 0; i + 1 < convs_.size(); ++i) y = convs_[i]->forward(y);
    // The shortcut's output is ours to overwrite; the block's input may be a feature map that
    // others read.
    return convs_.back()->forward(y, residual, shortcut_ != nullptr);
  }

 private:
  void add(const ConvOptions& options) {
    convs_.push_back(make_child<Conv>(*this, cat("conv", convs_.size() + 1), options));
  }
  std::shared_ptr<Conv> shortcut_;
  std::vector<std::shared_ptr<Conv>> convs_;
};

class Network : public torch::nn::Module {
 public:
  explicit Network(const Parameters& p) {
    stem_ = make_child<Conv>(*this, "stem.conv1",
                             conv_options(p, 3, p.stem_channels, 7, 2, Activation::relu));
    std::array<int, 4> blocks = blocks_of(p.depth);
    std::array<int64_t, 4> channels = channels_of(p);
    int64_t in = p.stem_channels, inner = p.groups * p.width_per_group;
    for (int stage = 0; stage < 4; ++stage, inner *= 2) {
      const int64_t out = channels[stage];
      for (int i = 0; i < blocks[stage]; ++i) {
        int64_t stride = i == 0 && stage > 0 ? 2 : 1;
        stages_[stage].push_back(
            make_child<Block>(*this, cat("res", stage + 2, ".", i), p, in, inner, out, stride));
        in = out;
      }
    }
  }

  std::vector<FeatureMap> forward(const Tensor& pictures) {
    Tensor x = at::max_pool2d(stem_->forward(pictures), {3, 3}, {2, 2}, {1, 1});
    std::vector<FeatureMap> maps;
    for (int stage = 0; stage < 4; ++stage) {
      for (const auto& block : stages_[stage]) x = block->forward(x);
      maps.push_back({cat("res", stage + 2), int64_t{4} << stage, x});
    }
    return maps;
  }

 private:
  std::shared_ptr<Conv> stem_;
  std::array<std::vector<std::shared_ptr<Block>>, 4> stages_;
};

class ResNet : public Backbone {
 public:
  using Parameters = clipwork::Parameters;

  static Contract contract(const Parameters& p, const Given&) {
    blocks_of(p.depth);
    if (p.has_basic_blocks() && p.groups != 1) {
      throw InputError("basic blocks do not support groups", "",
                       "use depth 50 or 101, or groups = 1");
    }
    Contract contract;
    for (int stage = 0; stage < 4; ++stage) {
      contract.maps.push_back({cat("res", stage + 2), channels_of(p)[stage], int64_t{4} << stage});
    }
    return contract;
  }

  ResNet(const Parameters& p, const Given&)
      : names_(names_of(p)), network_(std::make_shared<Network>(p)) {}

  std::vector<FeatureMap> forward(const Tensor& pictures, Context&) override {
    return network_->forward(pictures);
  }
  torch::nn::Module* weights() override { return network_.get(); }
  WeightNames weight_names() const override { return names_; }
  void prepare(const Inference& inference) override { prepare_ops(*network_, inference); }

 private:
  WeightNames names_;
  std::shared_ptr<Network> network_;
};

}  // namespace

}  // namespace clipwork

CLIPWORK_PLUGIN(resnet, "0.1.0") {
  registry.add<clipwork::ResNet>("resnet",
                                 "ResNet-10 to ResNet-101: maps res2 to res5 at strides 4 to 32");
}

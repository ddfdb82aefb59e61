// What runs by kernels of our own on a GPU equals the readable forms: the program's path for a GPU
// on the device made of main memory, where kernels are loops over the same bodies.

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <clipwork/masks.h>
#include <clipwork/ops/deformable_attention.h>

#include <limits>

#include "core/ops/ops_support.h"
#include "gpu/counting_device.h"
#include "ops/gpu_deformable.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

const c10::Device kGpu(c10::kCUDA, 0);
const std::vector<Size> kLevels = {{2, 3}, {4, 6}, {8, 11}};
constexpr int64_t kTokens = 6 + 24 + 88, kHeads = 4, kPoints = 4, kBatch = 2;

struct Attention {
  explicit Attention(int64_t depth)
      : module(kHeads * depth, kHeads, static_cast<int64_t>(kLevels.size()), kPoints),
        query(normal({kBatch, kTokens, kHeads * depth}, 1)),
        tokens(normal({kBatch, kTokens, kHeads * depth}, 2)) {
    fill(module, 3);
  }
  void move() {
    module.to(kGpu);
    query = query.to(kGpu);
    tokens = tokens.to(kGpu);
  }
  Tensor forward() { return module.forward(query, tokens, kLevels); }

  DeformableAttention module;
  Tensor query, tokens;
};

int64_t count_of(const DeviceWork& work, const std::string& kernel) {
  const auto found = work.kernels_by_name.find(kernel);
  return found == work.kernels_by_name.end() ? 0 : found->second;
}

/// Deformable attention in inference: the result on the CPU in the plain form, and on the GPU.
void expect_equal_on_gpu(int64_t depth, int64_t kernels) {
  c10::InferenceMode mode;
  Attention attention(depth);
  attention.module.prepare({/*plain=*/true, /*winograd=*/false});
  const Tensor expected = attention.forward();
  attention.move();
  attention.module.prepare({/*plain=*/false, /*winograd=*/false});
  Tensor found;
  const DeviceWork work = device_work_of([&] { found = attention.forward(); });
  expect_close(found.cpu(), expected, 1e-5);
  EXPECT_EQ(count_of(work, "clipwork::deformable"), kernels) << details(work);
  EXPECT_EQ(work.waits, 0) << details(work);
}

}  // namespace

TEST(GpuDeformable, IsOneKernelWithTheResultOfThePlainForm) {
  expect_equal_on_gpu(32, 1);
  expect_equal_on_gpu(8, 1);
}

TEST(GpuDeformable, LeavesOtherDepthsToThePlainForm) { expect_equal_on_gpu(16, 0); }

TEST(GpuDeformable, HasTheGradientsOfThePlainForm) {
  for (int64_t depth : {8, 32}) {
    Attention attention(depth);
    const Tensor factors = normal({kBatch, kTokens, kHeads * depth}, 4);
    auto gradients = [&](c10::Device device) {
      attention.query = attention.query.detach().to(device).requires_grad_();
      attention.tokens = attention.tokens.detach().to(device).requires_grad_();
      attention.module.zero_grad();
      (attention.forward() * factors.to(device)).sum().backward();
      std::vector<Tensor> found = {attention.query.grad().cpu(), attention.tokens.grad().cpu()};
      for (const auto& item : attention.module.named_parameters()) {
        found.push_back(item.value().grad().cpu().clone());
      }
      return found;
    };
    const std::vector<Tensor> expected = gradients(c10::kCPU);
    attention.module.to(kGpu);
    std::vector<Tensor> found;
    const DeviceWork work = device_work_of([&] { found = gradients(kGpu); });
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) expect_close(found[i], expected[i], 1e-4);
    EXPECT_EQ(count_of(work, "clipwork::deformable_backward"), 1) << details(work);
  }
}

TEST(GpuDeformable, KeepsTheTypeOfItsValues) {
  const Tensor value = normal({1, kTokens, kHeads, 32}, 1);
  const Tensor raw = normal({1, kTokens, kHeads, 3, 12}, 2);
  c10::InferenceMode mode;
  ASSERT_TRUE(suits_gpu(value.to(kGpu), 3, kPoints));
  const Tensor expected = deformable_on_gpu(value.to(kGpu), raw.to(kGpu), kLevels).cpu();
  for (at::ScalarType type : {at::kBFloat16, at::kHalf}) {
    const Tensor found = deformable_on_gpu(value.to(kGpu, type), raw.to(kGpu), kLevels).cpu();
    EXPECT_EQ(found.scalar_type(), type);
    expect_close(found.to(at::kFloat), expected, 1e-2);
  }
}

TEST(GpuDeformable, SamplesNothingAtPlacesThatAreNotNumbers) {
  c10::InferenceMode mode;
  const Tensor value = normal({1, kTokens, kHeads, 32}, 1).to(kGpu);
  Tensor raw = normal({1, kTokens, kHeads, 3, 12}, 2);
  raw.select(3, 1).fill_(std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(deformable_on_gpu(value, raw.to(kGpu), kLevels).cpu().abs().max().item<float>(), 0);
}

namespace {

/// Smooth masks, one of them noise, one empty and one full.
Tensor mask_values(int64_t height, int64_t width) {
  Tensor values =
      at::upsample_bilinear2d(normal({1, 6, height / 4, width / 4}, 5), {height, width}, false)[0]
          .contiguous();
  values[1] = normal({height, width}, 6);
  values[2].fill_(-1);
  values[3].fill_(1);
  return values;
}

/// Masks rendered on the GPU are those of the plain form, but for pixels within rounding of the
/// threshold.
void expect_rendered_on_gpu(const Tensor& values, const Geometry& geometry, MaskForm form,
                            Quality quality) {
  const Rendered plain = render_plain(values, geometry, form, quality);
  const Tensor on_gpu = values.to(kGpu);
  Rendered found;
  const DeviceWork work =
      device_work_of([&] { found = render_fast(on_gpu, geometry, form, quality); });
  EXPECT_GE(count_of(work, "clipwork::runs"), 1) << details(work);
  EXPECT_LE(work.waits, 2) << details(work);
  ASSERT_EQ(found.masks.size(), plain.masks.size());
  for (size_t m = 0; m < found.masks.size(); ++m) {
    EXPECT_EQ(found.masks[m].size, geometry.output);
    const Tensor differ = found.masks[m].to_tensor().ne(plain.masks[m].to_tensor());
    EXPECT_LE(differ.sum().item<int64_t>(), 2) << m;
  }
  if (quality != Quality::none) expect_close(found.quality, plain.quality, 1e-4);
}

const Geometry kGeometry{{61, 90}, {64, 96}, {83, 127}};

}  // namespace

TEST(GpuRendering, GivesTheMasksAndQualityOfThePlainForm) {
  const Tensor values = mask_values(16, 24);
  for (Quality quality : {Quality::none, Quality::padded, Quality::output}) {
    expect_rendered_on_gpu(values, kGeometry, {}, quality);
  }
  expect_rendered_on_gpu(values.sigmoid(), kGeometry,
                         {MaskForm::Values::probabilities, MaskForm::Growth::aligned},
                         Quality::output);
  expect_rendered_on_gpu(values, {{61, 90}, {64, 96}, {1, 300}}, {}, Quality::none);
}

TEST(GpuRendering, CopiesRunsInsteadOfPixels) {
  const Tensor x = at::arange(96, at::kFloat).sub(48).square();
  const Tensor y = at::arange(64, at::kFloat).sub(32).square().unsqueeze(1);
  const Tensor disc = (x + y).neg().add(400);
  const Tensor values = at::stack({disc, disc}).to(kGpu);
  const Geometry geometry{{256, 384}, {256, 384}, {512, 768}};
  render_fast(values, geometry, {}, Quality::none);
  const DeviceWork work = device_work_of([&] { render_fast(values, geometry, {}, Quality::none); });
  EXPECT_EQ(work.waits, 1) << details(work);
  EXPECT_EQ(work.kernels, 2) << details(work);
  EXPECT_LT(work.bytes_down, static_cast<int64_t>(values.nbytes()) / 2) << details(work);
}

TEST(GpuRendering, LeavesTallMasksToTheCpu) {
  const Tensor values = at::zeros({1, 961, 1}).to(kGpu);
  const DeviceWork work = device_work_of([&] {
    render_fast(values, {{961, 1}, {961, 1}, {10, 1}}, {}, Quality::none);
  });
  EXPECT_EQ(count_of(work, "clipwork::runs"), 0);
}

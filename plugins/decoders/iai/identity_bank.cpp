#include "identity_bank.h"

#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

namespace clipwork::iai {

IdentityBank::IdentityBank(int64_t planes, int64_t channels, int64_t stride) : stride_(stride) {
  weight_ = make_parameter(*this, "weight", {channels, planes, stride + 1, stride + 1});
  bias_ = make_parameter(*this, "bias", {channels});
}

Tensor IdentityBank::forward(const Tensor& planes) {
  bool packed = by_plane_.defined() && !c10::GradMode::is_enabled() && planes.size(0) == 1;
  return packed ? sum_of_objects(planes[0]).unsqueeze(0) : convolve(planes);
}

Tensor IdentityBank::convolve(const Tensor& planes) const {
  return at::conv2d(planes.to(weight_.options()), weight_, bias_, stride_, stride_ / 2)
      .flatten(2)
      .transpose(1, 2);
}

// Most planes are empty and most of the picture is background, so what counts are the patches that
// objects touch: they bring their own weights and take away the background's.
Tensor IdentityBank::sum_of_objects(const Tensor& planes) {
  const int64_t objects = planes.size(0) - 1;
  const Size size{planes.size(1), planes.size(2)};
  const int64_t positions = size.height / stride_ * (size.width / stride_);
  Tensor sum = bias_.expand({positions, -1}).clone();
  Tensor background = planes[objects];
  if (background.any().item<bool>()) {
    if (!background_.defined() || background_size_ != size) {
      background_ = at::zeros({positions, bias_.size(0)}, bias_.options());
      add(background_, at::ones_like(background), objects, 1);
      background_size_ = size;
    }
    sum.add_(background_);
    add(sum, background.logical_not(), objects, -1);
  }
  for (int64_t id = 0; id < objects; ++id) add(sum, planes[id], id, 1);
  return sum;
}

void IdentityBank::add(Tensor& sum, const Tensor& plane, int64_t index, double sign) const {
  if (!plane.any().item<bool>()) return;
  const int64_t edge = stride_ / 2, kernel = stride_ + 1;
  Tensor patches = at::constant_pad_nd(plane, {edge, edge, edge, edge})
                       .unfold(0, kernel, stride_)
                       .unfold(1, kernel, stride_)
                       .flatten(0, 1)
                       .flatten(1);
  Tensor touched = patches.any(1).nonzero().select(1, 0);
  Tensor values = patches.index_select(0, touched).to(by_plane_.scalar_type());
  sum.index_add_(0, touched, at::mm(values, by_plane_[index]), sign);
}

void IdentityBank::prepare(const Inference& inference) {
  by_plane_ = Tensor();
  background_ = Tensor();
  // Looking for the touched patches would make the host wait for a GPU once a plane.
  if (inference.plain || !weight_.is_cpu()) return;
  c10::NoGradGuard no_gradient;
  by_plane_ = weight_.detach().permute({1, 2, 3, 0}).flatten(1, 2).contiguous();
}

}  // namespace clipwork::iai

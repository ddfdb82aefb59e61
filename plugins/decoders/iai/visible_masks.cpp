#include "visible_masks.h"

#include <ATen/ops/empty_like.h>
#include <ATen/ops/logical_and.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <clipwork/to_device.h>

namespace clipwork::iai {

namespace {

/// The pixels that `mask` has not.
MaskRle complement(MaskRle mask) {
  if (!mask.counts.empty() && mask.counts.front() == 0) {
    mask.counts.erase(mask.counts.begin());
  } else {
    mask.counts.insert(mask.counts.begin(), 0);
  }
  return mask;
}

class VisibleMasks : public Masks {
 public:
  VisibleMasks(std::shared_ptr<const Masks> whole, const std::vector<int64_t>& rows, Tensor padded)
      : whole_(std::move(whole)), pairs_(Pairs::of(rows)), padded_(std::move(padded)) {}

  MaskForm form() const override { return whole_->form(); }
  Size size() const override { return whole_->size(); }
  const Geometry& geometry(int frame) const override { return whole_->geometry(frame); }
  Tensor values(int frame, const Pairs& pairs) const override {
    return whole_->values(frame, of_whole(pairs));
  }
  Tensor sample(int frame, const Pairs& pairs, const Tensor& points) const override {
    return whole_->sample(frame, of_whole(pairs), points);
  }

  Tensor bits(int frame, const Pairs& pairs, At at) const override {
    if (at == At::padded) return padded_.index_select(0, to_device(pairs.row, padded_.device()));
    std::vector<Tensor> masks;
    for (const MaskRle& mask : render(frame, pairs, Quality::none).masks) {
      masks.push_back(mask.to_tensor());
    }
    if (masks.empty()) {
      const Size output = geometry(frame).output;
      return at::zeros({0, output.height, output.width}, at::kBool);
    }
    return at::stack(masks);
  }

  Rendered render(int frame, const Pairs& pairs, Quality quality) const override {
    // A row's pixels depend on all better rows, whichever are asked for.
    std::vector<MaskRle> all = whole_->render(frame, pairs_, Quality::none).masks;
    if (!all.empty()) {
      MaskRle open = complement(MaskRle::blank(all.front().size));
      for (MaskRle& mask : all) {
        MaskRle visible = intersect(mask, open);
        open = intersect(open, complement(std::move(mask)));
        mask = std::move(visible);
      }
    }
    Rendered rendered;
    if (quality != Quality::none) {
      rendered.quality = whole_->render(frame, of_whole(pairs), quality).quality;
    }
    const auto rows = pairs.row.accessor<int64_t, 1>();
    for (int64_t i = 0; i < rows.size(0); ++i) rendered.masks.push_back(all.at(rows[i]));
    return rendered;
  }

 private:
  Pairs of_whole(const Pairs& pairs) const {
    return {pairs.batch, pairs_.row.index_select(0, pairs.row)};
  }

  std::shared_ptr<const Masks> whole_;
  Pairs pairs_;    // the kept rows in `whole_`
  Tensor padded_;  // bool [rows, H, W]
};

}  // namespace

Visible visible_rows(std::shared_ptr<const Masks> masks, int64_t rows, double min_visible) {
  Tensor whole = masks->bits(0, Pairs::all(1, rows), At::padded);
  Tensor visible = at::empty_like(whole);
  Tensor open = at::ones({whole.size(1), whole.size(2)}, whole.options());
  for (int64_t row = 0; row < rows; ++row) {
    Tensor left = visible[row];
    at::logical_and_out(left, whole[row], open);
    open.logical_and_(whole[row].logical_not());
  }
  // One copy from the device for all rows.
  const Tensor counts = at::stack({whole.sum({1, 2}), visible.sum({1, 2})}).cpu();
  const auto pixels = counts.accessor<int64_t, 2>();
  Visible result;
  for (int64_t row = 0; row < rows; ++row) {
    const auto area = static_cast<float>(pixels[0][row]), left = static_cast<float>(pixels[1][row]);
    if (area == 0 || left / area < static_cast<float>(min_visible)) continue;
    result.kept.push_back(row);
  }
  const Tensor kept = at::tensor(result.kept, at::TensorOptions(at::kLong));
  Tensor padded = visible.index_select(0, to_device(kept, visible.device()));
  result.masks = std::make_shared<VisibleMasks>(std::move(masks), result.kept, std::move(padded));
  return result;
}

}  // namespace clipwork::iai

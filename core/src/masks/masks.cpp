#include <ATen/ops/arange.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/index.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/zeros_like.h>
#include <clipwork/error.h>
#include <clipwork/masks.h>
#include <clipwork/sample_points.h>
#include <clipwork/to_device.h>
#include <clipwork/upsample.h>

#include <algorithm>
#include <cmath>

#include "masks/render.h"

namespace clipwork {

namespace {

constexpr int64_t kCheckedLines = 8;

/// Float [M, h, w] to another size, bilinear with corners not aligned.
Tensor resize(const Tensor& values, Size size) {
  if (values.size(0) == 0) return values.new_empty({0, size.height, size.width});
  if (values.size(1) == size.height && values.size(2) == size.width) return values;
  return at::upsample_bilinear2d(values.unsqueeze(0), {size.height, size.width}, false)[0];
}

/// Values [M, h, w] over the padded picture.
Tensor over_padded_size(const Tensor& values, const Geometry& geometry, const MaskForm& form) {
  if (form.growth == MaskForm::Growth::padded_first) return resize(values, geometry.padded);
  int64_t factor = aligned_factor({values.size(1), values.size(2)}, geometry.padded);
  return aligned_upsample(values.unsqueeze(0), factor).squeeze(0);
}

/// Values over the picture as the network saw it, without its padding: [M, resized size].
Tensor over_network_size(const Tensor& values, const Geometry& geometry, const MaskForm& form) {
  return over_padded_size(values, geometry, form)
      .narrow(1, 0, geometry.resized.height)
      .narrow(2, 0, geometry.resized.width);
}

/// Double [M, 2]: sum of sigmoid over pixels that are on, and their number.
Tensor quality_sums(const Tensor& values, const MaskForm& form) {
  Tensor sigma = form.values == MaskForm::Values::logits ? values.sigmoid() : values;
  Tensor on = values.gt(threshold(form));
  return at::stack({sigma.mul(on).sum({1, 2}, false, at::kDouble), on.sum({1, 2}).to(at::kDouble)},
                   1);
}

void check_values(const Tensor& values) {
  if (!values.defined() || values.dim() != 3 || values.scalar_type() != at::kFloat) {
    throw Error("mask values must be a float tensor [masks, height, width]");
  }
}

Tensor numbers(const std::vector<int64_t>& values) {
  return at::tensor(values, at::TensorOptions(at::kLong));
}

/// The values that `masks` compute for these rows, if they are what `Masks::values` promises.
Tensor values_of(const Masks& masks, int frame, const Pairs& pairs) {
  Tensor values = masks.values(frame, pairs);
  const Size size = masks.size();
  if (values.defined() && values.scalar_type() == at::kFloat &&
      values.sizes() == at::IntArrayRef({pairs.count(), size.height, size.width})) {
    return values;
  }
  throw Error(cat("expected mask values as float [", pairs.count(), ", ", size.height, ", ",
                  size.width, "], found ",
                  values.defined() ? cat(values.scalar_type(), " ", values.sizes()) : "nothing"));
}

/// Throws if a mask is not a number. One line of pixels in eight is looked at: this finds what
/// broken weights or features do, in a thousandth of the time that rendering takes.
void check_numbers(const Tensor& values) {
  if (!values.is_cpu() || !values.is_contiguous()) return;
  const int64_t height = values.size(1), width = values.size(2);
  const auto* data = values.const_data_ptr<float>();
  for (int64_t m = 0; m < values.size(0); ++m) {
    for (int64_t y = height / 2 % kCheckedLines; y < height; y += kCheckedLines) {
      const float* line = data + (m * height + y) * width;
      if (std::any_of(line, line + width, [](float value) { return std::isnan(value); })) {
        throw Error(cat("expected mask values that are numbers, found nan in mask ", m));
      }
    }
  }
}

class DenseMasks : public Masks {
 public:
  DenseMasks(Tensor values, std::vector<Geometry> geometry, MaskForm form)
      : values_(std::move(values)), geometry_(std::move(geometry)), form_(form) {}
  MaskForm form() const override { return form_; }
  Size size() const override { return {values_.size(3), values_.size(4)}; }
  Tensor values(int frame, const Pairs& pairs) const override {
    return at::index(values_.select(2, frame), {to_device(pairs.batch, values_.device()),
                                                to_device(pairs.row, values_.device())})
        .to(at::kFloat);
  }
  const Geometry& geometry(int frame) const override { return geometry_.at(frame); }

 private:
  Tensor values_;
  std::vector<Geometry> geometry_;
  MaskForm form_;
};

/// Pairs laid out as [samples, most], each in the line of its sample.
struct SamplePlaces {
  SamplePlaces(const Pairs& given, int64_t samples, int64_t rows) {
    const auto batch = given.batch.accessor<int64_t, 1>(), row = given.row.accessor<int64_t, 1>();
    const int64_t count = given.count();
    std::vector<int64_t> filled(samples);
    for (int64_t m = 0; m < count; ++m) of_pairs.push_back(filled[batch[m] % samples]++);
    most = *std::max_element(filled.begin(), filled.end());
    // Places that no pair fills have the first row.
    pairs.resize(samples * most);
    for (int64_t m = 0; m < count; ++m) {
      of_pairs[m] += batch[m] % samples * most;
      pairs[of_pairs[m]] = batch[m] * rows + row[m];
    }
  }
  /// The layout has the pairs in their own order, and no gaps.
  bool in_order() const {
    return of_pairs.size() == pairs.size() && std::is_sorted(of_pairs.begin(), of_pairs.end());
  }

  int64_t most = 0;
  std::vector<int64_t> pairs;     ///< [samples x most]: which of the batch's rows stands there
  std::vector<int64_t> of_pairs;  ///< [M]: where each pair stands
};

class ProductMasks : public Masks {
 public:
  ProductMasks(Tensor embeddings, std::vector<TensorHandle> features,
               std::vector<Geometry> geometry)
      : embeddings_(std::move(embeddings)),
        features_(std::move(features)),
        geometry_(std::move(geometry)) {}
  MaskForm form() const override { return {}; }
  Size size() const override { return {features_[0].sizes()[2], features_[0].sizes()[3]}; }
  const Geometry& geometry(int frame) const override { return geometry_.at(frame); }
  std::shared_ptr<const Masks> with(const Tensor& embeddings) const override {
    return product_masks(embeddings, features_, geometry_);
  }

  Tensor values(int frame, const Pairs& pairs) const override {
    const Tensor features = features_.at(frame).get();
    const int64_t samples = features.size(0), height = features.size(2), width = features.size(3);
    const Tensor embeddings = embeddings_.flatten(0, 1);
    // Pairs of a sample stand together, for all samples equally many, so that one product serves
    // all.
    const SamplePlaces places(pairs, samples, embeddings_.size(1));
    const Tensor chosen =
        embeddings.index_select(0, to_device(numbers(places.pairs), embeddings.device()))
            .view({samples, places.most, embeddings.size(1)});
    const Tensor maps = at::bmm(chosen.to(at::kFloat), features.flatten(2).to(at::kFloat))
                            .view({samples * places.most, height, width});
    if (places.in_order()) return maps;
    return maps.index_select(0, to_device(numbers(places.of_pairs), maps.device()));
  }

 private:
  Tensor embeddings_;
  std::vector<TensorHandle> features_;
  std::vector<Geometry> geometry_;
};

class MeanMasks : public Masks {
 public:
  explicit MeanMasks(std::vector<MeanPart> parts) : parts_(std::move(parts)) {
    for (const MeanPart& part : parts_) rows_.push_back(numbers(part.rows));
  }
  MaskForm form() const override { return parts_[0].masks->form(); }
  Size size() const override { return parts_[0].masks->size(); }
  const Geometry& geometry(int) const override {
    return parts_[0].masks->geometry(parts_[0].frame);
  }

  Tensor values(int, const Pairs& pairs) const override {
    Tensor sum, count;
    for (size_t i = 0; i < parts_.size(); ++i) {
      Tensor rows = rows_[i].index_select(0, pairs.row);
      Tensor there = rows.ge(0).nonzero().select(1, 0);
      Tensor part = part_values(i, rows.index_select(0, there));
      if (!sum.defined()) {
        sum = part.new_zeros({pairs.count(), part.size(1), part.size(2)});
        count = part.new_zeros({pairs.count(), 1, 1});
      }
      there = to_device(there, part.device());
      sum = sum.index_add(0, there, part);
      count = count.index_add(0, there, part.new_ones({part.size(0), 1, 1}));
    }
    return sum.div(count.clamp_min(1));
  }

 private:
  Tensor part_values(size_t part, const Tensor& rows) const {
    return values_of(*parts_[part].masks, parts_[part].frame, {at::zeros_like(rows), rows});
  }

  std::vector<MeanPart> parts_;
  std::vector<Tensor> rows_;
};

/// Logits of other masks as probabilities.
class Probabilities : public Masks {
 public:
  explicit Probabilities(std::shared_ptr<const Masks> logits) : logits_(std::move(logits)) {}
  MaskForm form() const override {
    return {MaskForm::Values::probabilities, logits_->form().growth};
  }
  Size size() const override { return logits_->size(); }
  Tensor values(int frame, const Pairs& pairs) const override {
    return values_of(*logits_, frame, pairs).sigmoid();
  }
  const Geometry& geometry(int frame) const override { return logits_->geometry(frame); }

 private:
  std::shared_ptr<const Masks> logits_;
};

}  // namespace

double threshold(MaskForm form) { return form.values == MaskForm::Values::logits ? 0.0 : 0.5; }

int64_t Pairs::count() const { return row.size(0); }

Pairs Pairs::all(int64_t batch, int64_t rows) {
  Tensor index = at::arange(batch * rows, at::TensorOptions(at::kLong));
  if (rows == 0) return {index, index};
  return {index.div(rows, "floor"), index.remainder(rows)};
}

Pairs Pairs::of(const std::vector<int64_t>& rows) {
  Tensor row = numbers(rows);
  return {at::zeros_like(row), row};
}

Masks::~Masks() = default;

Tensor Masks::sample(int frame, const Pairs& pairs, const Tensor& points) const {
  Tensor maps = values_of(*this, frame, pairs);
  if (points.size(-1) != 2 || (points.dim() != 2 && points.dim() != 3) ||
      (points.dim() == 3 && points.size(0) != maps.size(0))) {
    throw Error("points must be [points, 2], or [masks, points, 2] with one list per mask");
  }
  // With common points the masks are channels of one picture, so that weights are made once.
  if (points.dim() == 2) return sample_points(maps.unsqueeze(0), points.unsqueeze(0)).squeeze(0);
  return sample_points(maps.unsqueeze(1), points).squeeze(1);
}

Tensor Masks::bits(int frame, const Pairs& pairs, At at) const {
  Tensor small = values_of(*this, frame, pairs);
  Tensor grown = at == At::padded ? over_padded_size(small, geometry(frame), form())
                                  : resize(over_network_size(small, geometry(frame), form()),
                                           geometry(frame).output);
  return grown.gt(threshold(form()));
}

Rendered Masks::render(int frame, const Pairs& pairs, Quality quality) const {
  const Tensor found = values_of(*this, frame, pairs);
  check_numbers(found);
  return render_fast(found, geometry(frame), form(), quality);
}

std::shared_ptr<const Masks> Masks::with(const Tensor&) const { return nullptr; }

std::shared_ptr<const Masks> dense_masks(Tensor values, std::vector<Geometry> geometry,
                                         MaskForm form) {
  if (!values.defined() || values.dim() != 5 || !at::isFloatingType(values.scalar_type())) {
    throw Error(cat("expected dense masks as float [batch, rows, frames, height, width], found ",
                    values.defined() ? cat(values.scalar_type(), " ", values.sizes()) : "nothing"));
  }
  if (values.size(2) != static_cast<int64_t>(geometry.size())) {
    throw Error(cat("dense masks of ", values.size(2),
                    " frames need one geometry per frame, found ", geometry.size()));
  }
  return std::make_shared<DenseMasks>(std::move(values), std::move(geometry), form);
}

std::shared_ptr<const Masks> product_masks(Tensor embeddings, std::vector<TensorHandle> features,
                                           std::vector<Geometry> geometry) {
  if (!embeddings.defined() || embeddings.dim() != 3) {
    throw Error("mask embeddings must be [batch, rows, channels]");
  }
  if (features.empty() || features.size() != geometry.size()) {
    throw Error(cat("masks of ", features.size(), " frames need one geometry per frame, found ",
                    geometry.size()));
  }
  for (const TensorHandle& frame : features) {
    at::IntArrayRef sizes = frame.sizes();
    if (sizes.size() != 4 || sizes[1] != embeddings.size(2) || sizes[0] < 1 ||
        embeddings.size(0) % sizes[0] != 0 || sizes != features[0].sizes()) {
      throw Error(cat("mask embeddings ", embeddings.sizes(), " do not fit mask features ", sizes));
    }
  }
  return std::make_shared<ProductMasks>(std::move(embeddings), std::move(features),
                                        std::move(geometry));
}

std::shared_ptr<const Masks> mean_masks(std::vector<MeanPart> parts) {
  if (parts.empty()) throw Error("a mean of masks needs at least one part");
  const MeanPart& first = parts[0];
  for (const MeanPart& part : parts) {
    if (part.masks->size() != first.masks->size() ||
        part.masks->form().values != first.masks->form().values ||
        part.masks->form().growth != first.masks->form().growth ||
        part.masks->geometry(part.frame) != first.masks->geometry(first.frame) ||
        part.rows.size() != first.rows.size()) {
      throw Error(
          "masks of a frame differ in size, form, geometry or number of rows between windows");
    }
  }
  return std::make_shared<MeanMasks>(std::move(parts));
}

std::shared_ptr<const Masks> as_probabilities(std::shared_ptr<const Masks> masks) {
  if (masks->form().values == MaskForm::Values::probabilities) return masks;
  return std::make_shared<Probabilities>(std::move(masks));
}

Rendered render_plain(const Tensor& values, const Geometry& geometry, MaskForm form,
                      Quality quality) {
  check_values(values);
  Tensor network = over_network_size(values, geometry, form);
  Tensor output = resize(network, geometry.output);
  Rendered rendered;
  if (quality == Quality::padded) rendered.quality = quality_sums(network, form).cpu();
  if (quality == Quality::output) rendered.quality = quality_sums(output, form).cpu();
  Tensor on = output.gt(threshold(form)).cpu();
  for (int64_t m = 0; m < on.size(0); ++m) {
    rendered.masks.push_back(MaskRle::from_tensor(on[m]));
  }
  return rendered;
}

}  // namespace clipwork

#include "roi_align.h"

#include <ATen/ops/_sparse_mm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/sparse_coo_tensor.h>
#include <c10/core/GradMode.h>
#include <clipwork/parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace clipwork::mask_rcnn {

namespace {

/// The weights of a map's positions along one axis in one bin: from `first` on.
struct Bin {
  int64_t first = 0;
  std::vector<float> weights;
};

/// The bins of a side [begin, end) of a box, in positions of a map that has `limit` of them. The
/// two axes of RoIAlign are independent of each other: a sample's weights are products of its
/// weights along both.
std::vector<Bin> bins_of(float begin, float end, int64_t limit, const RoiAlign& options) {
  float length = end - begin;
  if (!options.aligned) length = std::max(length, 1.0F);
  const float step = length / static_cast<float>(options.size);
  const int64_t samples =
      options.samples > 0 ? options.samples : static_cast<int64_t>(std::ceil(step));
  std::vector<Bin> bins(options.size);
  for (int64_t b = 0; b < options.size; ++b) {
    Bin& bin = bins[b];
    for (int64_t i = 0; i < samples; ++i) {
      float place = begin + static_cast<float>(b) * step +
                    (static_cast<float>(i) + 0.5F) * step / static_cast<float>(samples);
      if (place < -1 || place > static_cast<float>(limit)) continue;
      place = std::clamp(place, 0.0F, static_cast<float>(limit - 1));
      const auto low = static_cast<int64_t>(place);
      const int64_t high = std::min(low + 1, limit - 1);
      const float weight_of_high = place - static_cast<float>(low);
      if (bin.weights.empty()) bin.first = low;
      bin.weights.resize(std::max(high - bin.first + 1, std::ssize(bin.weights)));
      bin.weights[low - bin.first] += (1 - weight_of_high) / static_cast<float>(samples);
      bin.weights[high - bin.first] += weight_of_high / static_cast<float>(samples);
    }
  }
  return bins;
}

/// The bins of one box.
struct Roi {
  int64_t image;
  std::vector<Bin> rows, columns;
};

std::vector<Roi> rois_of(const at::Tensor& features, const at::Tensor& boxes,
                         const at::Tensor& images, int64_t stride, const RoiAlign& options) {
  const at::Tensor corners = boxes.detach().cpu().contiguous(), image = images.cpu().contiguous();
  const auto* corner = corners.const_data_ptr<float>();
  const auto scale = 1 / static_cast<float>(stride);
  const float offset = options.aligned ? 0.5F : 0.0F;
  auto place = [&](int64_t k) { return corner[k] * scale - offset; };
  std::vector<Roi> rois;
  for (int64_t r = 0; r < boxes.size(0); ++r) {
    rois.push_back({image.const_data_ptr<int64_t>()[r],
                    bins_of(place(4 * r + 1), place(4 * r + 3), features.size(2), options),
                    bins_of(place(4 * r), place(4 * r + 2), features.size(3), options)});
  }
  return rois;
}

/// RoIAlign as a product of a sparse matrix [bins, positions] with the features [positions, C].
at::Tensor align_by_product(const at::Tensor& features, const std::vector<Roi>& rois,
                            int64_t size) {
  const int64_t height = features.size(2), width = features.size(3);
  std::vector<int64_t> bins, positions;
  std::vector<float> weights;
  int64_t index = 0;
  for (const Roi& roi : rois) {
    for (const Bin& row : roi.rows) {
      for (const Bin& column : roi.columns) {
        for (size_t y = 0; y < row.weights.size(); ++y) {
          const int64_t line = (roi.image * height + row.first + static_cast<int64_t>(y)) * width;
          for (size_t x = 0; x < column.weights.size(); ++x) {
            bins.push_back(index);
            positions.push_back(line + column.first + static_cast<int64_t>(x));
            weights.push_back(row.weights[y] * column.weights[x]);
          }
        }
        ++index;
      }
    }
  }
  const auto count = static_cast<int64_t>(weights.size());
  at::Tensor indices = at::empty({2, count}, at::kLong), values = at::empty({count}, at::kFloat);
  std::copy(bins.begin(), bins.end(), indices.mutable_data_ptr<int64_t>());
  std::copy(positions.begin(), positions.end(), indices.mutable_data_ptr<int64_t>() + count);
  std::copy(weights.begin(), weights.end(), values.mutable_data_ptr<float>());
  at::Tensor matrix =
      at::sparse_coo_tensor(indices.to(features.device()), values.to(features.device()),
                            {index, features.size(0) * height * width});
  at::Tensor flat = features.permute({0, 2, 3, 1}).reshape({-1, features.size(1)});
  return at::_sparse_mm(matrix, flat.to(at::kFloat))
      .view({static_cast<int64_t>(rois.size()), size, size, features.size(1)})
      .permute({0, 3, 1, 2});
}

}  // namespace

at::Tensor roi_align(const at::Tensor& features, const at::Tensor& boxes, const at::Tensor& images,
                     int64_t stride, const RoiAlign& options) {
  return align_by_product(features, rois_of(features, boxes, images, stride, options),
                          options.size);
}

}  // namespace clipwork::mask_rcnn

#include "masks/gpu_render.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <clipwork/error.h>
#include <clipwork/to_device.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <deque>
#include <mutex>
#include <vector>

#include "kernels/gpu/gpu_kernels.h"
#include "masks/render.h"

namespace clipwork {

namespace {

/// Most masks of a call: the kernel's grid has a row per mask.
constexpr int64_t kMostMasks = 65535;
/// Changes per mask that there is room for at least.
constexpr int64_t kLeastRoom = 256;
/// Numbers for the cursors of the output and of the network's size, before the strips.
constexpr int64_t kCursorNumbers = 4;
constexpr int64_t kStripNumbers = sizeof(gpu::Strip) / sizeof(int32_t);

bool within_limits(Size source, Size output) {
  return source.height <= gpu::kMostRows && output.height <= gpu::kMostOutputRows;
}

/// The tables of an enlargement on a device: x_index, y_index, x_weight, y_weight, the weights as
/// bits of floats.
class DeviceTables {
 public:
  struct Entry {
    Size source;
    Geometry geometry;
    MaskForm::Growth growth;
    Size output;
    Tensor numbers;

    gpu::Enlargement enlargement() const {
      gpu::Enlargement e{};
      e.height = static_cast<int32_t>(source.height);
      e.width = static_cast<int32_t>(source.width);
      e.out_height = static_cast<int32_t>(output.height);
      e.out_width = static_cast<int32_t>(output.width);
      e.x_index = numbers.const_data_ptr<int32_t>();
      e.y_index = e.x_index + gpu::kTaps * output.width;
      e.x_weight = reinterpret_cast<const float*>(e.y_index + gpu::kTaps * output.height);
      e.y_weight = e.x_weight + gpu::kTaps * output.width;
      return e;
    }
  };

  Entry get(Size source, const Geometry& geometry, MaskForm form, Size output, c10::Device device) {
    std::lock_guard lock(mutex_);
    for (const Entry& entry : entries_) {
      if (entry.source == source && entry.geometry == geometry && entry.growth == form.growth &&
          entry.output == output && entry.numbers.device() == device) {
        return entry;
      }
    }
    const Tensor numbers = numbers_of(enlargement(source, geometry, form, output));
    entries_.push_back({source, geometry, form.growth, output, to_device(numbers, device)});
    if (entries_.size() > kSizes) entries_.pop_front();
    return entries_.back();
  }

 private:
  static constexpr size_t kSizes = 16;

  static Tensor numbers_of(const Enlargement& mixes) {
    static_assert(gpu::kTaps == kRenderTaps);
    std::vector<int32_t> index, weight;
    for (const std::vector<Mix>* axis : {&mixes.columns, &mixes.rows}) {
      for (const Mix& mix : *axis) {
        for (int k = 0; k < kRenderTaps; ++k) {
          index.push_back(mix.index[k]);
          weight.push_back(std::bit_cast<int32_t>(static_cast<float>(mix.weight[k])));
        }
      }
    }
    Tensor numbers = at::empty({static_cast<int64_t>(index.size() + weight.size())}, at::kInt);
    auto* to = numbers.mutable_data_ptr<int32_t>();
    std::copy(weight.begin(), weight.end(), std::copy(index.begin(), index.end(), to));
    return numbers;
  }

  std::mutex mutex_;
  std::deque<Entry> entries_;
};

DeviceTables& device_tables() {
  // Never destroyed: at the end of the process the device is gone.
  static auto& tables = *new DeviceTables;
  return tables;
}

/// Room for changes per mask, after those that were rendered last.
std::atomic<int64_t>& room_per_mask() {
  static std::atomic<int64_t> room{kLeastRoom};
  return room;
}

int64_t strips_of(Size output) {
  return (output.width + gpu::kStripColumns - 1) / gpu::kStripColumns;
}

/// Renders into one tensor of the device and copies it: cursors, strips of the output, strips of
/// the network's size for Quality::padded, changes.
class GpuRendering {
 public:
  GpuRendering(const Tensor& values, const Geometry& geometry, MaskForm form, Quality quality)
      : values_(values.contiguous()), geometry_(geometry), form_(form), quality_(quality) {
    const int64_t masks = values_.size(0);
    network_strips_ = kCursorNumbers + masks * strips_of(geometry.output) * kStripNumbers;
    changes_ = network_strips_;
    if (quality == Quality::padded) changes_ += masks * strips_of(geometry.resized) * kStripNumbers;
  }

  Rendered run() {
    const int64_t masks = values_.size(0), room = room_per_mask() * masks;
    enqueue(room);
    if (cursor() > room) enqueue(cursor());
    // Masks of the next frame have about as many runs.
    room_per_mask() = std::max(kLeastRoom, cursor() * 5 / 4 / masks + 1);
    return rendered();
  }

 private:
  void enqueue(int64_t room) {
    const c10::DeviceGuard guard(values_.device());
    Tensor numbers = at::empty({changes_ + (room + 1) / 2}, values_.options().dtype(at::kInt));
    numbers.narrow(0, 0, kCursorNumbers).zero_();
    auto* data = numbers.mutable_data_ptr<int32_t>();
    start(geometry_.output, quality_ == Quality::output, data + kCursorNumbers, data,
          data + changes_, room);
    if (quality_ == Quality::padded) {
      start(geometry_.resized, true, data + network_strips_, data + 1, data + changes_, 0);
    }
    host_ = numbers.cpu();
  }

  void start(Size output, bool sums, int32_t* strips, int32_t* cursor, int32_t* changes,
             int64_t room) const {
    const Size source{values_.size(1), values_.size(2)};
    const DeviceTables::Entry tables =
        device_tables().get(source, geometry_, form_, output, values_.device());
    gpu::Enlargement e = tables.enlargement();
    e.threshold = static_cast<float>(threshold(form_));
    using Sum = gpu::Enlargement::Sum;
    const bool logits = form_.values == MaskForm::Values::logits;
    e.sum = !sums ? Sum::none : logits ? Sum::sigmoids : Sum::values;
    void* stream =
        c10::impl::VirtualGuardImpl(c10::kCUDA).getStream(values_.device()).native_handle();
    const int error = gpu::kernels()->runs(
        values_.const_data_ptr<float>(), static_cast<int32_t>(values_.size(0)), e,
        reinterpret_cast<uint16_t*>(changes), static_cast<uint32_t>(room),
        reinterpret_cast<uint32_t*>(cursor), reinterpret_cast<gpu::Strip*>(strips), stream);
    if (error != 0) {
      throw Error(cat("masks cannot be rendered on the GPU: ", gpu::kernels()->error_text(error)));
    }
  }

  const uint32_t* host() const {
    return reinterpret_cast<const uint32_t*>(host_.const_data_ptr<int32_t>());
  }
  int64_t cursor() const { return host()[0]; }
  gpu::Strip strip(int64_t place) const {
    gpu::Strip strip{};
    std::memcpy(&strip, host() + place, sizeof strip);
    return strip;
  }

  Rendered rendered() const {
    Rendered result;
    const int64_t masks = values_.size(0), strips = strips_of(geometry_.output);
    const auto* all = reinterpret_cast<const uint16_t*>(host() + changes_);
    for (int64_t m = 0; m < masks; ++m) {
      std::vector<uint32_t> changes;
      for (int64_t s = 0; s < strips; ++s) {
        const gpu::Strip part = strip(kCursorNumbers + (m * strips + s) * kStripNumbers);
        const uint16_t* first = all + part.first;
        const auto pixel = static_cast<uint32_t>(s * gpu::kStripColumns * geometry_.output.height);
        for (uint32_t i = 0; i < part.count; ++i) changes.push_back(pixel + first[i]);
      }
      result.masks.push_back(mask_of_changes(changes, geometry_.output));
    }
    if (quality_ == Quality::output) result.quality = quality(kCursorNumbers, strips);
    if (quality_ == Quality::padded) {
      result.quality = quality(network_strips_, strips_of(geometry_.resized));
    }
    return result;
  }

  /// Double [M, 2] of the strips that begin at `first`.
  Tensor quality(int64_t first, int64_t strips) const {
    Tensor sums = at::zeros({values_.size(0), 2}, at::kDouble);
    auto of_mask = sums.accessor<double, 2>();
    for (int64_t m = 0; m < values_.size(0); ++m) {
      for (int64_t s = 0; s < strips; ++s) {
        const gpu::Strip part = strip(first + (m * strips + s) * kStripNumbers);
        of_mask[m][0] += part.sum;
        of_mask[m][1] += part.on;
      }
    }
    return sums;
  }

  Tensor values_;
  Geometry geometry_;
  MaskForm form_;
  Quality quality_;
  int64_t network_strips_ = 0, changes_ = 0;  // where they begin
  Tensor host_;
};

}  // namespace

bool suits_gpu_rendering(const Tensor& values, const Geometry& geometry) {
  const Size source{values.size(1), values.size(2)};
  return values.is_cuda() && values.size(0) > 0 && values.size(0) <= kMostMasks &&
         within_limits(source, geometry.output) && within_limits(source, geometry.resized) &&
         gpu::kernels() != nullptr;
}

Rendered render_on_gpu(const Tensor& values, const Geometry& geometry, MaskForm form,
                       Quality quality) {
  return GpuRendering(values, geometry, form, quality).run();
}

}  // namespace clipwork

#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>
#include <clipwork/error.h>
#include <clipwork/host/batch.h>
#include <clipwork/to_device.h>

#include <algorithm>

namespace clipwork {

namespace {

void check(const Sample& sample, int64_t frames, int64_t classes) {
  const Tensor& pixels = sample.frames;
  if (!pixels.defined() || pixels.dim() != 4 || pixels.size(1) != 3 ||
      pixels.scalar_type() != at::kByte) {
    throw InputError("the frames of a sample must be uint8 RGB [T, 3, H, W]", sample.name);
  }
  if (pixels.size(0) != frames) {
    throw InputError(
        cat("the sample has ", pixels.size(0), " frames, but the batch began with ", frames),
        sample.name, "all samples of a batch must have the same number of frames");
  }
  check_targets(sample.targets, classes);
  if (sample.targets.frames() != frames || sample.targets.masks.size(2) != pixels.size(2) ||
      sample.targets.masks.size(3) != pixels.size(3)) {
    throw InputError(
        cat("masks ", sample.targets.masks.sizes(), " do not fit frames ", pixels.sizes()),
        sample.name);
  }
}

}  // namespace

Batch make_batch(const std::vector<Sample>& samples, const Preprocess& settings, int64_t classes) {
  if (samples.empty()) throw Error("a batch needs at least one sample");
  Batch batch;
  Preprocess as_they_are = settings;
  as_they_are.resize = Preprocess::Resize::none;
  for (const Sample& sample : samples) {
    if (batch.targets.empty() && sample.frames.defined() && sample.frames.dim() == 4) {
      batch.frames = sample.frames.size(0);
    }
    check(sample, batch.frames, classes);
    batch.targets.push_back(with_ids_in_order(without_absent(sample.targets)));
    if (batch.targets.back().name.empty()) batch.targets.back().name = sample.name;
    batch.targets.back().sample = batch.videos() - 1;
    auto rounded = [&](int64_t side) {
      return (side + settings.divisor - 1) / settings.divisor * settings.divisor;
    };
    batch.padded.height = std::max(batch.padded.height, rounded(sample.frames.size(2)));
    batch.padded.width = std::max(batch.padded.width, rounded(sample.frames.size(3)));
  }
  batch.pictures = at::zeros(
      {batch.videos() * batch.frames, 3, batch.padded.height, batch.padded.width}, at::kFloat);
  int64_t place = 0;
  for (const Sample& sample : samples) {
    int64_t height = sample.frames.size(2), width = sample.frames.size(3);
    for (int64_t t = 0; t < batch.frames; ++t) {
      Tensor picture = preprocess(sample.frames[t], as_they_are).pictures[0];
      batch.pictures[place++]
          .narrow(1, 0, height)
          .narrow(2, 0, width)
          .copy_(picture.narrow(1, 0, height).narrow(2, 0, width));
    }
  }
  for (Targets& targets : batch.targets) targets = padded_targets(std::move(targets), batch.padded);
  return batch;
}

void move_to(Batch& batch, c10::Device device) {
  if (device.is_cpu()) return;
  batch.pictures = to_device(batch.pictures, device);
  for (Tensor Targets::*member : {&Targets::masks, &Targets::boxes}) {
    // One copy for all videos.
    std::vector<Tensor> flat;
    for (const Targets& targets : batch.targets) {
      if ((targets.*member).defined()) flat.push_back((targets.*member).flatten());
    }
    if (flat.empty()) continue;
    const Tensor all = to_device(at::cat(flat), device);
    int64_t first = 0;
    for (Targets& targets : batch.targets) {
      Tensor& tensor = targets.*member;
      if (!tensor.defined()) continue;
      const int64_t count = tensor.numel();
      tensor = all.narrow(0, first, count).view(tensor.sizes());
      first += count;
    }
  }
}

}  // namespace clipwork

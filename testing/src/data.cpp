#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <clipwork/testing/data.h>
#include <clipwork/testing/difference.h>

#include <algorithm>
#include <latch>
#include <thread>
#include <vector>

namespace clipwork::test {

Tensors tensors_of(const Sample& sample) {
  Tensors all;
  all.set("frames", sample.frames);
  all.set("labels", sample.targets.labels);
  all.set("ids", sample.targets.ids);
  all.set("masks", sample.targets.masks);
  all.set("boxes", sample.targets.boxes);
  return all;
}

Tensors tensors_of(const Dataset& dataset, int64_t video, int64_t frames) {
  Tensors all;
  const int64_t length = std::min(dataset.videos().at(video).length, frames);
  for (int64_t t = 0; t < length; ++t) {
    all.set(cat("frame ", t), dataset.frame(video, t).pixels);
  }
  for (const AnnotatedTrack& track : dataset.tracks(video)) {
    all.set(cat("category of track ", track.id), at::tensor(track.category, at::kLong));
    for (int64_t t = 0; t < length; ++t) {
      if (const auto& mask = track.masks.at(t)) {
        all.set(cat("track ", track.id, " in frame ", t), mask->to_tensor());
      }
    }
  }
  return all;
}

std::string difference_among_threads(const std::function<Tensors()>& make, int threads) {
  const Tensors expected = make();
  std::vector<std::string> found(threads);
  std::latch start(threads);
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&, i] {
      start.arrive_and_wait();
      try {
        found[i] = difference(make(), expected);
      } catch (const std::exception& error) {
        found[i] = cat("it threw: ", error.what());
      }
    });
  }
  for (std::thread& thread : all) thread.join();
  for (int i = 0; i < threads; ++i) {
    if (!found[i].empty()) return cat("thread ", i, ": ", found[i]);
  }
  return {};
}

}  // namespace clipwork::test

#pragma once
// Data sets, samples and transforms in tests: read twice, and by several threads at once.

#include <clipwork/dataset.h>
#include <clipwork/samples.h>

#include <functional>
#include <string>

namespace clipwork::test {

/// All that a sample holds, by name: "frames", "labels", "ids", "masks", "boxes".
Tensors tensors_of(const Sample& sample);
/// All that a video of a data set holds: a picture and an object's mask for each frame, categories
/// and ids. At most `frames` frames are read.
Tensors tensors_of(const Dataset& dataset, int64_t video, int64_t frames = 1000);

/// Empty where several threads that call `make` at once all get what one thread gets; else the
/// first difference, or what was thrown.
std::string difference_among_threads(const std::function<Tensors()>& make, int threads = 4);

}  // namespace clipwork::test

#include <clipwork/error.h>
#include <clipwork/memo.h>
#include <clipwork/prediction.h>

namespace clipwork {

std::vector<FrameMemo> split_memo(const FrameMemo& memo, int64_t batch, int64_t frames) {
  std::vector<FrameMemo> split(frames);
  for (const Tensors::Entry& entry : memo.tensors.entries) {
    if (entry.value.size(0) != batch * frames) {
      throw Error(cat("memo '", entry.name, "' has ", entry.value.size(0), " entries for ", batch,
                      " x ", frames, " frames"));
    }
    for (int64_t t = 0; t < frames; ++t) {
      // Frames are inner: entry b * frames + t. A batch of one is a plain slice, without a copy.
      Tensor part = batch == 1 ? entry.value.narrow(0, t, 1)
                               : entry.value.slice(0, t, batch * frames, frames);
      split[t].tensors.set(entry.name, part, entry.keep);
    }
  }
  for (FrameMemo& part : split) part.frames = memo.frames;
  return split;
}

}  // namespace clipwork

#include "memory.h"

#include <ATen/ops/cat.h>

namespace clipwork::iai {

namespace {

Tensor joined(const Tensor& all, const Tensor& frame, int64_t limit) {
  const int64_t positions = frame.size(1);
  const int64_t held = all.size(1) / positions;
  if (limit == 0 || held < limit) return at::cat({frame, all}, 1);
  if (limit == 1) return frame;
  return at::cat({frame, all.narrow(1, 0, (limit - 2) * positions),
                  all.narrow(1, (held - 1) * positions, positions)},
                 1);
}

}  // namespace

void put_in_front(KeyValues& global, const KeyValues& frame, int64_t limit) {
  global = {joined(global.keys, frame.keys, limit), joined(global.values, frame.values, limit)};
}

}  // namespace clipwork::iai

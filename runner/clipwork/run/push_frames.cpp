#include "run/push_frames.h"

#include <utility>

namespace clipwork::runs {

void push_frames(Stream& stream, const std::function<std::optional<Frame>()>& next,
                 const std::function<void(std::vector<SettledFrame> settled)>& pushed) {
  while (const std::optional<Frame> frame = next()) {
    std::vector<SettledFrame> settled = stream.push(*frame);
    if (pushed) pushed(std::move(settled));
  }
}

}  // namespace clipwork::runs

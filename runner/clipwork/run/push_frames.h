#pragma once

#include <clipwork/frame.h>
#include <clipwork/host/pipeline.h>

#include <functional>
#include <optional>
#include <vector>

namespace clipwork::runs {

/// Pushes the frames that `next` returns through a stream, until it returns none. After each frame
/// `pushed`, where there is one, takes the frames that settled with it. Throws what either of them
/// or the stream throws.
void push_frames(Stream& stream, const std::function<std::optional<Frame>()>& next,
                 const std::function<void(std::vector<SettledFrame> settled)>& pushed = {});

}  // namespace clipwork::runs

#include "show/live_drawing.h"
#include <clipwork/parallel.h>

#include <algorithm>

namespace clipwork::runs {

LiveDrawing::LiveDrawing(Drawing& drawing, const ClassesSection& classes)
    : drawing_(drawing), classes_(classes), thread_([this] { draw(); }) {}

LiveDrawing::~LiveDrawing() {
  queue_.close();
  if (thread_.joinable()) thread_.join();
}

void LiveDrawing::draw() {
  set_threads_here(1);
  try {
    while (auto next = queue_.pop([] { return false; })) {
      const auto& [frame, settled] = *next;
      drawing_.add(frame, shown_tracks(settled.rows, classes_), [&](int64_t track) {
        auto found = std::find_if(settled.masks.begin(), settled.masks.end(),
                                  [&](const auto& mask) { return mask.track == track; });
        return found == settled.masks.end() ? std::nullopt : std::optional(found->mask);
      });
    }
  } catch (...) {
    failure_ = std::current_exception();
  }
  queue_.close();
}

void LiveDrawing::hold(const Frame& frame) { held_.push_back(frame); }

void LiveDrawing::add(std::vector<SettledFrame> settled) {
  for (SettledFrame& one : settled) {
    Frame frame = std::move(held_.front());
    held_.pop_front();
    if (!queue_.push({std::move(frame), std::move(one)})) end();
  }
}

void LiveDrawing::finish(double seconds) {
  end();
  drawing_.finish(seconds);
}

void LiveDrawing::end() {
  queue_.close();
  if (thread_.joinable()) thread_.join();
  if (failure_) std::rethrow_exception(failure_);
}

}  // namespace clipwork::runs

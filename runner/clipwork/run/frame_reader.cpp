#include "run/frame_reader.h"

#include <clipwork/parallel.h>

#include <chrono>

namespace clipwork::runs {

FrameReader::FrameReader(std::shared_ptr<Source> source, int64_t most, std::function<bool()> stop)
    : source_(std::move(source)),
      most_(most),
      stop_(std::move(stop)),
      thread_([this] { read(); }) {}

FrameReader::~FrameReader() {
  queue_.close();
  source_->cancel();
  thread_.join();
}

void FrameReader::read() {
  // LibTorch's threads are counted per thread: those of the models would be joined by as many.
  set_threads_here(1);
  try {
    for (int64_t given = 0; most_ == 0 || given < most_; ++given) {
      const auto start = std::chrono::steady_clock::now();
      std::optional<Frame> frame = source_->next();
      const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
      seconds_ = seconds_ + spent.count();
      if (!frame || !queue_.push(std::move(*frame))) break;
    }
  } catch (...) {
    failure_ = std::current_exception();
  }
  queue_.close();
}

std::optional<Frame> FrameReader::next() {
  std::optional<Frame> frame = queue_.pop(stop_);
  if (!frame && !stop_() && failure_) std::rethrow_exception(failure_);
  return frame;
}

}  // namespace clipwork::runs

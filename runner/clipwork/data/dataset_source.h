#pragma once

#include <clipwork/dataset.h>
#include <clipwork/source.h>

#include <memory>
#include <optional>

namespace clipwork::runs {

/// The frames of one video of a data set, in order.
class DatasetSource final : public Source {
 public:
  DatasetSource(std::shared_ptr<const Dataset> dataset, int64_t index)
      : dataset_(std::move(dataset)), index_(index) {}
  std::optional<Frame> next() override {
    if (next_ == *count()) return {};
    return dataset_->frame(index_, next_++);
  }
  std::optional<int64_t> count() const override {
    return dataset_->videos()[static_cast<size_t>(index_)].length;
  }

 private:
  std::shared_ptr<const Dataset> dataset_;
  int64_t index_, next_ = 0;
};

/// "video 3 (dogs)"
inline std::string called(const VideoEntry& video) {
  return cat("video ", video.id, " (", video.name, ")");
}

}  // namespace clipwork::runs

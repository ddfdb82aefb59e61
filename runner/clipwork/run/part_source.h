#pragma once

#include <clipwork/source.h>

#include <memory>
#include <optional>

namespace clipwork::runs {

/// The frames of a source from a time on, up to a time, every n-th. Indices and times count from
/// the first of them.
class PartSource final : public Source {
 public:
  struct Part {
    double start = 0;           ///< seconds
    std::optional<double> end;  ///< seconds; frames at this time or later are left out
    int64_t every = 1;
    bool whole() const { return start <= 0 && !end && every == 1; }
  };
  PartSource(std::shared_ptr<Source> source, const Part& part)
      : source_(std::move(source)), part_(part) {}

  std::optional<Frame> next() override;
  /// Known only if every frame's time does not matter.
  std::optional<int64_t> count() const override;
  double rate() const override { return source_->rate() / static_cast<double>(part_.every); }
  std::vector<std::string> remarks() const override { return source_->remarks(); }
  void cancel() override { source_->cancel(); }

 private:
  std::shared_ptr<Source> source_;
  Part part_;
  int64_t in_part_ = 0, next_index_ = 0;
  double first_seconds_ = 0;
};

}  // namespace clipwork::runs

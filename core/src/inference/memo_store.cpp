#include "inference/memo_store.h"

#include <ATen/ops/empty_strided.h>
#include <ATen/ops/isinf.h>
#include <c10/core/InferenceMode.h>
#include <clipwork/error.h>
#include <clipwork/host/log.h>

#include <algorithm>
#include <mutex>
#include <unordered_set>

#include "base/temporary_file.h"

namespace clipwork {

namespace {

enum class Place { memory, spool, recompute };

Place first_place(const MemorySection& section) {
  if (section.memos == MemorySection::Memos::spool) return Place::spool;
  return section.memos == MemorySection::Memos::recompute ? Place::recompute : Place::memory;
}

const char* name_of(Place place) {
  switch (place) {
    case Place::spool:
      return "spool";
    case Place::recompute:
      return "recompute";
    case Place::memory:
      break;
  }
  return "memory";
}

int64_t bytes_of(const Tensor& value) { return static_cast<int64_t>(value.nbytes()); }

/// Half precision where the values fit it, else as they came.
Tensor halved(const Tensor& value) {
  if (value.scalar_type() != at::kFloat) return value;
  Tensor half = value.to(at::kHalf);
  return at::isinf(half).any().item<bool>() ? value : half;
}

}  // namespace

/// Shared by all entries of a stream; lives as long as any of them.
class MemoStore::Books {
 public:
  Books(const MemorySection& section, std::optional<int64_t> frames)
      : automatic(section.memos == MemorySection::Memos::automatic),
        half(section.memos_precision == MemorySection::Precision::half),
        budget(section.memos_mb << 20),
        at_once(frames),
        place(first_place(section)),
        file("frame memos",
             "set memory.memos_precision = \"half\" or memory.memos = \"recompute\"") {}

  std::mutex mutex;
  const bool automatic, half;
  const int64_t budget;
  const std::optional<int64_t> at_once;
  Place place;
  TemporaryFile file;
  std::unordered_set<Entry*> live;
  int64_t frames = 0, recomputed = 0;
  int64_t held = 0, peak_held = 0;                           // bulk bytes in main memory
  int64_t exact_bytes = 0, bulk_bytes = 0, again_bytes = 0;  // of the latest frame
  // The frame that was computed again last: its entries are asked for one after the other.
  std::shared_ptr<const Again> latest_source;
  FrameMemo latest;

  void hold(int64_t bytes) {
    held += bytes;
    peak_held = std::max(peak_held, held);
  }
  /// Before a frame of `bytes` comes: whether memory still does.
  void choose(int64_t bytes);
};

class MemoStore::Entry : public StoredTensor {
 public:
  Entry(std::shared_ptr<Books> books, std::string name, const Tensor& value,
        std::shared_ptr<const Again> source)
      : books_(std::move(books)),
        name_(std::move(name)),
        sizes_(value.sizes().vec()),
        options_(value.options()),
        source_(std::move(source)) {
    if (source_) return;
    value_ = books_->half ? halved(value) : value;
    if (!value_.is_non_overlapping_and_dense()) value_ = value_.contiguous();
    strides_ = value_.strides().vec();
    kept_options_ = value_.options();
    bytes_ = bytes_of(value_);
    if (books_->place == Place::spool) {
      write();
    } else {
      books_->hold(bytes_);
    }
    books_->live.insert(this);
  }

  ~Entry() override {
    if (source_) return;
    std::lock_guard lock(books_->mutex);
    books_->live.erase(this);
    if (value_.defined()) {
      books_->held -= bytes_;
    } else if (offset_ >= 0) {
      books_->file.release(offset_, bytes_);
    }
  }

  at::IntArrayRef sizes() const override { return sizes_; }

  Tensor load() const override {
    c10::InferenceMode inference;
    std::lock_guard lock(books_->mutex);
    if (source_) return recompute();
    Tensor value = value_.defined() ? value_ : read();
    return value.to(options_);
  }

  /// From main memory to the file.
  void spool() {
    if (!value_.defined()) return;
    write();
    books_->held -= bytes_;
  }

 private:
  void write() {
    // Dense memory goes as it lies; a view on it has its strides.
    offset_ = books_->file.write(value_.cpu().const_data_ptr(), bytes_);
    value_ = Tensor();
  }

  Tensor read() const {
    Tensor value = at::empty_strided(sizes_, strides_, kept_options_.device(at::kCPU));
    books_->file.read(offset_, value.mutable_data_ptr(), bytes_);
    return value;
  }

  Tensor recompute() const {
    if (books_->latest_source != source_) {
      books_->latest_source = nullptr;
      books_->latest = (*source_)();
      books_->latest_source = source_;
      ++books_->recomputed;
    }
    return books_->latest.tensors.at(name_);
  }

  std::shared_ptr<Books> books_;
  std::string name_;
  std::vector<int64_t> sizes_, strides_;
  at::TensorOptions options_, kept_options_;
  std::shared_ptr<const Again> source_;  // where it is computed again
  Tensor value_;                         // where it is in main memory
  int64_t offset_ = -1, bytes_ = 0;      // where it is in the file
};

void MemoStore::Books::choose(int64_t bytes) {
  if (!automatic || place != Place::memory) return;
  const int64_t kept = half ? bytes / 2 : bytes;
  const bool first = frames == 0;
  const int64_t expected = first && at_once ? kept * *at_once : held + kept;
  if (expected <= budget) return;
  place = Place::spool;
  if (first && expected > free_temporary_bytes()) {
    place = Place::recompute;
    log_warn("frame memos of ", expected >> 20, " MB fit neither memory.memos_mb nor ",
             temporary_folder(), "; frames will be computed twice");
    return;
  }
  // The handles stay; what they stand for moves.
  for (Entry* entry : live) entry->spool();
}

MemoStore::MemoStore(const MemorySection& section, std::optional<int64_t> at_once)
    : books_(std::make_shared<Books>(section, at_once)) {}

MemoStore::~MemoStore() {
  // A frame that was computed again is of no use to handles that outlive the stream.
  std::lock_guard lock(books_->mutex);
  books_->latest_source = nullptr;
  books_->latest = {};
}

void MemoStore::keep(FrameMemo& memo, const std::function<Again()>& make_again,
                     int64_t again_bytes) {
  Books& books = *books_;
  std::lock_guard lock(books.mutex);
  int64_t bulk = 0, exact = 0;
  for (const Tensors::Entry& entry : memo.tensors.entries) {
    (entry.keep == Keep::bulk ? bulk : exact) += bytes_of(entry.value);
  }
  books.choose(bulk);
  books.bulk_bytes = bulk;
  books.exact_bytes = exact;
  books.again_bytes = again_bytes;
  ++books.frames;
  std::shared_ptr<const Again> source;
  if (books.place == Place::recompute) source = std::make_shared<Again>(make_again());
  for (Tensors::Entry& entry : memo.tensors.entries) {
    if (entry.keep != Keep::bulk) continue;
    entry.stored = std::make_shared<Entry>(books_, entry.name, entry.value, source);
    entry.value = Tensor();
  }
}

void MemoStore::report(MemoryUse& use) const {
  const Books& books = *books_;
  std::lock_guard lock(books_->mutex);
  use.memos = name_of(books.place);
  use.precision = books.half ? "half" : "float";
  use.bytes_per_frame = books.exact_bytes;
  if (books.place == Place::memory) {
    use.bytes_per_frame += books.half ? books.bulk_bytes / 2 : books.bulk_bytes;
  } else if (books.place == Place::recompute) {
    use.bytes_per_frame += books.again_bytes;
  }
  use.held_bytes = books.held;
  use.peak_held_bytes = books.peak_held;
  use.memo_file_bytes = books.file.size();
  use.recomputed = books.recomputed;
}

}  // namespace clipwork

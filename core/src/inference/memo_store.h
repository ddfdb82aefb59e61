#pragma once
// Bulk entries of the memos of one stream: in main memory, in a temporary file, or computed again.

#include <clipwork/features.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/sections.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace clipwork {

/// A handle keeps its entry alive, wherever it is stored; the last handle frees it. Every form but
/// half precision returns identical bits. May be used by several threads.
class MemoStore {
 public:
  /// `at_once`: the most frames whose memos windows need together, where it is known. With it
  /// `memos = "auto"` decides at the first frame; without, it moves on when the budget is reached.
  MemoStore(const MemorySection& section, std::optional<int64_t> at_once);
  ~MemoStore();
  /// Takes over the bulk entries of one frame's memo. `again` computes that memo once more and owns
  /// what it needs for that, `again_bytes` of main memory.
  void keep(FrameMemo& memo, std::function<FrameMemo()> again, int64_t again_bytes);
  /// Fills what is known here.
  void report(MemoryUse& use) const;

 private:
  class Books;
  class Entry;
  std::shared_ptr<Books> books_;
};

}  // namespace clipwork

// Where bulk entries of frame memos lie, and that it changes nothing of what comes out.

#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/rand.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "core/loop_components.h"
#include "inference/memo_store.h"
#include "result_text.h"
#include "support.h"

using namespace clipwork;
using namespace clipwork::test;

namespace {

using Memos = MemorySection::Memos;
using Precision = MemorySection::Precision;

MemorySection memory_section(Memos memos, Precision precision = Precision::single,
                             int64_t megabytes = 1024) {
  MemorySection section;
  section.memos = memos;
  section.memos_precision = precision;
  section.memos_mb = megabytes;
  return section;
}

/// A memo of one bulk entry of half a megabyte, channels_last, and one that must stay exact.
FrameMemo memo_of(int64_t frame) {
  FrameMemo memo;
  Tensor map = at::rand({1, 8, 128, 128}).add(frame).contiguous(at::MemoryFormat::ChannelsLast);
  memo.tensors.set("map", map, Keep::bulk);
  memo.tensors.set("token", at::full({1, 4}, frame));
  return memo;
}

/// Computes a memo again by giving it back.
std::function<MemoStore::Again()> giving(const FrameMemo& memo) {
  return [memo] { return [memo] { return memo; }; };
}

MemoStore::Again never() { throw Error("must not be computed again"); }

MemoryUse use_of(const MemoStore& store) {
  MemoryUse use;
  store.report(use);
  return use;
}

int64_t files_in(const std::filesystem::path& folder) {
  int64_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

/// TMPDIR for the length of a test.
class TemporaryFolder {
 public:
  TemporaryFolder() { setenv("TMPDIR", scratch_.path().c_str(), 1); }
  ~TemporaryFolder() { unsetenv("TMPDIR"); }
  const std::filesystem::path path() const { return scratch_.path(); }

 private:
  ScratchFolder scratch_;
};

std::string masks_of(const Pipeline& pipeline, std::optional<int64_t> frames, MemoryUse* use) {
  VideoInfo video;
  video.frames = frames;
  Stream stream = pipeline.open(video);
  for (int t = 0; t < 9; ++t) stream.push(frame_of(t * 7 % 5, t));
  *use = stream.memory();
  return text(stream.finish().result);
}

}  // namespace

TEST(Memory, EveryPlaceGivesBackTheBitsAndStridesThatCame) {
  for (const auto& [memos, place] : {std::pair{Memos::automatic, "memory"},
                                     {Memos::memory, "memory"},
                                     {Memos::spool, "spool"},
                                     {Memos::recompute, "recompute"}}) {
    MemoStore store(memory_section(memos), {});
    std::vector<FrameMemo> kept, original;
    for (int64_t frame = 0; frame < 3; ++frame) {
      original.push_back(memo_of(frame));
      kept.push_back(original.back());
      store.keep(kept.back(), giving(original.back()), 100);
    }
    for (int round = 0; round < 2; ++round) {
      for (size_t frame = 0; frame < kept.size(); ++frame) {
        Tensor value = kept[frame].tensors.at("map");
        Tensor expected = original[frame].tensors.at("map");
        EXPECT_TRUE(at::equal(value, expected)) << place;
        EXPECT_EQ(value.strides(), expected.strides()) << place;
        EXPECT_EQ(kept[frame].tensors.at("token")[0][0].item<int64_t>(), frame);
      }
    }
    EXPECT_EQ(use_of(store).memos, place);
  }
}

TEST(Memory, HalfPrecisionIsWithinItsOwnRounding) {
  for (const Memos memos : {Memos::memory, Memos::spool}) {
    MemoStore store(memory_section(memos, Precision::half), {});
    FrameMemo memo = memo_of(3), kept = memo;
    store.keep(kept, never, 0);
    Tensor value = kept.tensors.at("map"), expected = memo.tensors.at("map");
    EXPECT_EQ(value.scalar_type(), at::kFloat);
    EXPECT_EQ(value.strides(), expected.strides());
    double error = value.sub(expected).div(expected).abs().max().item<double>();
    EXPECT_GT(error, 0) << use_of(store).memos;
    EXPECT_LE(error, 1.0 / 2048) << use_of(store).memos;
    EXPECT_EQ(use_of(store).bytes_per_frame,
              memos == Memos::memory ? expected.numel() * 2 + 32 : 32);
  }
}

TEST(Memory, ValuesThatHalfPrecisionCannotHoldStayExact) {
  MemoStore store(memory_section(Memos::memory, Precision::half), {});
  FrameMemo kept;
  Tensor large = at::full({1, 2, 2, 2}, 1e6);
  kept.tensors.set("map", large, Keep::bulk);
  store.keep(kept, never, 0);
  EXPECT_TRUE(at::equal(kept.tensors.at("map"), large));
}

TEST(Memory, MovesToTheFileWhenTheBudgetIsReached) {
  // A megabyte holds two entries.
  MemoStore store(memory_section(Memos::automatic, Precision::single, 1), {});
  std::vector<FrameMemo> kept, original;
  for (int64_t frame = 0; frame < 5; ++frame) {
    original.push_back(memo_of(frame));
    kept.push_back(original.back());
    store.keep(kept.back(), never, 0);
    MemoryUse use = use_of(store);
    EXPECT_EQ(use.memos, frame < 2 ? "memory" : "spool");
    EXPECT_EQ(use.held_bytes, frame < 2 ? (frame + 1) << 19 : 0);
  }
  EXPECT_EQ(use_of(store).peak_held_bytes, 1 << 20);
  EXPECT_EQ(use_of(store).memo_file_bytes, 5 << 19);
  for (size_t frame = 0; frame < kept.size(); ++frame) {
    EXPECT_TRUE(at::equal(kept[frame].tensors.at("map"), original[frame].tensors.at("map")));
  }
}

TEST(Memory, DecidesAtTheFirstFrameWhereTheLengthIsKnown) {
  for (int64_t frames : {2, 3}) {
    MemoStore store(memory_section(Memos::automatic, Precision::single, 1), frames);
    FrameMemo memo = memo_of(0);
    store.keep(memo, never, 0);
    EXPECT_EQ(use_of(store).memos, frames == 2 ? "memory" : "spool");
  }
  // Half precision fits twice as many.
  MemoStore store(memory_section(Memos::automatic, Precision::half, 1), 4);
  FrameMemo memo = memo_of(0);
  store.keep(memo, never, 0);
  EXPECT_EQ(use_of(store).memos, "memory");
}

TEST(Memory, ComputesTwiceWhatFitsNeitherMemoryNorDisk) {
  MemoStore store(memory_section(Memos::automatic, Precision::single, 1), int64_t{1} << 40);
  FrameMemo memo = memo_of(0), original = memo;
  store.keep(memo, giving(original), 100);
  EXPECT_EQ(use_of(store).memos, "recompute");
  EXPECT_TRUE(at::equal(memo.tensors.at("map"), original.tensors.at("map")));
}

TEST(Memory, WhatIsForgottenFreesItsPlace) {
  MemoStore store(memory_section(Memos::spool), {});
  for (int64_t frame = 0; frame < 20; ++frame) {
    FrameMemo memo = memo_of(frame);
    store.keep(memo, never, 0);
  }
  EXPECT_EQ(use_of(store).memo_file_bytes, 1 << 19);
  MemoStore memory(memory_section(Memos::memory), {});
  for (int64_t frame = 0; frame < 20; ++frame) {
    FrameMemo memo = memo_of(frame);
    memory.keep(memo, never, 0);
  }
  EXPECT_EQ(use_of(memory).held_bytes, 0);
  EXPECT_EQ(use_of(memory).peak_held_bytes, 1 << 19);
}

TEST(Memory, LazyMasksReadAFrameOnlyWhenItIsAskedFor) {
  int computed = 0;
  MemoStore store(memory_section(Memos::recompute), {});
  std::vector<TensorHandle> features;
  std::vector<Tensor> plain;
  for (int64_t frame = 0; frame < 3; ++frame) {
    FrameMemo memo = memo_of(frame);
    plain.push_back(memo.tensors.at("map"));
    auto make_again = [memo, &computed] {
      return [memo, &computed] {
        ++computed;
        return memo;
      };
    };
    store.keep(memo, make_again, 0);
    features.push_back(memo.tensors.handle("map"));
  }
  Geometry geometry{{128, 128}, {128, 128}, {128, 128}};
  Tensor embeddings = at::rand({1, 5, 8});
  auto masks = product_masks(embeddings, features, {geometry, geometry, geometry});
  EXPECT_EQ(masks->size(), (Size{128, 128}));
  EXPECT_EQ(computed, 0);
  Tensor values = masks->values(1, Pairs::of({4, 2}));
  EXPECT_EQ(computed, 1);
  auto expected = product_masks(embeddings, {plain[1]}, {geometry});
  EXPECT_TRUE(at::equal(values, expected->values(0, Pairs::of({4, 2}))));
}

TEST(Memory, TheFileHasNoNameSoNothingIsLeftHoweverTheProcessEnds) {
  TemporaryFolder folder;
  MemoStore store(memory_section(Memos::spool), {});
  FrameMemo memo = memo_of(1);
  store.keep(memo, never, 0);
  EXPECT_GT(use_of(store).memo_file_bytes, 0);
  EXPECT_EQ(files_in(folder.path()), 0);
}

TEST(Memory, AFullDiskSaysWhereAndWhatHelpsAndLosesNothing) {
  TemporaryFolder folder;
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small{3 << 19, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  std::vector<FrameMemo> kept, original;
  std::string message;
  {
    MemoStore store(memory_section(Memos::spool), {});
    for (int64_t frame = 0; frame < 4 && message.empty(); ++frame) {
      original.push_back(memo_of(frame));
      FrameMemo memo = original.back();
      try {
        store.keep(memo, never, 0);
        kept.push_back(memo);
      } catch (const Error& error) {
        message = error.what();
        EXPECT_EQ(error.code(), ExitCode::failed);
      }
    }
  }
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_NE(message.find(folder.path().string()), std::string::npos) << message;
  EXPECT_NE(message.find("cannot be written: File too large"), std::string::npos) << message;
  EXPECT_NE(message.find("memory.memos_precision = \"half\""), std::string::npos) << message;
  ASSERT_EQ(kept.size(), 3u);
  for (size_t frame = 0; frame < kept.size(); ++frame) {
    EXPECT_TRUE(at::equal(kept[frame].tensors.at("map"), original[frame].tensors.at("map")));
  }
}

TEST(Memory, StreamsGiveTheSameInEveryForm) {
  for (const char* window : {"length = \"video\"", "length = 4\nstride = 2", "length = 1"}) {
    std::string expected;
    for (const char* memos : {"memory", "spool", "recompute", "auto"}) {
      // The cell of masks is one byte, so a budget of nothing moves at once.
      auto pipeline = loop_pipeline(
          cat("[window]\n", window, "\n[memory]\nmemos = \"", memos, "\"\nmemos_mb = 0\n"));
      MemoryUse use;
      std::string text = masks_of(*pipeline, {}, &use);
      if (expected.empty()) expected = text;
      EXPECT_EQ(text, expected) << window << " " << memos;
      EXPECT_EQ(use.memos, memos == std::string("auto") ? "spool" : memos);
    }
  }
}

TEST(Memory, ARecomputedFrameIsEncodedAgainWithoutBeingHeard) {
  auto pipeline = loop_pipeline("[window]\nlength = \"video\"\n[memory]\nmemos = \"recompute\"\n");
  MemoryUse use;
  masks_of(*pipeline, 9, &use);
  EXPECT_EQ(seen.encoded, 18);
  EXPECT_EQ(use.recomputed, 0);  // before the window is decoded
  EXPECT_EQ(use.bytes_per_frame, 3 * 8 * 8);
}

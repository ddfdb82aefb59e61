#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <clipwork/error.h>
#include <clipwork/memo.h>
#include <clipwork/prediction.h>
#include <gmock/gmock.h>

using namespace clipwork;
using at::Tensor;

namespace {

/// A memo of this many entries; entry i of "tokens" holds i.
FrameMemo memo_of(int64_t entries) {
  FrameMemo memo;
  memo.tensors.set("tokens", at::arange(entries, at::kFloat).view({entries, 1}), Keep::bulk);
  memo.tensors.set("queries", at::arange(entries * 2, at::kFloat).view({entries, 2}));
  return memo;
}

}  // namespace

TEST(SplitMemo, GivesEveryFrameItsEntryOfEveryVideo) {
  // Frames are inner: entries 0, 1, 2 are the frames of video 0.
  std::vector<FrameMemo> frames = split_memo(memo_of(6), 2, 3);
  ASSERT_EQ(frames.size(), 3U);
  for (int64_t t = 0; t < 3; ++t) {
    EXPECT_TRUE(frames[t].tensors.at("tokens").equal(
        at::tensor({double(t), double(t + 3)}, at::kFloat).view({2, 1})));
    EXPECT_EQ(frames[t].tensors.at("queries").sizes(), (at::IntArrayRef{2, 2}));
  }
}

TEST(SplitMemo, CopiesNothing) {
  for (int64_t batch : {1, 2}) {
    FrameMemo memo = memo_of(4);
    for (const FrameMemo& frame : split_memo(memo, batch, 4 / batch)) {
      EXPECT_TRUE(frame.tensors.at("tokens").is_alias_of(memo.tensors.at("tokens")));
    }
  }
}

TEST(SplitMemo, KeepsOrderPrecisionAndPredictions) {
  FrameMemo memo = memo_of(2);
  memo.frames = std::make_shared<ClipPrediction>();
  for (const FrameMemo& frame : split_memo(memo, 1, 2)) {
    ASSERT_EQ(frame.tensors.entries.size(), 2U);
    EXPECT_EQ(frame.tensors.entries[0].name, "tokens");
    EXPECT_EQ(frame.tensors.entries[0].keep, Keep::bulk);
    EXPECT_EQ(frame.tensors.entries[1].keep, Keep::exact);
    EXPECT_EQ(frame.frames, memo.frames);
  }
}

TEST(SplitMemo, RefusesEntriesThatAreNotOnePerFrame) {
  try {
    split_memo(memo_of(5), 2, 3);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("'tokens'"),
                                             testing::HasSubstr("5"), testing::HasSubstr("2 x 3")));
  }
}

TEST(Window, IsAsLongAsItsMemos) {
  std::vector<FrameMemo> memos = split_memo(memo_of(4), 1, 4);
  EXPECT_EQ((Window{10, memos, {}, 0, 0}.length()), 4);
}

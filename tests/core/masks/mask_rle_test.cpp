#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <clipwork/error.h>
#include <clipwork/masks.h>
#include <rapidjson/document.h>

#include "core/evaluation/golden.h"

using namespace clipwork;
using test::size_of;

namespace {

using Runs = std::vector<uint32_t>;

/// A mask drawn with '.' and '#', one text a row.
Tensor drawn(const std::vector<std::string>& rows) {
  auto height = static_cast<int64_t>(rows.size()), width = static_cast<int64_t>(rows[0].size());
  Tensor mask = at::empty({height, width}, at::kBool);
  bool* pixel = mask.mutable_data_ptr<bool>();
  for (const std::string& row : rows) {
    for (char c : row) *pixel++ = c == '#';
  }
  return mask;
}

void expect_refusal(const std::string& code, Size size, const std::string& reason) {
  try {
    MaskRle::parse(code, size);
    ADD_FAILURE() << "'" << code << "' was taken";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
  }
}

}  // namespace

TEST(MaskRle, RunsGoDownTheColumnsAndStartWithBackground) {
  MaskRle rle = MaskRle::from_tensor(drawn({"##.", ".#.", "..#"}));
  EXPECT_EQ(rle.size, (Size{3, 3}));
  EXPECT_EQ(rle.counts, (Runs{0, 1, 2, 2, 3, 1}));
  EXPECT_EQ(rle.area(), 4);
}

TEST(MaskRle, GoesToAPictureAndBack) {
  for (const auto& rows : std::vector<std::vector<std::string>>{{"."},
                                                                {"#"},
                                                                {"....", "...."},
                                                                {"####", "####"},
                                                                {".#.#.", "#.#.#"},
                                                                {"...#", ".##.", "#..."}}) {
    Tensor mask = drawn(rows);
    MaskRle rle = MaskRle::from_tensor(mask);
    EXPECT_TRUE(at::equal(rle.to_tensor(), mask));
    MaskRle read = MaskRle::parse(rle.compressed(), rle.size);
    EXPECT_EQ(read.counts, rle.counts);
    EXPECT_EQ(read.size, rle.size);
  }
}

TEST(MaskRle, TakesPicturesInAnyLayoutAndAnyNonZeroByteAsForeground) {
  Tensor mask = drawn({".##", "..#"});
  EXPECT_EQ(MaskRle::from_tensor(mask.t().contiguous().t()).counts,
            MaskRle::from_tensor(mask).counts);
  EXPECT_EQ(MaskRle::from_tensor(mask.to(at::kByte).mul(7)).counts,
            MaskRle::from_tensor(mask).counts);
  EXPECT_THROW(MaskRle::from_tensor(at::zeros({2, 2}, at::kFloat)), Error);
}

TEST(MaskRle, WritesTheCompressedStringsOfTheOfficialCode) {
  EXPECT_EQ(MaskRle::blank({480, 640}).compressed(), "PP\\9");
  EXPECT_EQ(MaskRle::from_tensor(at::ones({480, 640}, at::kBool)).compressed(), "0PP\\9");
  EXPECT_EQ(MaskRle::from_tensor(drawn({"...#...", ".......", ".......", ".......", "..#...."}))
                .compressed(),
            ">2c0");
  EXPECT_EQ(
      MaskRle::from_tensor(drawn({".#.#.#", "#.#.#.", ".#.#.#", "#.#.#.", ".#.#.#", "#.#.#."}))
          .compressed(),
      "1110010O0010O0010O0010O0010O000");
}

TEST(MaskRle, ReadsEmptyRunsAndLeavesThemOut) {
  EXPECT_EQ(MaskRle::parse("3202;", {4, 5}).compressed(), "36;");
  EXPECT_EQ(MaskRle::parse("::0", {4, 5}).compressed(), "::");
  EXPECT_EQ(MaskRle::parse("d00", {4, 5}).compressed(), "d0");
  EXPECT_EQ(MaskRle::parse("60433", {4, 5}).compressed(), ":37");
  EXPECT_EQ(MaskRle::parse("00555", {4, 5}).compressed(), "55:");
}

TEST(MaskRle, AMaskWithoutPixelsHasNoRuns) {
  EXPECT_EQ(MaskRle::parse("", {5, 0}).counts, Runs());
  EXPECT_EQ(MaskRle::blank({0, 0}).compressed(), "");
  EXPECT_EQ(MaskRle::from_tensor(at::zeros({5, 0}, at::kBool)).counts, Runs());
  EXPECT_EQ(MaskRle::parse("", {5, 0}).to_tensor().sizes(), (at::IntArrayRef{5, 0}));
}

TEST(MaskRle, RefusesCodesThatDoNotFillTheMaskExactly) {
  expect_refusal("34", {4, 5}, "7 pixels instead of 20");
  expect_refusal("", {4, 5}, "0 pixels instead of 20");
  expect_refusal("34>", {4, 5}, "the runs cover more than its 20 pixels");
  expect_refusal("3PPZfVg3", {4, 5}, "the runs cover more than its 20 pixels");
}

TEST(MaskRle, RefusesStringsThatAreNotNumbersAndSaysWhere) {
  expect_refusal("34P", {4, 5}, "character 3: it ends in the middle of a number");
  expect_refusal("3!4=", {4, 5}, "character 2: only the characters");
  expect_refusal("3z4", {4, 5}, "character 2: only the characters");
  expect_refusal("34\xc3\xa9", {4, 5}, "character 3: only the characters");
  expect_refusal(std::string(40, 'o') + "0", {4, 5}, "the number is too long");
  expect_refusal("O0d0", {4, 5}, "character 1: a run is negative");
  expect_refusal("342J", {4, 5}, "character 4: a run is negative");
}

TEST(MaskRle, RefusesSizesThatRunLengthsCannotCountBeforeAnythingIsAllocated) {
  expect_refusal("0", {4000000000, 4000000000}, "4000000000 x 4000000000");
  expect_refusal("d0", {-4, -5}, "-5 x -4");
  EXPECT_THROW(MaskRle::blank({1 << 17, 1 << 17}), InputError);
}

// ---- the whole golden set of the official code

namespace {}  // namespace

TEST(MaskRleGolden, EveryCodeOfTheOfficialToolsReadsAndWritesTheSame) {
  CLIPWORK_NEEDS_SHARED("evaluation/rle.json");
  rapidjson::Document golden;
  golden.Parse(test::read_file(test::shared_dir() / "evaluation/rle.json").c_str());
  ASSERT_TRUE(golden.IsObject());
  auto check = [&](const rapidjson::Value& code) {
    std::string text = code["counts"].GetString();
    MaskRle rle = MaskRle::parse(text, size_of(code));
    EXPECT_EQ(rle.compressed(), text);
    EXPECT_EQ(rle.area(), code["area"].GetInt64());
    EXPECT_EQ(MaskRle::from_tensor(rle.to_tensor()).counts, rle.counts);
    if (code.HasMember("rows")) {
      std::vector<std::string> rows;
      for (const auto& row : code["rows"].GetArray()) rows.push_back(row.GetString());
      EXPECT_TRUE(at::equal(rle.to_tensor(), drawn(rows)));
    }
  };
  for (const auto& code : golden["masks"].GetArray()) check(code);
  for (const auto& code : golden["large"].GetArray()) check(code);
  for (const auto& code : golden["real"]["masks"].GetArray()) check(code);
  for (const auto& code : golden["unusual"].GetArray()) {
    MaskRle rle = MaskRle::parse(code["counts"].GetString(), size_of(code));
    EXPECT_EQ(rle.area(), code["area"].GetInt64());
    if (code.HasMember("canonical_counts")) {
      EXPECT_EQ(rle.compressed(), code["canonical_counts"].GetString());
    }
  }
  int refused = 0;
  for (const auto& entry : golden["must_be_refused"].GetArray()) {
    const auto& code = entry["code"];
    if (!code.IsObject() || !code.HasMember("size") || !code.HasMember("counts") ||
        !code["counts"].IsString() || code["size"].Size() != 2 || !code["size"][0].IsInt64()) {
      continue;
    }
    EXPECT_THROW(MaskRle::parse(code["counts"].GetString(), size_of(code)), InputError)
        << entry["name"].GetString();
    ++refused;
  }
  EXPECT_GE(refused, 15);
}

#include <ATen/ops/zeros.h>
#include <clipwork/error.h>
#include <clipwork/host/results_file.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <limits>

#include "inference/spool.h"
#include "support.h"

namespace clipwork {
namespace {

MaskRle box(int64_t top, int64_t left) {
  Tensor mask = at::zeros({6, 8}, at::kBool);
  mask.narrow(0, top, 2).narrow(1, left, 3).fill_(true);
  return MaskRle::from_tensor(mask);
}

/// Three frames; track 4 is seen in the last two, and nowhere in the first.
Result result_of(std::vector<ResultRow> rows) {
  auto spool = std::make_shared<Spool>(1 << 20);
  Result result;
  result.frames = 3;
  result.size = {6, 8};
  result.rows = std::move(rows);
  result.tracks[4] = {
      4, 0, {spool->put(MaskRle::blank({6, 8})), spool->put(box(1, 2)), spool->put(box(3, 4))}};
  result.spool = spool;
  return result;
}

class Results : public testing::Test {
 protected:
  test::ScratchFolder scratch_;
  std::filesystem::path file_ = scratch_.path() / "results.json";
  ClassesSection classes_{{"person", "dog"}, {26, 7}};

  rapidjson::Document written() const {
    rapidjson::Document json;
    json.Parse<rapidjson::kParseFullPrecisionFlag>(test::read_file(file_).c_str());
    return json;
  }
};

TEST_F(Results, AreAListOfRowsInSubmissionForm) {
  const double score = 0.1 + 0.2;
  ResultsFile file(file_);
  file.add(3, result_of({{4, 1, score, score}, {4, 0, 0.25, 0.25}}), classes_);
  EXPECT_FALSE(std::filesystem::exists(file_));
  file.commit();

  const auto json = written();
  ASSERT_TRUE(json.IsArray());
  ASSERT_EQ(json.Size(), 2u);
  const auto& row = json[0];
  EXPECT_EQ(row["video_id"].GetInt(), 3);
  EXPECT_EQ(row["category_id"].GetInt(), 7);
  EXPECT_EQ(json[1]["category_id"].GetInt(), 26);
  EXPECT_EQ(row["track_id"].GetInt(), 4) << "as in the result";
  EXPECT_EQ(row["score"].GetDouble(), score) << "to the last bit";
  ASSERT_EQ(row["segmentations"].Size(), 3u);
  EXPECT_TRUE(row["segmentations"][0].IsNull()) << "an unseen track has no mask";
  const auto& mask = row["segmentations"][1];
  EXPECT_EQ(mask["size"][0].GetInt(), 6);
  EXPECT_EQ(mask["size"][1].GetInt(), 8);
  EXPECT_EQ(MaskRle::parse(mask["counts"].GetString(), {6, 8}).counts, box(1, 2).counts);
  EXPECT_FALSE(row.HasMember("note"));
}

TEST_F(Results, OfAPictureHaveCocosForm) {
  Result result = result_of({{4, 1, 0.5, 0.5}});
  result.frames = 1;
  result.tracks[4].masks = {result.tracks[4].masks[1]};
  rapidjson::Document row;
  row.Parse(result_line(12, result, result.rows[0], classes_, "", ResultForm::picture).c_str());
  EXPECT_EQ(row["image_id"].GetInt(), 12);
  EXPECT_EQ(row["category_id"].GetInt(), 7);
  ASSERT_EQ(row["bbox"].Size(), 4u);
  const int expected[] = {2, 1, 3, 2};
  for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(row["bbox"][i].GetInt(), expected[i]);
  EXPECT_EQ(MaskRle::parse(row["segmentation"]["counts"].GetString(), {6, 8}), box(1, 2));
  EXPECT_FALSE(row.HasMember("segmentations"));
}

TEST_F(Results, OfAPictureKeepARowWithoutPixels) {
  Result result = result_of({{4, 1, 0.5, 0.5}});
  result.frames = 1;
  rapidjson::Document row;
  row.Parse(result_line(12, result, result.rows[0], classes_, "", ResultForm::picture).c_str());
  EXPECT_TRUE(MaskRle::parse(row["segmentation"]["counts"].GetString(), {6, 8}).empty());
}

TEST_F(Results, StandOnALineEach) {
  ResultsFile file(file_);
  file.add(3, result_of({{4, 1, 0.5, 0.5}, {4, 0, 0.25, 0.25}}), classes_);
  file.add_line("{}");
  file.commit();
  const std::string text = test::read_file(file_);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 5);
  EXPECT_EQ(written().Size(), 3u);
}

TEST_F(Results, CarryTheNoteInEveryRow) {
  ResultsFile file(file_, "means \"nothing\"");
  file.add(1, result_of({{4, 0, 0.5, 0.5}}), classes_);
  file.commit();
  EXPECT_STREQ(written()[0]["note"].GetString(), "means \"nothing\"");
}

TEST_F(Results, OfNoTrackAreAnEmptyList) {
  ResultsFile file(file_);
  file.add(1, result_of({}), classes_);
  file.commit();
  EXPECT_EQ(test::read_file(file_), "[]\n");
}

TEST_F(Results, WithAScoreThatIsNoNumberAreRefusedAndLeaveNothing) {
  {
    ResultsFile file(file_);
    const auto result = result_of({{4, 0, std::numeric_limits<double>::quiet_NaN(), 0}});
    EXPECT_THROW(file.add(1, result, classes_), Error);
  }
  EXPECT_TRUE(std::filesystem::is_empty(scratch_.path()));
}

}  // namespace
}  // namespace clipwork

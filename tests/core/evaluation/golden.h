#pragma once
// Pairs of ground truth and results with the numbers that the official tools give.

#include <clipwork/error.h>
#include <clipwork/host/evaluation.h>
#include <rapidjson/document.h>

#include "support.h"

namespace clipwork::test {

inline rapidjson::Document json(const std::filesystem::path& file) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseFullPrecisionFlag>(read_file(file).c_str());
  EXPECT_FALSE(document.HasParseError()) << file;
  return document;
}

inline double measure(const Measures& measures, const std::string& name) {
  for (const auto& [key, value] : measures)
    if (key == name) return value;
  ADD_FAILURE() << "there is no " << name;
  return -2;
}

/// The "size" of a run-length code.
inline Size size_of(const rapidjson::Value& code) {
  return {code["size"][0].GetInt64(), code["size"][1].GetInt64()};
}

/// The cases that lie in the project.
inline std::filesystem::path own_cases() { return source_dir() / "tests/data/evaluation"; }
inline std::filesystem::path shared_cases() { return shared_dir() / "evaluation"; }

/// What refuses the pair in `folder`; empty where nothing does.
inline std::string refusal(const std::filesystem::path& folder) {
  try {
    GroundTruth truth = read_ground_truth(folder / "gt.json");
    evaluate(truth, read_results(folder / "results.json"));
  } catch (const InputError& error) {
    return error.what();
  }
  return {};
}

inline Evaluation evaluate_case(const std::filesystem::path& folder) {
  return evaluate(read_ground_truth(folder / "gt.json"), read_results(folder / "results.json"));
}

/// Compares what the expected file has: means to 1e-12 (it gives 12 digits), arrays by digests.
inline void expect_golden(const Evaluation& evaluation, const rapidjson::Value& expected) {
  ASSERT_TRUE(expected.HasMember("stats"));
  EXPECT_EQ(evaluation.stats.size(), expected["stats"].MemberCount());
  size_t place = 0;
  for (const auto& [name, value] : expected["stats"].GetObject()) {
    EXPECT_EQ(evaluation.stats.at(place++).first, name.GetString());
    EXPECT_NEAR(measure(evaluation.stats, name.GetString()), value.GetDouble(), 1e-12)
        << name.GetString();
  }
  ASSERT_EQ(evaluation.categories.size(), expected["per_category"].Size());
  for (size_t i = 0; i < evaluation.categories.size(); ++i) {
    const auto& category = expected["per_category"][static_cast<unsigned>(i)];
    EXPECT_EQ(evaluation.categories[i].id, category["category_id"].GetInt64());
    for (const auto& [name, value] : category.GetObject()) {
      if (std::string(name.GetString()) == "category_id") continue;
      EXPECT_NEAR(measure(evaluation.categories[i].measures, name.GetString()), value.GetDouble(),
                  1e-12)
          << category["category_id"].GetInt64() << ' ' << name.GetString();
    }
  }
  const auto& digests = expected["sha256"];
  EXPECT_EQ(digest(evaluation.curves.precision), digests["precision"].GetString());
  EXPECT_EQ(digest(evaluation.curves.recall), digests["recall"].GetString());
  // Scores that are no finite numbers have no digest.
  if (digests.HasMember("scores")) {
    EXPECT_EQ(digest(evaluation.curves.scores), digests["scores"].GetString());
  }
}

}  // namespace clipwork::test

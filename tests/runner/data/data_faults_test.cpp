// Faults of data as `train` and `eval` report them.

#include "data/data_faults.h"
#include <clipwork/error.h>
#include <gmock/gmock.h>

#include "support.h"

using namespace clipwork;
using testing::ElementsAre;

namespace {

DatasetFault fault(const std::string& where, const std::string& problem, const std::string& data) {
  DatasetFault fault{where, problem, "it is left out"};
  fault.data = data;
  return fault;
}

}  // namespace

TEST(DataFaults, AreOneSentenceForEachFileWithTheFirst) {
  const std::vector<DatasetFault> faults = {fault("video 1", "unknown video", "a.json"),
                                            fault("video 2", "has no masks", "b.json"),
                                            fault("video 3", "unknown video", "a.json")};
  testing::internal::CaptureStderr();
  const std::vector<std::string> sentences = runs::report_faults("data.train", faults, false);
  const std::string warned = testing::internal::GetCapturedStderr();
  EXPECT_THAT(sentences,
              ElementsAre("data.train has 2 faults (the first: video 1: unknown video; it is left "
                          "out); see `clipwork dataset check a.json`",
                          "data.train has 1 fault (video 2: has no masks; it is left out); see "
                          "`clipwork dataset check b.json`"));
  for (const std::string& sentence : sentences) EXPECT_SAYS(warned, sentence);
  EXPECT_TRUE(runs::report_faults("data.train", {}, true).empty());
}

TEST(DataFaults, AreAnErrorIfStrict) {
  const std::string error = test::error_of<InputError>(
      [] { runs::report_faults("data.eval", {fault("x", "is empty", "a.json")}, true); });
  EXPECT_EQ(error,
            "with --strict, faults of the data are errors: data.eval has 1 fault (x: is empty; it "
            "is left out); see `clipwork dataset check a.json`");
}

TEST(DataFaults, CountThoseThatAreNotListed) {
  DatasetFault many = fault("video 1", "unknown video", "a.json");
  many.count = 500;
  EXPECT_THAT(runs::report_faults("data.train", {many}, false),
              ElementsAre(testing::HasSubstr("data.train has 500 faults (the first: video 1")));
}

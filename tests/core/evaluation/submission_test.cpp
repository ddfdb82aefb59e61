// Results in zip files.

#include "files.h"

using namespace clipwork;
using test::Files;
using test::kMask;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(Files, AZipFileHoldsResultsJsonAtItsRoot) {
  results(result_with(kMask));
  auto zip = scratch.path() / "submission.zip";
  write_submission(scratch.path() / "results.json", zip);
  EXPECT_EQ(read_results(zip).tracks.size(), 1u);
  EXPECT_THAT(check_results(zip, truth(truth_with(kMask))), ElementsAre(HasSubstr("2 x 2")));

  // The same under another name, which no server finds.
  std::string bytes = test::read_file(zip);
  for (size_t at = 0; (at = bytes.find("results.json", at)) != std::string::npos; ++at)
    bytes.replace(at, 12, "folder/r.jsn");
  auto other = scratch.write("other.zip", bytes);
  EXPECT_THAT(refusal([&] { read_results(other); }),
              testing::AllOf(HasSubstr("no results.json at its root"), HasSubstr("folder/r.jsn")));
  EXPECT_THAT(refusal([&] { read_results(scratch.write("no.zip", "PK, but no zip")); }),
              HasSubstr("cannot be read as a zip file"));
}

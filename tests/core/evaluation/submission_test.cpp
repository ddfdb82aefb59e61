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

TEST_F(Files, AZipFileThatUnpacksToFarMoreThanItsSizeIsRefused) {
  const auto zipped = [&](size_t megabytes) {
    const std::string blanks(megabytes << 20, ' ');
    const auto zip = scratch.path() / (std::to_string(megabytes) + ".zip");
    write_submission(scratch.write("results.json", "[" + blanks + "]"), zip);
    return zip;
  };
  EXPECT_TRUE(read_results(zipped(60)).tracks.empty());
  EXPECT_THAT(refusal([&] { read_results(zipped(65)); }),
              HasSubstr("more than 100 times as large as the zip file"));
}

#pragma once
// Results of `clipwork run` and `clipwork eval` as annotations, so that people can correct them.

#include <clipwork/host/label_files.h>

#include <filesystem>
#include <string>

namespace clipwork::runs {

/// Whether a path is a file of results (.json, or .zip with results.json), or a folder of a run.
bool holds_results(const std::filesystem::path& path);

/// The results to read.
struct ResultSource {
  std::filesystem::path path;
  std::string data;    ///< the data set of the results; empty: names are those of the run's folder
  std::string images;  ///< the folder of the pictures
  double min_score = 0;
};

/// Of each track the class with the highest score, if that is `min_score` or more. Tracks keep the
/// ids of the results where these tell all of them apart. Names of classes
/// and videos come from the data set, else from stats.json beside the results; then names of
/// pictures are those of the folder `images`, else made up. Throws InputError where there is no
/// result, and where results are of videos that the data set does not have.
LabelledData read_result_data(const ResultSource& source);

}  // namespace clipwork::runs

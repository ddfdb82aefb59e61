// clipwork eval: scores of results against ground truth, and whether a server would take them.

#include <clipwork/output_file.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "cli/json.h"
#include "cli/model_options.h"
#include "cli/options.h"
#include "run/dataset_run.h"
#include "run/scores.h"

namespace fs = std::filesystem;

namespace clipwork::cli {
namespace {

/// "30,80"
std::vector<int64_t> borders_of(const std::string& text) {
  std::vector<int64_t> borders;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    int64_t border = 0;
    auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), border);
    if (error != std::errc() || end != word.data() + word.size() ||
        border <= (borders.empty() ? 0 : borders.back())) {
      throw InputError(
          cat("--lengths: expected increasing numbers of frames as in 30,80, found '", text, "'"));
    }
    borders.push_back(border);
  }
  if (borders.empty()) throw InputError("--lengths expects numbers of frames, as in 30,80");
  return borders;
}

/// The result of checking a submission; `submission` is empty if no file was written.
struct Verdict {
  std::vector<std::string> faults;
  fs::path submission;

  int code() const {
    return static_cast<int>(faults.empty() ? ExitCode::done : ExitCode::check_failed);
  }
  std::string json() const {
    Json json;
    json.StartObject();
    json.Key("faults");
    json.StartArray();
    for (const std::string& fault : faults) write(json, fault);
    json.EndArray();
    if (!submission.empty()) {
      json.Key("submission");
      write(json, submission.string());
    }
    json.EndObject();
    return json.text() + "\n";
  }
};

void print_faults(const std::vector<std::string>& faults, const fs::path& results) {
  constexpr size_t kShown = 30;
  for (size_t i = 0; i < std::min(faults.size(), kShown); ++i) std::cout << faults[i] << "\n";
  if (faults.size() > kShown) std::cout << "... and " << faults.size() - kShown << " more\n";
  if (!faults.empty()) {
    std::cout << faults.size() << (faults.size() == 1 ? " fault" : " faults") << " in "
              << results.string() << "\n";
  }
}

Verdict check(const fs::path& results, const fs::path& against) {
  Verdict verdict{check_results(results, read_ground_truth(against)), {}};
  print_faults(verdict.faults, results);
  if (verdict.faults.empty())
    std::cout << results.string() << " matches " << against.string() << ": no faults\n";
  return verdict;
}

/// Servers keep the annotations of their validation and test sets.
Verdict prepare_submission(const fs::path& results, const GroundTruth& truth) {
  std::cout << truth.file << " has no annotations, so it cannot be used for scoring.\n"
            << "For a local score, hold out videos of the training set: `clipwork dataset split "
               "TRAIN.json --out DIR`.\n";
  Verdict verdict{check_results(results, truth), {}};
  print_faults(verdict.faults, results);
  if (!verdict.faults.empty()) return verdict;
  verdict.submission = results;
  if (results.extension() != ".zip") {
    verdict.submission = results.parent_path() / "submission.zip";
    write_submission(results, verdict.submission);
  }
  std::cout << "File for the server: " << verdict.submission.string() << "\n";
  return verdict;
}

}  // namespace

int run_eval(const std::vector<std::string>& arguments) {
  ScoreOptions score_options;
  SplitRequest split;
  std::optional<std::string> out, shard;
  std::optional<std::string> truth_file, results_file, check_file, against, json, lengths;
  Options options("clipwork eval",
                  "Runs a config on the data set of its [data.eval] and scores it; or scores "
                  "existing results by the\n"
                  "official rules of YouTube-VIS and OVIS; or checks them before a submission.");
  ModelOptions model(options, false);
  options
      .option("out", "DIR", &out,
              "with CONFIG: the folder for results.json, submission.zip and metrics.json; finished "
              "videos in it are kept")
      .option("shard", "I/N", &shard,
              "with CONFIG: only the I-th of N parts (default: all missing videos)")
      .flag("draw", &split.draw, "with CONFIG: also write vis/VIDEO/ with overlay, ids, report")
      .flag("overwrite", &split.overwrite, "with CONFIG: replace the results of an earlier run")
      .option("gt", "GT.json", &truth_file, "ground truth in YouTube-VIS or OVIS format")
      .option("results", "FILE", &results_file,
              "results, .json or .zip with results.json at its root")
      .option("json", "OUT.json", &json,
              "also write the numbers at full precision, or the faults found by the check")
      .flag("strict", &score_options.strict,
            "treat problems in the files as errors, even if the official code ignores them")
      .flag("class-agnostic", &score_options.class_agnostic, "treat all classes as one")
      .flag("boxes", &score_options.boxes, "also score the bounding boxes of the masks")
      .flag("frames", &score_options.frames,
            "also score masks without tracking, each frame as an image (NOVIS, appendix B)")
      .option("lengths", "N,N,..", &lengths,
              "also score by length of video: up to the first number of frames, up to the next, "
              "and above")
      .flag("tracking", &score_options.tracking,
            "also compute HOTA, DetA, AssA, CLEAR and IDF1 like TrackEval")
      .option("min-score", "S", &score_options.min_score,
              "ignore results with a lower score in --tracking (default: none)")
      .option("check", "FILE", &check_file, "only check these results")
      .option("against", "FILE", &against,
              "with --check: the file with the expected videos and classes")
      .example("clipwork eval a.toml --weights a.pth --out results/a",
               "runs, scores and writes the submission; run it again to resume")
      .example("clipwork eval --gt instances.json --results results.json", "prints the scores")
      .example("clipwork eval --check submission.zip --against instances.json",
               "reports what a server would refuse");
  if (!options.parse(arguments)) return 0;
  if (lengths) score_options.lengths = borders_of(*lengths);
  if (model.given()) {
    if (truth_file || results_file || check_file || against) {
      throw InputError("CONFIG cannot be combined with --gt, --results or --check", {},
                       "a run of CONFIG creates its own results");
    }
    if (!out) throw InputError("--out is missing", {}, "CONFIG needs a folder for its results");
    split.config = model.config();
    split.out = *out;
    split.score = score_options;
    split.json = json;
    if (shard) split.shard = Shard::parse(*shard);
    return static_cast<int>(run_split(split, model.load(options)));
  }
  if (out || shard || split.draw || split.overwrite) {
    throw InputError("--out, --shard, --draw and --overwrite require CONFIG", {},
                     "add the config to run");
  }
  if (check_file || against) {
    if (!check_file || !against) throw InputError("--check and --against must be used together");
    if (truth_file || results_file) throw InputError("--check and --gt cannot be combined");
    const Verdict verdict = check(*check_file, *against);
    if (json) write_file(*json, verdict.json());
    return verdict.code();
  }
  if (!truth_file || !results_file) {
    throw InputError("expected a CONFIG, or --gt and --results", {}, "see `clipwork eval --help`");
  }
  const GroundTruth truth = read_ground_truth(*truth_file);
  if (!truth.annotated) {
    const Verdict verdict = prepare_submission(*results_file, truth);
    if (json) write_file(*json, verdict.json());
    return verdict.code();
  }
  const std::string numbers = score(truth, read_results(*results_file), score_options);
  if (json) write_file(*json, numbers);
  return 0;
}

}  // namespace clipwork::cli

// clipwork eval: scores of results against ground truth, and whether a server would take them.

#include <clipwork/host/json.h>
#include <clipwork/output_file.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <iostream>
#include <sstream>

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
          cat("--lengths takes rising numbers of frames as in 30,80, not '", text, "'"));
    }
    borders.push_back(border);
  }
  if (borders.empty()) throw InputError("--lengths takes numbers of frames as in 30,80");
  return borders;
}

/// What a server would make of results; `submission` is empty where no file is made for it.
struct Verdict {
  std::vector<std::string> faults;
  fs::path submission;

  int code() const {
    return static_cast<int>(faults.empty() ? ExitCode::done : ExitCode::check_failed);
  }
  std::string json() const {
    JsonWriter json;
    json.begin_object();
    json.member("faults", faults);
    if (!submission.empty()) {
      json.member("submission", submission.string());
    }
    json.end_object();
    return json.take() + "\n";
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
    std::cout << results.string() << " fits " << against.string() << ": no fault\n";
  return verdict;
}

/// Servers keep the annotations of their validation and test sets.
Verdict prepare_submission(const fs::path& results, const GroundTruth& truth) {
  std::cout
      << truth.file << " has no annotations, so no score can be had from it.\n"
      << "A score without a server: `clipwork dataset split TRAIN.json --out DIR` sets videos "
         "of the training set apart.\n";
  Verdict verdict{check_results(results, truth), {}};
  print_faults(verdict.faults, results);
  if (!verdict.faults.empty()) return verdict;
  verdict.submission = results;
  if (results.extension() != ".zip") {
    verdict.submission = results.parent_path() / "submission.zip";
    write_submission(results, verdict.submission);
  }
  std::cout << "The file for the server: " << verdict.submission.string() << "\n";
  return verdict;
}

}  // namespace

int run_eval(const std::vector<std::string>& arguments) {
  ScoreOptions score_options;
  SplitRequest split;
  std::optional<std::string> out, shard;
  std::optional<std::string> truth_file, results_file, check_file, against, json, lengths;
  Options options(
      "clipwork eval",
      "Runs a config on the data set of its [data.eval] and scores it; or scores results "
      "that are there, with\nthe official rules of YouTube-VIS and OVIS; or checks "
      "them before they go to a server.");
  ModelOptions model(options, false);
  options
      .option("out", "DIR", &out,
              "with CONFIG: the folder that takes results.json, submission.zip and metrics.json; "
              "finished videos in it are kept")
      .option("shard", "I/N", &shard,
              "with CONFIG: only the I-th of N parts; without it, all that is missing")
      .flag("draw", &split.draw, "with CONFIG: also vis/VIDEO/ with overlay, ids, report")
      .flag("overwrite", &split.overwrite, "with CONFIG: replace the results of an earlier run")
      .option("gt", "GT.json", &truth_file, "ground truth in YouTube-VIS or OVIS form")
      .option("results", "FILE", &results_file,
              "results, .json or .zip with results.json at its root")
      .option("json", "OUT.json", &json,
              "also write the numbers in full precision, or what the check found")
      .flag("strict", &score_options.strict,
            "what is wrong with the files is an error, also where the official code is silent")
      .flag("class-agnostic", &score_options.class_agnostic, "all classes count as one")
      .flag("boxes", &score_options.boxes, "also compare the boxes round the masks")
      .flag("frames", &score_options.frames,
            "also the precision of masks without tracking, each frame as an image (NOVIS, "
            "appendix B)")
      .option("lengths", "N,N,..", &lengths,
              "also the precision by length of video: up to N frames, up to the next, and above")
      .flag("tracking", &score_options.tracking,
            "also HOTA, DetA, AssA, CLEAR and IDF1 as TrackEval has them")
      .option("min-score", "S", &score_options.min_score,
              "results below it do not count for --tracking; all do if not given")
      .option("check", "FILE", &check_file, "only check these results")
      .option("against", "FILE", &against, "with --check: the videos and classes they are for")
      .example("clipwork eval a.toml --weights a.pth --out results/a",
               "runs, scores, and writes the submission; again, it goes on where it stopped")
      .example("clipwork eval --gt instances.json --results results.json", "prints the scores")
      .example("clipwork eval --check submission.zip --against instances.json",
               "says what a server would refuse");
  if (!options.parse(arguments)) return 0;
  if (lengths) score_options.lengths = borders_of(*lengths);
  if (model.given()) {
    if (truth_file || results_file || check_file || against) {
      throw InputError("CONFIG and --gt, --results, --check exclude each other", {},
                       "a run of CONFIG makes its own results");
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
    throw InputError("--out, --shard, --draw and --overwrite belong to CONFIG", {},
                     "name the config that is to be run");
  }
  if (check_file || against) {
    if (!check_file || !against) throw InputError("--check and --against go together");
    if (truth_file || results_file) throw InputError("--check and --gt exclude each other");
    const Verdict verdict = check(*check_file, *against);
    if (json) write_file(*json, verdict.json());
    return verdict.code();
  }
  if (!truth_file || !results_file) {
    throw InputError("a CONFIG, or --gt and --results, are needed", {},
                     "`clipwork eval --help` shows all forms");
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

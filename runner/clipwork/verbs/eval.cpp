// clipwork eval: scores of results against ground truth, and whether a server would take them.

#include <clipwork/dataset.h>
#include <clipwork/host/json.h>
#include <clipwork/host/registry.h>
#include <clipwork/make_component.h>
#include <clipwork/output_file.h>
#include <clipwork/runs/failure_analysis.h>
#include <clipwork/text.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "analysis/comparison.h"
#include "analysis/finished_run.h"
#include "cli/model_options.h"
#include "cli/options.h"
#include "verbs/dataset_run_text.h"
#include "verbs/score_tables.h"
#include "verbs/verbs.h"

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

  ExitCode code() const { return faults.empty() ? ExitCode::done : ExitCode::check_failed; }
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
    std::cout << counted(static_cast<int64_t>(faults.size()), "fault") << " in " << results.string()
              << "\n";
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

struct Request {
  std::optional<std::string> out, shard, json;                         // of all
  bool draw = false, overwrite = false, clips = false, costs = false;  // of a run
  int64_t longest_video = 0;                                           // MB; 0: not asked for
  std::optional<std::string> truth, results, lengths;                  // of files
  std::optional<std::string> analysis, images;                         // of an analysis
  int64_t worst = 10;
  std::vector<std::string> compared;            // two results
  std::optional<std::string> checked, against;  // of a check
  runs::ScoreOptions score;
};

/// False: help was asked for, and printed.
bool parse(Options& options, Request& request, const std::vector<std::string>& arguments) {
  options
      .option("out", "DIR", &request.out,
              "with CONFIG: the folder for results.json, submission.zip and metrics.json; finished "
              "videos in it are kept")
      .option("shard", "I/N", &request.shard,
              "with CONFIG: only the I-th of N parts (default: all missing videos)")
      .flag("clips", &request.clips,
            "with CONFIG: cut the videos into clips of window.length frames that are run and "
            "scored on their own, without linking (NOVIS, figure 4)")
      .flag("costs", &request.costs,
            "with CONFIG: also report frames per second, and memory per frame")
      .option("longest-video", "MB", &request.longest_video,
              "with CONFIG: also search for the longest video that fits into MB megabytes of "
              "main memory, or of the GPU's")
      .flag("draw", &request.draw, "with CONFIG: also write vis/VIDEO/ with overlay, ids, report")
      .flag("overwrite", &request.overwrite, "with CONFIG: replace the results of an earlier run")
      .option("gt", "GT.json", &request.truth, "ground truth in YouTube-VIS, OVIS or COCO format")
      .option("results", "FILE", &request.results,
              "results, .json or .zip with results.json at its root")
      .option("json", "OUT.json", &request.json,
              "also write the numbers at full precision, or the faults found by the check")
      .flag("strict", &request.score.strict,
            "treat problems in the files, and with CONFIG faults of the data set, as errors, even "
            "if the official code ignores them")
      .flag("class-agnostic", &request.score.class_agnostic,
            "ignore classes: score masks and identities alone")
      .flag("boxes", &request.score.boxes, "also score the bounding boxes of the masks")
      .flag("frames", &request.score.frames,
            "also score masks without tracking, each frame as an image (NOVIS, appendix B)")
      .option("lengths", "N,N,..", &request.lengths,
              "also score by length of video: up to the first number of frames, up to the next, "
              "and above")
      .flag("tracking", &request.score.tracking,
            "also compute HOTA, DetA, AssA, CLEAR and IDF1 like TrackEval")
      .option("min-score", "S", &request.score.min_score,
              "ignore results with a lower score in --tracking (default: none), --analysis and "
              "--compare (default: the score with the best F1)")
      .option("analysis", "DIR", &request.analysis,
              "also write a failure analysis: evaluation.html and evaluation.md with errors, "
              "videos, tracks, classes and id switches, and CSV files of them")
      .option("images", "DIR", &request.images,
              "with --gt and --analysis: the folder of the frames, to show them")
      .option("worst", "N", &request.worst,
              "with --analysis: how many tracks to show beside the truth (default: 10)")
      .option(
          "compare", "A B", &request.compared,
          "compare two results, each the folder of an evaluation or, with --gt, a file: which "
          "measures, videos and objects got better and worse; --analysis DIR writes it as pages")
      .option("check", "FILE", &request.checked, "only check these results")
      .option("against", "FILE", &request.against,
              "with --check: the file with the expected videos and classes")
      .example(
          "clipwork eval clipwork:demo/novis.toml --set data.eval.videos=3 --out results/novis",
          "scores the installed demo model on three generated videos")
      .example("clipwork eval a.toml --weights a.pth --out results/a",
               "runs, scores and writes the submission; run it again to resume")
      .example("clipwork eval --gt instances.json --results results.json", "prints the scores")
      .example("clipwork eval a.toml --out results/a --analysis results/a/analysis",
               "also shows where the results fail")
      .example("clipwork eval --compare results/a results/b",
               "reports what got better and worse, and whether chance explains it")
      .example("clipwork eval --check submission.zip --against instances.json",
               "reports what a server would refuse");
  if (!options.parse(arguments)) return false;
  if (request.lengths) request.score.lengths = borders_of(*request.lengths);
  if (request.worst < 0) throw InputError("--worst expects 0 or more");
  if (request.images && (!request.analysis || !request.truth)) {
    throw InputError("--images requires --gt and --analysis", {},
                     "the data set of a CONFIG has its frames");
  }
  return true;
}

AnalysisOptions analysis_options(const Request& request) {
  AnalysisOptions options;
  options.class_agnostic = request.score.class_agnostic;
  if (std::isfinite(request.score.min_score)) options.min_score = request.score.min_score;
  return options;
}

void print_written(const fs::path& folder, const char* page) {
  std::cout << "Analysis: " << (folder / page).string() << "\n";
}

void analyse_run(const Request& request, const std::string& config) {
  const fs::path folder = *request.out;
  const runs::FinishedRun run = runs::open_finished_run(folder);
  runs::FailureReport report;
  report.title = cat(config, " on ", run.data);
  report.frames = run.dataset;
  report.drawn = folder / "vis";
  report.worst = static_cast<size_t>(request.worst);
  report.facts = {{"data", run.data}, {"config", config}, {"results", folder.string()}};
  const AnalysisOptions options = analysis_options(request);
  const Evaluation evaluation =
      evaluate(run.truth, run.results, {.class_agnostic = options.class_agnostic});
  runs::write_failure_analysis(*request.analysis, run.truth, run.results, evaluation, options,
                               report);
  print_written(*request.analysis, "evaluation.html");
}

void analyse_files(const Request& request, const Options& options, const GroundTruth& truth,
                   const Results& results, const Evaluation& evaluation) {
  Registry::instance().load_search_path(options.plugin_folders());
  runs::FailureReport report;
  report.title = cat(*request.results, " on ", *request.truth);
  report.worst = static_cast<size_t>(request.worst);
  report.facts = {{"ground truth", *request.truth}, {"results", *request.results}};
  if (request.images) {
    Value parameters = Value::table();
    parameters.set("annotations", *request.truth);
    parameters.set("images", *request.images);
    report.frames = make_component<Dataset>("youtube_vis", parameters);
  }
  runs::write_failure_analysis(*request.analysis, truth, results, evaluation,
                               analysis_options(request), report);
  print_written(*request.analysis, "evaluation.html");
}

/// The results that --compare names, a file or the folder of an evaluation.
Results compared_results(const fs::path& path) {
  return read_results(fs::is_directory(path) ? path / "results.json" : path);
}

ExitCode compare_results(const Request& request, const Options& options) {
  if (request.compared.size() != 2 || request.results || request.checked) {
    throw InputError("--compare expects two results, and neither --results nor --check", {},
                     "see `clipwork eval --help`");
  }
  const fs::path here = request.compared[0], there = request.compared[1];
  GroundTruth truth;
  Results a, b;
  if (request.truth) {
    truth = read_ground_truth(*request.truth);
    a = compared_results(here);
    b = compared_results(there);
  } else {
    Registry::instance().load_search_path(options.plugin_folders());
    runs::FinishedRun run = runs::open_finished_run(here), other = runs::open_finished_run(there);
    if (run.hash != other.hash) {
      throw InputError(
          cat("the two evaluations have different data: ", run.data, " and ", other.data),
          there.string(), "evaluate both configs on the same data set and split");
    }
    truth = std::move(run.truth);
    a = std::move(run.results);
    b = std::move(other.results);
  }
  const runs::Comparison comparison = runs::compare(truth, a, b, analysis_options(request));
  print(comparison, here.string(), there.string());
  if (request.analysis) {
    runs::write_comparison(*request.analysis, comparison,
                           {{"A", here.string()}, {"B", there.string()}, {"data", truth.file}});
    print_written(*request.analysis, "comparison.html");
  }
  return ExitCode::done;
}

ExitCode run_config(const Request& request, const ModelOptions& model, const Options& options) {
  if (request.truth || request.results || request.checked || request.against) {
    throw InputError("CONFIG cannot be combined with --gt, --results or --check", {},
                     "a run of CONFIG creates its own results");
  }
  if (!request.out) {
    throw InputError("--out is missing", {}, "CONFIG needs a folder for its results");
  }
  runs::DatasetRunRequest run;
  run.config = model.config();
  run.out = *request.out;
  run.overwrite = request.overwrite;
  run.draw = request.draw;
  run.score = request.score;
  run.clips = request.clips;
  run.costs = request.costs;
  if (request.longest_video < 0) throw InputError("--longest-video must be at least 1");
  if (request.longest_video > 0) run.longest_video_mb = request.longest_video;
  if (request.shard) run.shard = runs::Shard::parse(*request.shard);
  const ExitCode code = run_and_print(run, model.load(options), request.json);
  if (request.analysis && code == ExitCode::done && run.shard.whole()) {
    analyse_run(request, model.config());
  }
  return code;
}

ExitCode check_submission(const Request& request) {
  if (!request.checked || !request.against) {
    throw InputError("--check and --against must be used together");
  }
  if (request.truth || request.results) {
    throw InputError("--check and --gt cannot be combined");
  }
  const Verdict verdict = check(*request.checked, *request.against);
  if (request.json) write_file(*request.json, verdict.json());
  return verdict.code();
}

ExitCode score_results(const Request& request, const Options& options) {
  if (!request.truth || !request.results) {
    throw InputError("expected a CONFIG, or --gt and --results", {}, "see `clipwork eval --help`");
  }
  const GroundTruth truth = read_ground_truth(*request.truth);
  if (!truth.annotated) {
    const Verdict verdict = prepare_submission(*request.results, truth);
    if (request.json) write_file(*request.json, verdict.json());
    return verdict.code();
  }
  const Results results = read_results(*request.results);
  const runs::Scores scores = runs::score(truth, results, request.score);
  print(scores);
  if (request.analysis) analyse_files(request, options, truth, results, scores.evaluation);
  if (request.json) write_file(*request.json, runs::scores_json(scores));
  return ExitCode::done;
}

int run(const std::vector<std::string>& arguments) {
  Options options(
      "clipwork eval",
      "Runs a config on the data set of its [data.eval] and scores it; or scores existing results "
      "by the\nofficial rules of YouTube-VIS and OVIS; or checks them before a submission.");
  ModelOptions model(options, false);
  Request request;
  if (!parse(options, request, arguments)) return 0;
  if (model.given() && !request.compared.empty()) {
    throw InputError("--compare cannot be combined with CONFIG", {},
                     "run the config first, then compare the folder of its results");
  }
  if (model.given()) return static_cast<int>(run_config(request, model, options));
  if (request.out || request.shard || request.draw || request.overwrite || request.clips ||
      request.costs || request.longest_video != 0) {
    throw InputError(
        "--out, --shard, --clips, --costs, --longest-video, --draw and --overwrite require CONFIG",
        {}, "add the config to run");
  }
  if (!request.compared.empty()) return static_cast<int>(compare_results(request, options));
  const bool checks = request.checked || request.against;
  return static_cast<int>(checks ? check_submission(request) : score_results(request, options));
}

}  // namespace

const Verb kEval = {"eval", "scores results against ground truth", run};

}  // namespace clipwork::cli

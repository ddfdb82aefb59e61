// clipwork eval: scores of results against ground truth, and whether a server would take them.

#include <clipwork/evaluation.h>
#include <clipwork/log.h>
#include <clipwork/output_file.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <limits>
#include <sstream>

#include "json.h"
#include "options.h"
#include "verb.h"

namespace fs = std::filesystem;

namespace clipwork::cli {
namespace {

double measure(const Measures& measures, const std::string& name) {
  for (const auto& [key, value] : measures)
    if (key == name) return value;
  return -1;
}

/// As papers print it: times 100, one decimal.
std::string percent(double value) {
  if (value == -1) return "-";
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << 100 * value;
  return text.str();
}

/// Rows of text, the first column to the left and the others to the right.
class Table {
 public:
  explicit Table(std::vector<std::string> head) : rows_{std::move(head)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  void print() const {
    std::vector<size_t> widths(rows_[0].size());
    for (const auto& row : rows_)
      for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    for (const auto& row : rows_) {
      std::cout << "  " << std::left << std::setw(static_cast<int>(widths[0])) << row[0]
                << std::right;
      for (size_t i = 1; i < row.size(); ++i)
        std::cout << "  " << std::setw(static_cast<int>(widths[i])) << row[i];
      std::cout << "\n";
    }
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::vector<std::string> row(const std::string& name, const Measures& measures,
                             const std::vector<std::string>& columns) {
  std::vector<std::string> cells = {name};
  for (const std::string& column : columns) cells.push_back(percent(measure(measures, column)));
  return cells;
}

/// A table of one set of measures, and of each category where there are.
void print_measures(const std::string& title, const Measures& all,
                    const std::vector<CategoryMeasures>& categories,
                    const std::vector<std::string>& columns) {
  std::vector<std::string> head = {title};
  head.insert(head.end(), columns.begin(), columns.end());
  Table table(head);
  table.add(row("all", all, columns));
  for (const CategoryMeasures& category : categories)
    table.add(row(category.name.empty() ? std::to_string(category.id) : category.name,
                  category.measures, columns));
  table.print();
}

void print_groups(const std::string& title, const Measures& stats,
                  const std::vector<std::pair<std::string, std::string>>& groups) {
  std::vector<std::string> head = {title}, precision = {"AP"}, recall = {"AR"};
  for (const auto& [name, suffix] : groups) {
    head.push_back(name);
    precision.push_back(percent(measure(stats, "AP" + suffix)));
    recall.push_back(percent(measure(stats, "AR" + suffix)));
  }
  Table table(head);
  table.add(precision);
  table.add(recall);
  std::cout << "\n";
  table.print();
}

void print_evaluation(const Evaluation& evaluation) {
  print_measures("", evaluation.stats, evaluation.categories,
                 {"AP", "AP50", "AP75", "AR1", "AR10"});
  print_groups("size", evaluation.stats, {{"small", "s"}, {"medium", "m"}, {"large", "l"}});
  if (evaluation.curves.occlusions > 1) {
    print_groups("occlusion", evaluation.stats,
                 {{"slight", "so"}, {"moderate", "mo"}, {"heavy", "ho"}});
  }
}

std::string shown(const LengthMeasures& group) {
  bool open = group.longest == std::numeric_limits<int64_t>::max();
  return open ? cat(group.shortest, " and more") : cat(group.shortest, " to ", group.longest);
}

void print_lengths(const std::vector<LengthMeasures>& groups) {
  const std::vector<std::string> columns = {"AP", "AP50", "AP75", "AR1", "AR10"};
  std::vector<std::string> head = {"frames", "videos"};
  head.insert(head.end(), columns.begin(), columns.end());
  Table table(head);
  for (const LengthMeasures& group : groups) {
    std::vector<std::string> cells = row(shown(group), group.stats, columns);
    cells.insert(cells.begin() + 1, std::to_string(group.videos));
    table.add(cells);
  }
  std::cout << "\n";
  table.print();
}

void print_tracking(const Tracking& tracking) {
  std::cout << "\n  identity (HOTA, CLEAR and IDF1 as TrackEval; ";
  if (std::isfinite(tracking.min_score)) {
    std::cout << "results with a score of at least " << tracking.min_score << ")\n";
  } else {
    std::cout << "every result counts, --min-score S leaves the others out)\n";
  }
  const std::vector<std::string> columns = {"HOTA", "DetA", "AssA", "IDF1", "MOTA"};
  std::vector<std::string> head = {""};
  head.insert(head.end(), columns.begin(), columns.end());
  head.push_back("id switches");
  Table table(head);
  auto add = [&](const std::string& name, const TrackingMeasures& measures) {
    std::vector<std::string> cells = {name};
    // MOTA has no lower end, so that -1 is a value like others.
    for (const std::string& column : columns) {
      std::ostringstream text;
      text << std::fixed << std::setprecision(1) << 100 * measure(measures.measures, column);
      cells.push_back(text.str());
    }
    cells.push_back(cat(measure(measures.measures, "IDSW")));
    table.add(cells);
  };
  add("all detections", tracking.detection_sum);
  add("mean of classes", tracking.class_mean);
  for (const auto& [category, measures] : tracking.categories) add(category.name, measures);
  table.print();
}

void write(Json& json, const Measures& measures) {
  for (const auto& [name, value] : measures) {
    write(json, name);
    json.Double(value);
  }
}

void write_stats(Json& json, const Measures& stats) {
  json.Key("stats");
  json.StartObject();
  write(json, stats);
  json.EndObject();
}

void write_members(Json& json, const Evaluation& evaluation) {
  write_stats(json, evaluation.stats);
  json.Key("per_category");
  json.StartArray();
  for (const CategoryMeasures& category : evaluation.categories) {
    json.StartObject();
    json.Key("category_id");
    json.Int64(category.id);
    json.Key("name");
    write(json, category.name);
    write(json, category.measures);
    json.EndObject();
  }
  json.EndArray();
}

void write_curves(Json& json, const Curves& curves) {
  auto shape = [&](const char* name, bool recalls) {
    json.Key(name);
    json.StartArray();
    json.Int64(Curves::kThresholds);
    if (recalls) json.Int64(Curves::kRecalls);
    json.Int64(curves.categories);
    json.Int64(Curves::kAreas);
    if (curves.occlusions > 1) json.Int64(curves.occlusions);
    json.Int64(Curves::kLimits);
    json.EndArray();
  };
  json.Key("shapes");
  json.StartObject();
  shape("precision", true);
  shape("recall", false);
  shape("scores", true);
  json.EndObject();
  json.Key("sha256");
  json.StartObject();
  for (auto [name, values] : {std::pair{"precision", &curves.precision},
                              {"recall", &curves.recall},
                              {"scores", &curves.scores}}) {
    json.Key(name);
    write(json, digest(*values));
  }
  json.EndObject();
}

void write(Json& json, const TrackingMeasures& measures) {
  auto list = [&](const std::string& name, const std::vector<double>& values) {
    write(json, name);
    json.StartArray();
    for (double value : values) json.Double(value);
    json.EndArray();
  };
  json.StartObject();
  write(json, measures.measures);
  list("HOTA_TP", measures.true_positives);
  list("HOTA_FN", measures.false_negatives);
  list("HOTA_FP", measures.false_positives);
  json.Key("curves");
  json.StartObject();
  for (const auto& [name, values] : measures.curves) list(name, values);
  json.EndObject();
  json.EndObject();
}

/// TrackEval's names, as golden files have them.
void write(Json& json, const Tracking& tracking) {
  json.Key("tracking");
  json.StartObject();
  json.Key("score_threshold");
  if (std::isfinite(tracking.min_score)) {
    json.Double(tracking.min_score);
  } else {
    json.Null();
  }
  json.Key("combined");
  json.StartObject();
  for (const auto& [category, measures] : tracking.categories) {
    write(json, category.name);
    write(json, measures);
  }
  json.Key("cls_comb_cls_av");
  write(json, tracking.class_mean);
  json.Key("cls_comb_det_av");
  write(json, tracking.detection_sum);
  json.EndObject();
  json.EndObject();
}

void write(Json& json, const std::vector<LengthMeasures>& groups) {
  json.Key("lengths");
  json.StartArray();
  for (const LengthMeasures& group : groups) {
    json.StartObject();
    json.Key("shortest");
    json.Int64(group.shortest);
    json.Key("longest");
    if (group.longest == std::numeric_limits<int64_t>::max()) {
      json.Null();
    } else {
      json.Int64(group.longest);
    }
    json.Key("videos");
    json.Int64(group.videos);
    write_stats(json, group.stats);
    json.EndObject();
  }
  json.EndArray();
}

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

/// Prints what a server would refuse; true where that is nothing.
bool accepted(const fs::path& results, const GroundTruth& instances) {
  std::vector<std::string> faults = check_results(results, instances);
  constexpr size_t kShown = 30;
  for (size_t i = 0; i < std::min(faults.size(), kShown); ++i) std::cout << faults[i] << "\n";
  if (faults.size() > kShown) std::cout << "... and " << faults.size() - kShown << " more\n";
  if (!faults.empty()) {
    std::cout << faults.size() << (faults.size() == 1 ? " fault" : " faults") << " in "
              << results.string() << "\n";
  }
  return faults.empty();
}

int check(const fs::path& results, const fs::path& against) {
  if (!accepted(results, read_ground_truth(against)))
    return static_cast<int>(ExitCode::check_failed);
  std::cout << results.string() << " fits " << against.string() << ": no fault\n";
  return 0;
}

/// Servers keep the annotations of their validation and test sets.
int prepare_submission(const fs::path& results, const GroundTruth& truth) {
  std::cout << truth.file << " has no annotations, so no score can be had from it.\n";
  if (!accepted(results, truth)) return static_cast<int>(ExitCode::check_failed);
  fs::path zip = results;
  if (results.extension() != ".zip") {
    zip = results.parent_path() / "submission.zip";
    write_submission(results, zip);
  }
  std::cout << "The file for the server: " << zip.string() << "\n";
  return 0;
}

struct Request {
  std::string truth, results;
  std::optional<std::string> json, lengths;
  bool strict = false, class_agnostic = false, boxes = false, frames = false, tracking = false;
  double min_score = -std::numeric_limits<double>::infinity();
};

void refuse_warnings(const std::vector<std::string>& warnings, const std::string& results) {
  if (warnings.empty()) return;
  for (const std::string& warning : warnings) log(LogLevel::error, warning);
  throw InputError("with --strict, what is wrong with the files is an error", results);
}

int score(const Request& request) {
  GroundTruth truth = read_ground_truth(request.truth);
  if (!truth.annotated) return prepare_submission(request.results, truth);
  Results results = read_results(request.results);
  EvaluationOptions options{request.class_agnostic, false};
  std::vector<int64_t> borders;
  if (request.lengths) borders = borders_of(*request.lengths);

  Evaluation evaluation = evaluate(truth, results, options);
  if (request.strict) refuse_warnings(evaluation.warnings, request.results);
  for (const std::string& warning : evaluation.warnings) log_warn(warning);
  std::cout << truth.videos.size() << " videos, " << truth.tracks.size() << " tracks, "
            << results.tracks.size() << " results"
            << (request.class_agnostic ? ", classes not told apart" : "") << "\n\n";
  print_evaluation(evaluation);
  Json json;
  json.StartObject();
  write_members(json, evaluation);
  if (request.json) write_curves(json, evaluation.curves);
  auto more = [&](const char* title, const char* key, const Evaluation& other,
                  const std::vector<std::string>& columns) {
    std::cout << "\n";
    print_measures(title, other.stats, {}, columns);
    json.Key(key);
    json.StartObject();
    write_members(json, other);
    json.EndObject();
  };
  const std::vector<std::string> columns = {"AP", "AP50", "AP75", "AR1", "AR10"};
  if (request.boxes) {
    options.boxes = true;
    more("boxes", "boxes", evaluate(truth, results, options), columns);
  }
  if (request.frames) more("single frames", "frames", evaluate_frames(truth, results), columns);
  if (request.lengths) {
    std::vector<LengthMeasures> groups = evaluate_lengths(truth, results, borders);
    print_lengths(groups);
    write(json, groups);
  }
  if (request.tracking) {
    Tracking tracking = evaluate_tracking(truth, results, request.min_score);
    print_tracking(tracking);
    write(json, tracking);
  }
  json.Key("warnings");
  json.StartArray();
  for (const std::string& warning : evaluation.warnings) write(json, warning);
  json.EndArray();
  json.EndObject();
  if (request.json) write_file(*request.json, json.text() + "\n");
  return 0;
}

}  // namespace

int run_eval(const std::vector<std::string>& arguments) {
  Request request;
  std::optional<std::string> truth, results, check_file, against;
  Options options("clipwork eval",
                  "Scores results with the official rules of YouTube-VIS and OVIS, or checks them "
                  "before they go to a server.");
  options.option("gt", "GT.json", &truth, "ground truth in YouTube-VIS or OVIS form")
      .option("results", "FILE", &results, "results, .json or .zip with results.json at its root")
      .option("json", "OUT.json", &request.json, "also write the numbers in full precision")
      .flag("strict", &request.strict,
            "what is wrong with the files is an error, also where the official code is silent")
      .flag("class-agnostic", &request.class_agnostic, "all classes count as one")
      .flag("boxes", &request.boxes, "also compare the boxes round the masks")
      .flag("frames", &request.frames,
            "also the precision of masks without tracking, each frame as an image (NOVIS, "
            "appendix B)")
      .option("lengths", "N,N,..", &request.lengths,
              "also the precision by length of video: up to N frames, up to the next, and above")
      .flag("tracking", &request.tracking, "also HOTA, CLEAR and IDF1 as TrackEval has them")
      .option("min-score", "S", &request.min_score,
              "results below it do not count for --tracking; all do if not given")
      .option("check", "FILE", &check_file, "only check these results")
      .option("against", "FILE", &against, "with --check: the videos and classes they are for")
      .example("clipwork eval --gt instances.json --results results.json", "prints the scores")
      .example("clipwork eval --check submission.zip --against instances.json",
               "says what a server would refuse");
  if (!options.parse(arguments)) return 0;
  if (check_file || against) {
    if (!check_file || !against) throw InputError("--check and --against go together");
    if (truth || results) throw InputError("--check and --gt exclude each other");
    return check(*check_file, *against);
  }
  if (!truth || !results) {
    throw InputError("--gt and --results are needed", {},
                     "`clipwork eval --help` shows both forms");
  }
  request.truth = *truth;
  request.results = *results;
  return score(request);
}

}  // namespace clipwork::cli

#include "verbs/score_tables.h"

#include <clipwork/error.h>
#include <clipwork/text.h>

#include <cmath>
#include <iostream>
#include <limits>
#include <utility>

#include "analysis/page_table.h"

namespace clipwork::cli {
namespace {

const std::vector<std::string> kColumns = {"AP", "AP50", "AP75", "AR1", "AR10"};

double measure(const Measures& measures, const std::string& name) {
  return runs::measure(measures, name).value_or(-1);
}

std::string hundredfold(double value) { return fixed(100 * value, 1); }

std::string percent(double value) { return value == -1 ? "-" : hundredfold(value); }

/// Rows of text.
class Table {
 public:
  explicit Table(std::vector<std::string> head) : table_{std::move(head), {}} {}
  void add(const std::vector<std::string>& row) {
    std::vector<runs::PageCell>& cells = table_.rows.emplace_back();
    for (const std::string& text : row) cells.push_back(runs::word(text));
  }
  void print() const { std::cout << table_.plain(table_.rows.size()); }

 private:
  runs::PageTable table_;
};

std::vector<std::string> with(std::vector<std::string> first,
                              const std::vector<std::string>& rest) {
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

std::vector<std::string> cells(const Measures& measures) {
  std::vector<std::string> cells;
  for (const std::string& column : kColumns) cells.push_back(percent(measure(measures, column)));
  return cells;
}

std::string shown(const std::string& name, int64_t id) {
  return name.empty() ? cat("class ", id) : name;
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

std::string shown(const LengthMeasures& group) {
  bool open = group.longest == std::numeric_limits<int64_t>::max();
  return open ? cat(group.shortest, " and more") : cat(group.shortest, " to ", group.longest);
}

void print_evaluation(const Evaluation& evaluation) {
  Table table(with({""}, kColumns));
  table.add(with({"all"}, cells(evaluation.stats)));
  for (const CategoryMeasures& category : evaluation.categories)
    table.add(with({shown(category.name, category.id)}, cells(category.measures)));
  table.print();
  print_groups("size", evaluation.stats, {{"small", "s"}, {"medium", "m"}, {"large", "l"}});
  if (evaluation.curves.occlusions > 1) {
    print_groups("occlusion", evaluation.stats,
                 {{"slight", "so"}, {"moderate", "mo"}, {"heavy", "ho"}});
  }
}

void print_summary(const std::string& title, const Measures& stats) {
  Table table(with({""}, kColumns));
  table.add(with({title}, cells(stats)));
  std::cout << "\n";
  table.print();
}

void print_lengths(const std::vector<LengthMeasures>& groups) {
  Table table(with({"frames", "videos"}, kColumns));
  for (const LengthMeasures& group : groups)
    table.add(with({shown(group), std::to_string(group.videos)}, cells(group.stats)));
  std::cout << "\n";
  table.print();
}

void print_tracking(const Tracking& tracking) {
  std::cout << "\n  identity (HOTA, CLEAR and IDF1 as TrackEval; ";
  if (std::isfinite(tracking.min_score)) {
    std::cout << "results with a score of at least " << tracking.min_score << ")\n";
  } else {
    std::cout << "every result counts; --min-score S leaves out those with lower scores)\n";
  }
  const std::vector<std::string> columns = {"HOTA", "DetA", "AssA", "IDF1", "MOTA"};
  Table table(with(with({""}, columns), {"id switches"}));
  auto add = [&](const std::string& name, const TrackingMeasures& measures) {
    std::vector<std::string> row = {name};
    // MOTA has no lower end, so that -1 is a value like others.
    for (const std::string& column : columns)
      row.push_back(hundredfold(measure(measures.measures, column)));
    row.push_back(cat(measure(measures.measures, "IDSW")));
    table.add(row);
  };
  add("all detections", tracking.detection_sum);
  if (!tracking.categories.empty()) add("mean of classes", tracking.class_mean);
  for (const auto& [category, measures] : tracking.categories)
    add(shown(category.name, category.id), measures);
  table.print();
}

void print_costs(const runs::Costs& costs) {
  std::cout << "\n  speed   " << fixed(costs.fps, 2) << " frames per second\n  memory  "
            << costs.bytes_per_frame << " bytes per frame\n";
  if (!costs.longest_video) return;
  std::cout << "          the longest video within " << costs.longest_video->budget_mb << " MB has "
            << counted(costs.longest_video->frames, "frame") << "\n";
}

}  // namespace

void print(const runs::Scores& scores) {
  std::cout << counted(static_cast<int64_t>(scores.videos), scores.pictures ? "picture" : "video")
            << ", " << counted(static_cast<int64_t>(scores.tracks), "track") << ", "
            << counted(static_cast<int64_t>(scores.results), "result")
            << (scores.class_agnostic ? ", class-agnostic" : "") << "\n\n";
  print_evaluation(scores.evaluation);
  if (scores.boxes) print_summary("boxes", scores.boxes->stats);
  if (scores.frames) print_summary("single frames", scores.frames->stats);
  if (!scores.lengths.empty()) print_lengths(scores.lengths);
  if (scores.tracking) print_tracking(*scores.tracking);
  if (scores.costs) print_costs(*scores.costs);
}

namespace {

/// The first rows of a table, which are losses, and the last, which are gains.
void print_ends(const char* things, const runs::PageTable& table) {
  constexpr size_t kShown = 5;
  const size_t count = table.rows.size();
  std::cout << "\n" << things << ": " << count << " differ, the greatest losses of B first\n";
  if (count == 0) return;
  runs::PageTable shown{table.head, {}};
  for (size_t i = 0; i < count; ++i)
    if (i < kShown || i + kShown >= count) shown.rows.push_back(table.rows[i]);
  std::cout << shown.plain(shown.rows.size());
}

}  // namespace

void print(const runs::Comparison& comparison, const std::string& a, const std::string& b) {
  std::cout << "A: " << a << "\nB: " << b << "\n"
            << counted(static_cast<int64_t>(comparison.a.videos.size()), "video") << ", "
            << counted(static_cast<int64_t>(comparison.a.tracks.size()), "track") << "\n\n";
  const runs::PageTable measures = measures_table(comparison);
  std::cout << measures.plain(measures.rows.size());
  print_ends("videos", videos_table(comparison));
  print_ends("objects", tracks_table(comparison));
}

}  // namespace clipwork::cli

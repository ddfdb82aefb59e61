#include "analysis/comparison.h"

#include <clipwork/error.h>
#include <clipwork/host/resampling.h>
#include <clipwork/output_file.h>
#include <clipwork/runs/scores.h>
#include <clipwork/text.h>

#include <algorithm>
#include <cmath>

#include "analysis/bootstrap.h"
#include "analysis/page_style.h"

namespace clipwork::runs {
namespace {

constexpr size_t kSamples = 500;
constexpr double kTail = 0.025;

/// Adds the measures `names`, each of the data set and over samples.
void compare_samples(const SampledMeasures& a, const SampledMeasures& b, size_t videos,
                     const std::vector<const char*>& names,
                     std::vector<MeasureComparison>* measures) {
  const std::vector<int64_t> once(videos, 1);
  const Measures all_a = a(once), all_b = b(once);
  std::vector<std::vector<double>> differences(names.size());
  for (const std::vector<int64_t>& sample : draw_videos(videos, kSamples)) {
    const Measures of_a = a(sample), of_b = b(sample);
    for (size_t i = 0; i < names.size(); ++i) {
      const double here = measure(of_a, names[i]).value_or(-1);
      const double there = measure(of_b, names[i]).value_or(-1);
      if (here != -1 && there != -1) differences[i].push_back(there - here);
    }
  }
  for (size_t i = 0; i < names.size(); ++i) {
    MeasureComparison& one = measures->emplace_back();
    one.name = names[i];
    one.a = measure(all_a, names[i]).value_or(-1);
    one.b = measure(all_b, names[i]).value_or(-1);
    std::vector<double>& sorted = differences[i];
    if (sorted.empty()) continue;
    std::sort(sorted.begin(), sorted.end());
    const auto last = static_cast<double>(sorted.size() - 1);
    one.low = sorted[static_cast<size_t>(std::lround(kTail * last))];
    one.high = sorted[static_cast<size_t>(std::lround((1 - kTail) * last))];
    const auto higher = std::count_if(sorted.begin(), sorted.end(), [](double d) { return d > 0; });
    one.higher = static_cast<double>(higher) / static_cast<double>(sorted.size());
  }
}

std::string signed_percent(double difference) {
  return cat(difference > 0 ? "+" : "", fixed(100 * difference, 1));
}

PageCell difference_cell(double difference) {
  PageCell cell = number(difference, 4);
  cell.text = signed_percent(difference);
  return cell;
}

/// The overlap that counts for an object: of a result of its class.
double worth(const TrackAnalysis& track) {
  const bool other = track.error == ErrorType::classification || track.error == ErrorType::both;
  return other ? 0 : track.overlap;
}

std::string state_of(const TrackAnalysis& track) {
  return cat(short_name(track.error), " ", fixed(track.overlap, 2));
}

}  // namespace

Comparison compare(const GroundTruth& truth, const Results& a, const Results& b,
                   const AnalysisOptions& options) {
  Comparison comparison;
  comparison.a = analyse(truth, a, options);
  comparison.b = analyse(truth, b, options);
  const size_t videos = comparison.a.videos.size();
  compare_samples(sample_evaluation(truth, a), sample_evaluation(truth, b), videos,
                  {"AP", "AP50", "AP75", "AR10"}, &comparison.measures);
  compare_samples(sample_tracking(truth, a, comparison.a.min_score),
                  sample_tracking(truth, b, comparison.b.min_score), videos,
                  {"HOTA", "DetA", "AssA", "IDF1"}, &comparison.measures);
  return comparison;
}

PageTable measures_table(const Comparison& comparison) {
  PageTable table{{"measure", "A", "B", "B - A", "95 % from", "to", "B higher in"}, {}};
  for (const MeasureComparison& one : comparison.measures) {
    PageCell share = percent(one.higher);
    share.text = cat(fixed(100 * one.higher, 0), " % of samples");
    table.rows.push_back({word(one.name), percent(one.a), percent(one.b),
                          difference_cell(one.b - one.a), difference_cell(one.low),
                          difference_cell(one.high), share});
  }
  return table;
}

PageTable videos_table(const Comparison& comparison) {
  const std::vector<VideoAnalysis>&a = comparison.a.videos, &b = comparison.b.videos;
  std::vector<size_t> order;
  for (size_t v = 0; v < a.size(); ++v)
    if (a[v].ap != b[v].ap || a[v].found != b[v].found) order.push_back(v);
  std::stable_sort(order.begin(), order.end(), [&](size_t one, size_t other) {
    return b[one].ap - a[one].ap < b[other].ap - a[other].ap;
  });
  PageTable table{{"video", "id", "AP of A", "of B", "B - A", "tracks", "found by A", "by B",
                   "switches of A", "of B"},
                  {}};
  auto switches = [](const VideoAnalysis& video) {
    return number(static_cast<int64_t>(measure(video.tracking, "IDSW").value_or(0)));
  };
  for (const size_t v : order) {
    table.rows.push_back({word(a[v].video->name), number(a[v].video->id), percent(a[v].ap),
                          percent(b[v].ap), difference_cell(b[v].ap - a[v].ap), number(a[v].tracks),
                          number(a[v].found), number(b[v].found), switches(a[v]), switches(b[v])});
  }
  return table;
}

PageTable tracks_table(const Comparison& comparison) {
  const std::vector<TrackAnalysis>&a = comparison.a.tracks, &b = comparison.b.tracks;
  constexpr double kVisible = 0.005;  ///< smaller differences are not listed
  std::vector<size_t> order;
  for (size_t i = 0; i < a.size(); ++i)
    if (a[i].error != b[i].error || std::abs(worth(a[i]) - worth(b[i])) >= kVisible)
      order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](size_t one, size_t other) {
    return worth(b[one]) - worth(a[one]) < worth(b[other]) - worth(a[other]);
  });
  PageTable table{{"video", "track", "class", "A", "B", "B - A"}, {}};
  for (const size_t i : order) {
    const Category& category = comparison.a.categories[static_cast<size_t>(a[i].category)];
    PageCell difference = number(worth(b[i]) - worth(a[i]), 2);
    if (worth(b[i]) > worth(a[i])) difference.text = "+" + difference.text;
    table.rows.push_back({word(comparison.a.videos[a[i].video].video->name), number(a[i].truth->id),
                          word(category.name.empty() ? cat("class ", category.id) : category.name),
                          word(state_of(a[i])), word(state_of(b[i])), difference});
  }
  return table;
}

void write_comparison(const std::filesystem::path& folder, const Comparison& comparison,
                      const std::vector<std::pair<std::string, std::string>>& facts) {
  const struct {
    const char *title, *sentence, *file;
    PageTable table;
  } parts[] = {{"Measures",
                "The interval holds 95 % of the differences over samples of the videos, drawn with "
                "replacement, the same for A and B (a paired bootstrap).",
                "comparison.csv", measures_table(comparison)},
               {"Videos", "AP is the mean over the classes that the video has.",
                "compared_videos.csv", videos_table(comparison)},
               {"Objects",
                "The overlap of each object with its result over all frames. A result of another "
                "class counts as 0 in B - A.",
                "compared_tracks.csv", tracks_table(comparison)}};
  constexpr size_t kMostRows = 500, kMostRowsOfMarkdown = 50;
  const std::string title = "Comparison of A and B";
  std::string html = page_head(title), markdown = cat("# ", title, "\n\n");
  html += "<dl class=\"facts\">\n";
  for (const auto& [name, value] : facts) {
    html += cat("<dt>", escaped(name), "</dt><dd>", escaped(value), "</dd>\n");
    markdown += cat("* ", name, ": ", value, "\n");
  }
  html += "</dl>\n";
  std::filesystem::create_directories(folder);
  for (const auto& part : parts) {
    html += cat("<h2>", part.title, "</h2>\n<p class=\"soft\">", part.sentence, "</p>\n",
                part.table.html(kMostRows, true));
    markdown += cat("\n## ", part.title, "\n\n", part.sentence, "\n\n",
                    part.table.markdown(kMostRowsOfMarkdown));
    write_file(folder / part.file, part.table.csv());
  }
  write_file(folder / "comparison.md", markdown);
  write_file(folder / "comparison.html", html + page_end());
}

}  // namespace clipwork::runs

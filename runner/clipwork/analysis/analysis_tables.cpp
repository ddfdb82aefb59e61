#include "analysis/analysis_tables.h"

#include <clipwork/error.h>
#include <clipwork/runs/scores.h>
#include <clipwork/text.h>

#include <algorithm>
#include <numeric>
#include <tuple>

namespace clipwork::runs {
namespace {

double tracking(const VideoAnalysis& video, const char* name) {
  return measure(video.tracking, name).value_or(-1);
}

/// Of one class, or of all that have objects with a negative `category`.
std::vector<double> curve_of(const Curves& curves, int64_t category, int64_t first, int64_t last) {
  std::vector<double> mean(static_cast<size_t>(Curves::kRecalls), 0);
  double count = 0;
  for (int64_t k = 0; k < curves.categories; ++k) {
    if (category >= 0 && k != category) continue;
    for (int64_t t = first; t < last; ++t) {
      auto at = [&](int64_t recall) {
        const int64_t groups = Curves::kAreas * curves.occlusions * Curves::kLimits;
        return curves.precision[static_cast<size_t>(
            ((t * Curves::kRecalls + recall) * curves.categories + k) * groups + Curves::kLimits -
            1)];
      };
      if (at(0) == -1) continue;
      ++count;
      for (size_t r = 0; r < mean.size(); ++r) mean[r] += at(static_cast<int64_t>(r));
    }
  }
  if (count == 0) return {};
  for (double& value : mean) value /= count;
  return mean;
}

}  // namespace

std::string AnalysisTables::class_name(int64_t category) const {
  const Category& one = analysis_.categories[static_cast<size_t>(category)];
  return one.name.empty() ? cat("class ", one.id) : one.name;
}

std::string AnalysisTables::class_of(const ResultTrack& result) const {
  for (size_t k = 0; k < analysis_.categories.size(); ++k) {
    if (analysis_.categories[k].id == result.category) return class_name(static_cast<int64_t>(k));
  }
  return cat("class ", result.category);
}

PageCell AnalysisTables::video_cell(size_t video, int64_t frame) const {
  const VideoEntry& entry = *analysis_.videos[video].video;
  return word(entry.name, link_(entry, frame));
}

PageTable AnalysisTables::errors() const {
  PageTable table{{"type", "meaning", "count", "AP50 gained if mended"}, {}};
  for (const ErrorAnalysis& error : analysis_.errors) {
    table.rows.push_back({word(short_name(error.type)), word(meaning(error.type)),
                          number(error.count), percent(error.ap50_gain)});
  }
  return table;
}

PageTable AnalysisTables::properties() const {
  PageTable table{{"property", "objects", "tracks", "AP", "AP50", "AR100"}, {}};
  for (const PropertyAnalysis& property : analysis_.properties) {
    for (const BinAnalysis& bin : property.bins) {
      if (bin.tracks == 0) continue;
      table.rows.push_back({word(property.name), word(bin.name), number(bin.tracks),
                            percent(bin.ap), percent(bin.ap50), percent(bin.ar100)});
    }
  }
  return table;
}

PageTable AnalysisTables::videos() const {
  PageTable table{{"video", "id", "frames", "tracks", "found", "results", "AP", "AP50", "HOTA",
                   "DetA", "AssA", "IDF1", "IDSW"},
                  {}};
  std::vector<size_t> order(analysis_.videos.size());
  std::iota(order.begin(), order.end(), size_t{0});
  // Those without objects have no AP, and come last.
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const double of_a = analysis_.videos[a].ap, of_b = analysis_.videos[b].ap;
    return std::tuple(of_a == -1, of_a) < std::tuple(of_b == -1, of_b);
  });
  for (const size_t v : order) {
    const VideoAnalysis& video = analysis_.videos[v];
    table.rows.push_back({video_cell(v, 0), number(video.video->id), number(video.video->length),
                          number(video.tracks), number(video.found), number(video.results),
                          percent(video.ap), percent(video.ap50), percent(tracking(video, "HOTA")),
                          percent(tracking(video, "DetA")), percent(tracking(video, "AssA")),
                          percent(tracking(video, "IDF1")),
                          number(static_cast<int64_t>(tracking(video, "IDSW")))});
  }
  return table;
}

std::vector<const TrackAnalysis*> AnalysisTables::worst_tracks() const {
  std::vector<const TrackAnalysis*> tracks;
  for (const TrackAnalysis& track : analysis_.tracks) tracks.push_back(&track);
  auto pixels = [](const TrackAnalysis& track) {
    return track.truth->mask_area * static_cast<double>(track.frames);
  };
  // A result of another class does not make up for a missing one, however good its masks.
  auto worth = [](const TrackAnalysis& track) {
    return track.error == ErrorType::classification || track.error == ErrorType::both
               ? 0
               : track.overlap;
  };
  std::stable_sort(tracks.begin(), tracks.end(),
                   [&](const TrackAnalysis* a, const TrackAnalysis* b) {
                     if (worth(*a) != worth(*b)) return worth(*a) < worth(*b);
                     return pixels(*a) > pixels(*b);
                   });
  return tracks;
}

PageTable AnalysisTables::tracks() const {
  PageTable table{{"video", "track", "class", "error", "overlap", "result", "result's class",
                   "score", "first frame", "frames", "frames found", "switches", "fragments",
                   "area", "motion IoU", "occlusion"},
                  {}};
  for (const TrackAnalysis* track : worst_tracks()) {
    const PageCell none = word("");
    const ResultTrack* result = track->result;
    table.rows.push_back(
        {video_cell(track->video, track->first_frame), number(track->truth->id),
         word(class_name(track->category)), word(short_name(track->error)),
         number(track->overlap, 2), result ? number(number_of(*result)) : none,
         result ? word(class_of(*result)) : none, result ? number(result->score, 2) : none,
         number(track->first_frame), number(track->frames), number(track->found_frames),
         number(track->switches), number(track->fragments), number(track->truth->area, 0),
         track->motion_iou ? number(*track->motion_iou, 2) : none,
         track->truth->occlusion ? number(*track->truth->occlusion, 2) : none});
  }
  return table;
}

PageTable AnalysisTables::switches() const {
  PageTable table{
      {"video", "frame", "track", "from result", "to result", "from track_id", "to track_id"}, {}};
  auto id = [](const ResultTrack& result) {
    return result.track ? number(*result.track) : word("");
  };
  for (const IdSwitch& one : analysis_.switches) {
    table.rows.push_back({video_cell(one.video, one.frame), number(one.frame),
                          number(one.truth->id), number(number_of(*one.before)),
                          number(number_of(*one.after)), id(*one.before), id(*one.after)});
  }
  return table;
}

PageTable AnalysisTables::confusion() const {
  const size_t classes = analysis_.categories.size();
  PageTable table{{"class"}, {}};
  for (size_t k = 0; k < classes; ++k) table.head.push_back(class_name(static_cast<int64_t>(k)));
  table.head.emplace_back("not found");
  for (size_t row = 0; row <= classes; ++row) {
    std::vector<PageCell>& cells = table.rows.emplace_back();
    cells.push_back(word(row < classes ? class_name(static_cast<int64_t>(row)) : "no object"));
    for (size_t column = 0; column <= classes; ++column)
      cells.push_back(number(analysis_.confused(row, column)));
  }
  return table;
}

PageTable AnalysisTables::confused_pairs() const {
  const size_t classes = analysis_.categories.size();
  struct Confused {
    int64_t count;
    size_t truth, result;
  };
  std::vector<Confused> pairs;
  for (size_t row = 0; row <= classes; ++row) {
    for (size_t column = 0; column <= classes; ++column) {
      const int64_t count = analysis_.confused(row, column);
      if (row != column && count > 0) pairs.push_back({count, row, column});
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Confused& a, const Confused& b) { return a.count > b.count; });
  PageTable table{{"objects of", "taken for", "count"}, {}};
  auto name = [&](size_t category, const char* none) {
    return word(category < classes ? class_name(static_cast<int64_t>(category)) : none);
  };
  for (const Confused& pair : pairs) {
    table.rows.push_back(
        {name(pair.truth, "no object"), name(pair.result, "not found"), number(pair.count)});
  }
  return table;
}

std::vector<PrecisionCurve> precision_curves(const Evaluation& evaluation) {
  std::vector<PrecisionCurve> curves;
  auto add = [&](const std::string& name, int64_t category) {
    const struct {
      const char* overlap;
      int64_t first, last;
    } kOverlaps[] = {{"0.50", 0, 1}, {"0.75", 5, 6}, {"0.50:0.95", 0, Curves::kThresholds}};
    for (const auto& one : kOverlaps) {
      std::vector<double> precision = curve_of(evaluation.curves, category, one.first, one.last);
      if (!precision.empty()) curves.push_back({name, one.overlap, std::move(precision)});
    }
  };
  add("all", -1);
  for (size_t k = 0; k < evaluation.categories.size(); ++k) {
    const CategoryMeasures& one = evaluation.categories[k];
    add(one.name.empty() ? cat("class ", one.id) : one.name, static_cast<int64_t>(k));
  }
  return curves;
}

PageTable precision_table(const std::vector<PrecisionCurve>& curves) {
  PageTable table{{"class", "overlap", "recall", "precision"}, {}};
  for (const PrecisionCurve& curve : curves) {
    for (size_t r = 0; r < curve.precision.size(); ++r) {
      table.rows.push_back({word(curve.category), word(curve.overlap),
                            number(static_cast<double>(r) / 100, 2),
                            number(curve.precision[r], 4)});
    }
  }
  return table;
}

}  // namespace clipwork::runs

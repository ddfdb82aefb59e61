// The official numbers of YouTube-VIS and OVIS, and those of boxes and of videos of some lengths.

#include <clipwork/host/digest.h>
#include <clipwork/host/evaluation.h>
#include <clipwork/host/resampling.h>
#include <clipwork/parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "evaluation/matching.h"
#include "evaluation/overlaps.h"
#include "evaluation/plan.h"
#include "evaluation/track_pairs.h"
#include "frames/size_text.h"

namespace clipwork {

using namespace evaluation;

namespace {

std::vector<Group> groups(bool occlusion) {
  constexpr double kAreas[4][2] = {
      {0, 1e10}, {0, 128 * 128}, {128 * 128, 256 * 256}, {256 * 256, 1e10}};
  constexpr double kOcclusions[4][2] = {{0, 1}, {0, 0.25}, {0.25, 0.5}, {0.5, 1}};
  std::vector<Group> all;
  for (const auto& area : kAreas) {
    for (const auto& score : kOcclusions) {
      all.push_back({area[0], area[1], score[0], score[1]});
      if (!occlusion) break;
    }
  }
  return all;
}

/// One video and class.
class Comparison {
 public:
  Comparison(const VideoPlan& video, const Meeting& meeting, const Results& results,
             const EvaluationOptions& options, bool ovis, Warnings* warnings)
      : video_(video),
        truths_(meeting.truths),
        results_(ranked(meeting.results)),
        all_results_(results),
        options_(options),
        ovis_(ovis),
        warnings_(warnings) {}

  Candidates candidates() {
    Candidates candidates;
    for (const TruthTrack* track : truths_) {
      candidates.truths.push_back(
          {track->crowd, track->area, ovis_ ? *track->occlusion : 0, track->id == 0});
    }
    for (const ResultTrack* result : results_)
      candidates.results.push_back({result->score, result->mask_area});
    const std::vector<TrackPair> pairs = pair_tracks(results_, truths_, options_.boxes);
    for (size_t i = 0; i < pairs.size(); ++i) {
      judge(*results_[i / truths_.size()], *truths_[i % truths_.size()], pairs[i]);
      candidates.overlaps.push_back(pairs[i].overlap());
    }
    return candidates;
  }

 private:
  /// Tells what is wrong with a result and a track that meet.
  void judge(const ResultTrack& result, const TruthTrack& track, const TrackPair& pair) const {
    auto both = [&](const auto&... more) {
      return cat(name_of(&result, all_results_), " and track ", track.id, " of video ",
                 video_.video->id, more...);
    };
    if (result.masks.frames() != track.masks.frames()) {
      std::string lengths =
          both(": ", result.masks.frames(), " and ", track.masks.frames(), " frames");
      if (ovis_) {
        throw InputError(cat("a result and a track differ in their number of frames: ", lengths),
                         all_results_.file, "OVIS's evaluator requires lists of equal length");
      }
      warnings_->add(
          "a result and a track have lists of different length; frames are paired from the start "
          "and the rest is dropped",
          lengths);
    }
    if (pair.other_sizes > 0) {
      warnings_->add(
          "masks of a result and a track differ in size; such frames count neither as intersection "
          "nor as union",
          both(" in ", pair.other_sizes, " of ", pair.both, " frames, ", sizes(result, track)));
    }
    if (pair.either == 0) {
      warnings_->add("a result and a track have no pixels to compare, so their overlap is 0",
                     both(pair.other_sizes > 0 ? ": their sizes differ" : ": both are empty"));
    }
  }

  static std::string sizes(const ResultTrack& result, const TruthTrack& track) {
    MaskRle a, b;
    for (int64_t frame = 0;; ++frame) {
      if (result.masks.read(frame, &a) && track.masks.read(frame, &b) && a.size != b.size)
        return cat(width_by_height(a.size), " against ", width_by_height(b.size));
    }
  }

  const VideoPlan& video_;
  const std::vector<const TruthTrack*>& truths_;
  std::vector<const ResultTrack*> results_;
  const Results& all_results_;
  const EvaluationOptions& options_;
  bool ovis_;
  Warnings* warnings_;
};

struct VideoCells {
  std::vector<std::pair<int64_t, Cell>> cells;  ///< by category
  Warnings warnings;
};

std::vector<VideoCells> compare(const EvaluationPlan& plan, const Results& results,
                                const EvaluationOptions& options, bool ovis) {
  const std::vector<Group> all_groups = groups(ovis);
  std::vector<VideoCells> videos(plan.videos.size());
  parallel_for(0, static_cast<int64_t>(videos.size()), 1, [&](int64_t first, int64_t last) {
    for (int64_t v = first; v < last; ++v) {
      const VideoPlan& video = plan.videos[static_cast<size_t>(v)];
      VideoCells& to = videos[static_cast<size_t>(v)];
      for (const Meeting& meeting : video.meetings) {
        Comparison comparison(video, meeting, results, options, ovis, &to.warnings);
        to.cells.emplace_back(meeting.category, match(comparison.candidates(), all_groups));
      }
    }
  });
  return videos;
}

/// Evaluates each video as often as `count` says.
template <class Count>
Curves curves_of(const std::vector<VideoCells>& videos, size_t categories, bool ovis, Count&& count,
                 bool all_groups = true) {
  std::vector<std::vector<const Cell*>> of_category(categories);
  for (size_t v = 0; v < videos.size(); ++v) {
    for (int64_t left = count(v); left > 0; --left) {
      for (const auto& [category, cell] : videos[v].cells)
        of_category[static_cast<size_t>(category)].push_back(&cell);
    }
  }
  Curves curves = empty_curves(static_cast<int64_t>(categories), ovis ? 4 : 1);
  parallel_for(0, static_cast<int64_t>(categories), 1, [&](int64_t first, int64_t last) {
    for (int64_t k = first; k < last; ++k)
      accumulate(of_category[static_cast<size_t>(k)], k, &curves, all_groups);
  });
  return curves;
}

Measures category_measures(const Curves& curves, int64_t category) {
  Measures measures = {{"AP", mean_precision(curves, -1, category, 0, 0)},
                       {"AP50", mean_precision(curves, 0, category, 0, 0)},
                       {"AP75", mean_precision(curves, 5, category, 0, 0)},
                       {"APs", mean_precision(curves, -1, category, 1, 0)},
                       {"APm", mean_precision(curves, -1, category, 2, 0)},
                       {"APl", mean_precision(curves, -1, category, 3, 0)},
                       {"AR1", mean_recall(curves, category, 0, 0, 0)},
                       {"AR10", mean_recall(curves, category, 0, 0, 1)},
                       {"AR100", mean_recall(curves, category, 0, 0, 2)}};
  if (curves.occlusions > 1) {
    measures.emplace_back("AR", mean_recall(curves, category, 0, 0, 2));
    constexpr const char* kNames[] = {"so", "mo", "ho"};
    for (int i = 0; i < 3; ++i) {
      measures.emplace_back(cat("AP", kNames[i]), mean_precision(curves, -1, category, 0, i + 1));
      measures.emplace_back(cat("AR", kNames[i]), mean_recall(curves, category, 0, i + 1, 2));
    }
  }
  return measures;
}

void warn_of_missing_labels(const GroundTruth& truth, Warnings* warnings) {
  auto labelled = [](const TruthTrack& track) { return track.occlusion.has_value(); };
  if (std::none_of(truth.tracks.begin(), truth.tracks.end(), labelled)) return;
  for (const TruthTrack& track : truth.tracks) {
    if (labelled(track)) continue;
    warnings->add("some tracks have no label in 'occlusion', so there are no scores by occlusion",
                  cat("track ", track.id, " of video ", track.video));
  }
}

int64_t length_of(const VideoPlan& video) {
  if (video.video->length > 0) return video.video->length;
  int64_t frames = 0;
  for (const Meeting& meeting : video.meetings)
    frames = std::max({frames, longest(meeting.truths), longest(meeting.results)});
  return frames;
}

/// Every frame compared as an image of its own.
std::vector<VideoCells> compare_frames(const EvaluationPlan& plan) {
  constexpr double kAreas[4][2] = {{0, 1e10}, {0, 32 * 32}, {32 * 32, 96 * 96}, {96 * 96, 1e10}};
  std::vector<Group> all_groups;
  for (const auto& area : kAreas) all_groups.push_back({area[0], area[1]});

  std::vector<VideoCells> videos(plan.videos.size());
  auto compare_video = [&](const VideoPlan& video, VideoCells* to) {
    int64_t frames = 0;
    for (const Meeting& meeting : video.meetings)
      frames = std::max({frames, longest(meeting.truths), longest(meeting.results)});
    std::vector<FrameMask> masks, truth_masks;
    for (int64_t frame = 0; frame < frames; ++frame) {
      for (const Meeting& meeting : video.meetings) {
        Candidates candidates;
        load_frame(meeting.results, frame, &masks);
        load_frame(meeting.truths, frame, &truth_masks);
        std::vector<size_t> order;
        for (size_t d = 0; d < masks.size(); ++d)
          if (masks[d].present()) order.push_back(d);
        std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
          return scores_higher(meeting.results[a]->score, meeting.results[b]->score);
        });
        if (order.size() > kMostResults) order.resize(kMostResults);
        for (size_t d : order) {
          candidates.results.push_back(
              {meeting.results[d]->score, static_cast<double>(masks[d].area())});
          for (size_t g = 0; g < truth_masks.size(); ++g) {
            if (!truth_masks[g].present()) continue;
            auto common = static_cast<double>(common_area(masks[d], truth_masks[g]));
            auto area = static_cast<double>(masks[d].area());
            auto truth_area = static_cast<double>(truth_masks[g].area());
            double whole = meeting.truths[g]->crowd ? area : area + truth_area - common;
            candidates.overlaps.push_back(common > 0 ? common / whole : 0);
          }
        }
        for (size_t g = 0; g < truth_masks.size(); ++g) {
          if (!truth_masks[g].present()) continue;
          candidates.truths.push_back(
              {meeting.truths[g]->crowd, static_cast<double>(truth_masks[g].area()), 0, false});
        }
        if (candidates.results.empty() && candidates.truths.empty()) continue;
        to->cells.emplace_back(meeting.category, match(candidates, all_groups));
      }
    }
  };
  parallel_for(0, static_cast<int64_t>(videos.size()), 1, [&](int64_t first, int64_t last) {
    for (int64_t v = first; v < last; ++v) {
      compare_video(plan.videos[static_cast<size_t>(v)], &videos[static_cast<size_t>(v)]);
    }
  });
  return videos;
}

/// The official numbers of samples of the videos, for objects of all sizes.
SampledMeasures sampled(std::vector<VideoCells> videos, size_t categories, bool ovis) {
  return [videos = std::move(videos), categories, ovis](std::span<const int64_t> counts) {
    return official_measures(curves_of(
        videos, categories, ovis, [&](size_t v) { return counts[v]; }, false));
  };
}

}  // namespace

Evaluation evaluate(const GroundTruth& truth, const Results& results,
                    const EvaluationOptions& options) {
  const bool ovis = truth.has_occlusion();
  EvaluationPlan plan = make_plan(truth, results, options.class_agnostic);
  if (truth.tracks.empty()) {
    plan.warnings.add("the ground truth has no tracks, so there is nothing to measure", "");
  }
  if (!ovis) warn_of_missing_labels(truth, &plan.warnings);
  std::vector<VideoCells> videos = compare(plan, results, options, ovis);
  for (const VideoCells& video : videos) plan.warnings.add(video.warnings);

  Evaluation evaluation;
  evaluation.curves = curves_of(videos, plan.categories.size(), ovis, [](size_t) { return 1; });
  evaluation.stats = official_measures(evaluation.curves);
  if (!options.class_agnostic) {
    for (size_t k = 0; k < plan.categories.size(); ++k) {
      evaluation.categories.push_back(
          {plan.categories[k].id, plan.categories[k].name,
           category_measures(evaluation.curves, static_cast<int64_t>(k))});
    }
  }
  evaluation.warnings = plan.warnings.texts();
  return evaluation;
}

Evaluation evaluate_frames(const GroundTruth& truth, const Results& results, bool class_agnostic) {
  EvaluationPlan plan = make_plan(truth, results, class_agnostic);
  const std::vector<VideoCells> videos = compare_frames(plan);
  Evaluation evaluation;
  evaluation.curves = curves_of(videos, plan.categories.size(), false, [](size_t) { return 1; });
  evaluation.stats = official_measures(evaluation.curves);
  for (size_t k = 0; !class_agnostic && k < plan.categories.size(); ++k) {
    evaluation.categories.push_back(
        {plan.categories[k].id,
         plan.categories[k].name,
         {{"AP", mean_precision(evaluation.curves, -1, static_cast<int64_t>(k), 0, 0)}}});
  }
  evaluation.warnings = plan.warnings.texts();
  return evaluation;
}

std::vector<LengthMeasures> evaluate_lengths(const GroundTruth& truth, const Results& results,
                                             std::span<const int64_t> borders,
                                             bool class_agnostic) {
  const bool ovis = truth.has_occlusion();
  EvaluationPlan plan = make_plan(truth, results, class_agnostic);
  std::vector<VideoCells> videos = compare(plan, results, {}, ovis);
  std::vector<LengthMeasures> all;
  int64_t shortest = 0;
  for (size_t i = 0; i <= borders.size(); ++i) {
    LengthMeasures group;
    group.shortest = shortest;
    group.longest = i < borders.size() ? borders[i] : std::numeric_limits<int64_t>::max();
    auto belongs = [&](size_t v) {
      int64_t length = length_of(plan.videos[v]);
      return length >= group.shortest && length <= group.longest;
    };
    for (size_t v = 0; v < videos.size(); ++v) group.videos += belongs(v);
    group.stats = official_measures(curves_of(videos, plan.categories.size(), ovis, belongs));
    shortest = group.longest < std::numeric_limits<int64_t>::max() ? group.longest + 1 : 0;
    all.push_back(std::move(group));
  }
  return all;
}

SampledMeasures sample_evaluation(const GroundTruth& truth, const Results& results) {
  const bool ovis = truth.has_occlusion();
  const EvaluationPlan plan = make_plan(truth, results, false);
  return sampled(compare(plan, results, {}, ovis), plan.categories.size(), ovis);
}

SampledMeasures sample_frames(const GroundTruth& truth, const Results& results) {
  const EvaluationPlan plan = make_plan(truth, results, false);
  return sampled(compare_frames(plan), plan.categories.size(), false);
}

std::string digest(std::span<const double> values) {
  std::vector<int64_t> wholes(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    double scaled = std::nearbyint(values[i] * 1e9);
    // Values that do not fit become the smallest integer, as in the official tools.
    wholes[i] = std::abs(scaled) < 9.2e18 ? static_cast<int64_t>(scaled)
                                          : std::numeric_limits<int64_t>::min();
  }
  return sha256({reinterpret_cast<const char*>(wholes.data()), wholes.size() * sizeof(int64_t)});
}

}  // namespace clipwork

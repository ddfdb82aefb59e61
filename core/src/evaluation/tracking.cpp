// Identity over time, as TrackEval computes it: HOTA (Luiten et al., 2021), CLEAR MOT, identity F1.

#include <clipwork/assignment.h>
#include <clipwork/host/evaluation.h>
#include <clipwork/host/resampling.h>
#include <clipwork/parallel.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "evaluation/overlaps.h"
#include "evaluation/plan.h"
#include "evaluation/video_tracking.h"

namespace clipwork {

using namespace evaluation;

namespace {

constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr double kThreshold = 0.5;  // of CLEAR and identity
constexpr int kAlphas = 19;
using PerAlpha = std::array<double, kAlphas>;

// numpy's arange: the start, and multiples of the step.
double alpha_at(int a) { return 0.05 + a * 0.05; }

/// The tracks and results in a frame, and their overlaps.
struct Sighting {
  std::vector<size_t> truths, results;
  std::vector<double> similarity;  ///< [truths, results]
  double at(size_t row, size_t column) const { return similarity[row * results.size() + column]; }
};

/// A video and class.
struct Sequence {
  std::vector<Sighting> frames;
  size_t truths = 0, results = 0;  ///< tracks that are seen
  int64_t truth_masks = 0, result_masks = 0;
  std::vector<double> truth_frames, result_frames;  ///< [tracks] frames in which each is seen
  std::vector<const ResultTrack*> result_tracks;    ///< those with the least score or more
};

/// The quantities that are summed over sequences: numbers of detections, and means weighted by true
/// positives.
struct Sums {
  PerAlpha true_positives{}, false_negatives{}, false_positives{};
  PerAlpha association{}, association_recall{}, association_precision{}, similarity{};
  double clear_right = 0, clear_missed = 0, clear_wrong = 0, clear_similarity = 0;
  double switches = 0, mostly = 0, partly = 0, hardly = 0, fragments = 0;
  double identity_right = 0, identity_missed = 0, identity_wrong = 0;

  void add(const Sums& other) {
    for (int a = 0; a < kAlphas; ++a) {
      true_positives[a] += other.true_positives[a];
      false_negatives[a] += other.false_negatives[a];
      false_positives[a] += other.false_positives[a];
      association[a] += other.association[a];
      association_recall[a] += other.association_recall[a];
      association_precision[a] += other.association_precision[a];
      similarity[a] += other.similarity[a];
    }
    clear_right += other.clear_right;
    clear_missed += other.clear_missed;
    clear_wrong += other.clear_wrong;
    clear_similarity += other.clear_similarity;
    switches += other.switches;
    mostly += other.mostly;
    partly += other.partly;
    hardly += other.hardly;
    fragments += other.fragments;
    identity_right += other.identity_right;
    identity_missed += other.identity_missed;
    identity_wrong += other.identity_wrong;
  }
};

Sequence see(const VideoEntry& video, const Meeting& meeting, double min_score) {
  std::vector<const ResultTrack*> results;
  for (const ResultTrack* result : meeting.results)
    if (!(result->score < min_score)) results.push_back(result);
  Sequence sequence;
  sequence.truth_frames.resize(meeting.truths.size());
  sequence.result_frames.resize(results.size());
  sequence.result_tracks = results;
  std::vector<FrameMask> truth_masks, masks;
  int64_t frames = std::max(longest(meeting.truths), longest(results));
  // TrackEval sees the frames that the video has.
  if (!video.files.empty()) frames = std::min(frames, video.length);
  for (int64_t frame = 0; frame < frames; ++frame) {
    load_frame(meeting.truths, frame, &truth_masks);
    load_frame(results, frame, &masks);
    Sighting sighting;
    for (size_t g = 0; g < truth_masks.size(); ++g)
      if (truth_masks[g].present()) sighting.truths.push_back(g);
    for (size_t r = 0; r < masks.size(); ++r)
      if (masks[r].present()) sighting.results.push_back(r);
    for (size_t g : sighting.truths) {
      ++sequence.truth_frames[g];
      for (size_t r : sighting.results) {
        int64_t common = common_area(truth_masks[g], masks[r]);
        int64_t either = truth_masks[g].area() + masks[r].area() - common;
        sighting.similarity.push_back(
            common > 0 ? static_cast<double>(common) / static_cast<double>(either) : 0);
      }
    }
    for (size_t r : sighting.results) ++sequence.result_frames[r];
    sequence.truth_masks += static_cast<int64_t>(sighting.truths.size());
    sequence.result_masks += static_cast<int64_t>(sighting.results.size());
    sequence.frames.push_back(std::move(sighting));
  }
  auto seen = [](const std::vector<double>& frames) {
    return static_cast<size_t>(
        std::count_if(frames.begin(), frames.end(), [](double n) { return n > 0; }));
  };
  sequence.truths = seen(sequence.truth_frames);
  sequence.results = seen(sequence.result_frames);
  return sequence;
}

/// Assigns rows to columns for the greatest total gain.
Assignment assign_most(const std::vector<double>& gain, size_t rows, size_t columns) {
  std::vector<double> cost(gain.size());
  for (size_t i = 0; i < gain.size(); ++i) cost[i] = -gain[i];
  return assign_least_cost(cost, static_cast<int64_t>(rows), static_cast<int64_t>(columns));
}

/// How well each pair of tracks goes together over the whole video.
std::vector<double> alignment(const Sequence& sequence) {
  const size_t columns = sequence.result_frames.size();
  std::vector<double> matches(sequence.truth_frames.size() * columns);
  for (const Sighting& frame : sequence.frames) {
    std::vector<double> of_row(frame.truths.size()), of_column(frame.results.size());
    for (size_t i = 0; i < of_row.size(); ++i) {
      for (size_t j = 0; j < of_column.size(); ++j) {
        of_row[i] += frame.at(i, j);
        of_column[j] += frame.at(i, j);
      }
    }
    for (size_t i = 0; i < of_row.size(); ++i) {
      for (size_t j = 0; j < of_column.size(); ++j) {
        double whole = of_column[j] + of_row[i] - frame.at(i, j);
        if (whole > kEpsilon)
          matches[frame.truths[i] * columns + frame.results[j]] += frame.at(i, j) / whole;
      }
    }
  }
  for (size_t g = 0; g < sequence.truth_frames.size(); ++g) {
    for (size_t r = 0; r < columns; ++r) {
      double& match = matches[g * columns + r];
      double whole = sequence.truth_frames[g] + sequence.result_frames[r] - match;
      match = whole > 0 ? match / whole : 0;
    }
  }
  return matches;
}

void add_hota(const Sequence& sequence, Sums* sums) {
  if (sequence.truth_masks == 0 || sequence.result_masks == 0) {
    sums->false_negatives.fill(static_cast<double>(sequence.truth_masks));
    sums->false_positives.fill(static_cast<double>(sequence.result_masks));
    return;
  }
  const size_t columns = sequence.result_frames.size();
  const std::vector<double> aligned = alignment(sequence);
  std::vector<std::vector<double>> together(
      kAlphas, std::vector<double>(sequence.truth_frames.size() * columns));
  for (const Sighting& frame : sequence.frames) {
    std::vector<double> gain(frame.similarity.size());
    for (size_t i = 0; i < frame.truths.size(); ++i)
      for (size_t j = 0; j < frame.results.size(); ++j)
        gain[i * frame.results.size() + j] =
            aligned[frame.truths[i] * columns + frame.results[j]] * frame.at(i, j);
    Assignment pairs = assign_most(gain, frame.truths.size(), frame.results.size());
    for (int a = 0; a < kAlphas; ++a) {
      double right = 0;
      for (size_t p = 0; p < pairs.rows.size(); ++p) {
        auto row = static_cast<size_t>(pairs.rows[p]),
             column = static_cast<size_t>(pairs.columns[p]);
        double similarity = frame.at(row, column);
        if (similarity < alpha_at(a) - kEpsilon) continue;
        ++right;
        sums->similarity[a] += similarity;
        ++together[a][frame.truths[row] * columns + frame.results[column]];
      }
      sums->true_positives[a] += right;
      sums->false_negatives[a] += static_cast<double>(frame.truths.size()) - right;
      sums->false_positives[a] += static_cast<double>(frame.results.size()) - right;
    }
  }
  for (int a = 0; a < kAlphas; ++a) {
    for (size_t g = 0; g < sequence.truth_frames.size(); ++g) {
      for (size_t r = 0; r < columns; ++r) {
        double count = together[a][g * columns + r];
        if (count == 0) continue;
        double of_truth = sequence.truth_frames[g], of_result = sequence.result_frames[r];
        sums->association[a] += count * (count / (of_truth + of_result - count));
        sums->association_recall[a] += count * (count / of_truth);
        sums->association_precision[a] += count * (count / of_result);
      }
    }
  }
}

/// `details`, where it is not null, takes what happens to each object.
void add_clear(const Sequence& sequence, const Meeting& meeting, Sums* sums,
               VideoTracking* details) {
  const auto masks = static_cast<double>(sequence.truth_masks);
  if (sequence.result_masks == 0) {
    sums->clear_missed = masks;
    sums->hardly = static_cast<double>(sequence.truths);
    return;
  }
  if (sequence.truth_masks == 0) {
    sums->clear_wrong = static_cast<double>(sequence.result_masks);
    return;
  }
  constexpr size_t kNone = std::numeric_limits<size_t>::max();
  const size_t tracks = sequence.truth_frames.size();
  std::vector<size_t> last_partner(tracks, kNone), partner_before(tracks, kNone);
  std::vector<double> found(tracks), begun(tracks);
  std::vector<int64_t> switches(tracks);
  for (size_t t = 0; t < sequence.frames.size(); ++t) {
    const Sighting& frame = sequence.frames[t];
    sums->clear_missed += static_cast<double>(frame.truths.size());
    sums->clear_wrong += static_cast<double>(frame.results.size());
    // A frame without detections on one side does not clear the memory of the frame before.
    if (frame.truths.empty() || frame.results.empty()) continue;
    std::vector<double> gain(frame.similarity.size());
    for (size_t i = 0; i < frame.truths.size(); ++i) {
      for (size_t j = 0; j < frame.results.size(); ++j) {
        if (frame.at(i, j) < kThreshold - kEpsilon) continue;
        bool goes_on = partner_before[frame.truths[i]] == frame.results[j];
        gain[i * frame.results.size() + j] = (goes_on ? 1000 : 0) + frame.at(i, j);
      }
    }
    Assignment pairs = assign_most(gain, frame.truths.size(), frame.results.size());
    std::vector<size_t> partner(tracks, kNone);
    for (size_t p = 0; p < pairs.rows.size(); ++p) {
      auto row = static_cast<size_t>(pairs.rows[p]), column = static_cast<size_t>(pairs.columns[p]);
      if (gain[row * frame.results.size() + column] <= kEpsilon) continue;
      size_t truth = frame.truths[row], result = frame.results[column];
      if (last_partner[truth] != kNone && last_partner[truth] != result) {
        ++sums->switches;
        ++switches[truth];
        if (details) {
          details->switches.push_back({0, static_cast<int64_t>(t), meeting.truths[truth],
                                       sequence.result_tracks[last_partner[truth]],
                                       sequence.result_tracks[result]});
        }
      }
      last_partner[truth] = partner[truth] = result;
      ++found[truth];
      if (partner_before[truth] == kNone) ++begun[truth];
      ++sums->clear_right;
      --sums->clear_missed;
      --sums->clear_wrong;
      sums->clear_similarity += frame.at(row, column);
    }
    partner_before = partner;
  }
  for (size_t g = 0; g < tracks; ++g) {
    if (sequence.truth_frames[g] == 0) continue;
    double part = found[g] / sequence.truth_frames[g];
    ++(part > 0.8 ? sums->mostly : part >= 0.2 ? sums->partly : sums->hardly);
    const double fragments = std::max(0.0, begun[g] - 1);
    sums->fragments += fragments;
    if (details) {
      details->tracks.push_back({meeting.truths[g], static_cast<int64_t>(found[g]), switches[g],
                                 static_cast<int64_t>(fragments)});
    }
  }
}

void add_identity(const Sequence& sequence, Sums* sums) {
  const auto truth_masks = static_cast<double>(sequence.truth_masks);
  const auto result_masks = static_cast<double>(sequence.result_masks);
  double right = 0;
  if (truth_masks > 0 && result_masks > 0) {
    const size_t columns = sequence.result_frames.size();
    std::vector<double> gain(sequence.truth_frames.size() * columns);
    for (const Sighting& frame : sequence.frames)
      for (size_t i = 0; i < frame.truths.size(); ++i)
        for (size_t j = 0; j < frame.results.size(); ++j)
          gain[frame.truths[i] * columns + frame.results[j]] += frame.at(i, j) >= kThreshold;
    Assignment pairs = assign_most(gain, sequence.truth_frames.size(), columns);
    for (size_t p = 0; p < pairs.rows.size(); ++p)
      right += gain[static_cast<size_t>(pairs.rows[p]) * columns +
                    static_cast<size_t>(pairs.columns[p])];
  }
  sums->identity_right = right;
  sums->identity_missed = truth_masks - right;
  sums->identity_wrong = result_masks - right;
}

double part(double of, double whole) { return of / std::max(1.0, whole); }

double mean(const PerAlpha& values) {
  double sum = 0;
  for (double value : values) sum += value;
  return sum / kAlphas;
}

TrackingMeasures measures_of(const Sums& sums) {
  constexpr const char* kNames[] = {"HOTA",  "DetA",  "AssA", "DetRe", "DetPr",
                                    "AssRe", "AssPr", "LocA", "OWTA"};
  std::array<PerAlpha, 9> curves;
  for (int a = 0; a < kAlphas; ++a) {
    double right = sums.true_positives[a], missed = sums.false_negatives[a],
           wrong = sums.false_positives[a];
    double detection = part(right, right + missed + wrong);
    double recall = part(right, right + missed), precision = part(right, right + wrong);
    double association = part(sums.association[a], right);
    double similarity = std::max(1e-10, sums.similarity[a]) / std::max(1e-10, right);
    double values[] = {std::sqrt(detection * association),
                       detection,
                       association,
                       recall,
                       precision,
                       part(sums.association_recall[a], right),
                       part(sums.association_precision[a], right),
                       similarity,
                       std::sqrt(recall * association)};
    for (size_t i = 0; i < curves.size(); ++i) curves[i][a] = values[i];
  }
  TrackingMeasures result;
  for (size_t i = 0; i < curves.size(); ++i) {
    result.measures.emplace_back(kNames[i], mean(curves[i]));
    result.curves.emplace_back(kNames[i], std::vector(curves[i].begin(), curves[i].end()));
  }
  auto list = [](const PerAlpha& values) { return std::vector(values.begin(), values.end()); };
  result.true_positives = list(sums.true_positives);
  result.false_negatives = list(sums.false_negatives);
  result.false_positives = list(sums.false_positives);

  double right = sums.clear_right, missed = sums.clear_missed, wrong = sums.clear_wrong;
  double tracks = sums.mostly + sums.partly + sums.hardly;
  double found = sums.identity_right;
  Measures more = {{"MOTA", part(right - wrong - sums.switches, right + missed)},
                   {"MOTP", part(sums.clear_similarity, right)},
                   {"MODA", part(right - wrong, right + missed)},
                   {"CLR_Re", part(right, right + missed)},
                   {"CLR_Pr", part(right, right + wrong)},
                   {"MTR", part(sums.mostly, tracks)},
                   {"PTR", part(sums.partly, tracks)},
                   {"MLR", part(sums.hardly, tracks)},
                   {"sMOTA", part(sums.clear_similarity - wrong - sums.switches, right + missed)},
                   {"CLR_TP", right},
                   {"CLR_FN", missed},
                   {"CLR_FP", wrong},
                   {"IDSW", sums.switches},
                   {"MT", sums.mostly},
                   {"PT", sums.partly},
                   {"ML", sums.hardly},
                   {"Frag", sums.fragments},
                   {"IDF1", part(found, found + (sums.identity_missed + sums.identity_wrong) / 2)},
                   {"IDR", part(found, found + sums.identity_missed)},
                   {"IDP", part(found, found + sums.identity_wrong)},
                   {"IDTP", found},
                   {"IDFN", sums.identity_missed},
                   {"IDFP", sums.identity_wrong}};
  result.measures.insert(result.measures.end(), more.begin(), more.end());
  return result;
}

bool is_count(const std::string& name) {
  for (const char* count :
       {"CLR_TP", "CLR_FN", "CLR_FP", "IDSW", "MT", "PT", "ML", "Frag", "IDTP", "IDFN", "IDFP"}) {
    if (name == count) return true;
  }
  return false;
}

void add(const std::vector<double>& values, double weight, std::vector<double>* sums) {
  sums->resize(values.size());
  for (size_t i = 0; i < values.size(); ++i) (*sums)[i] += weight * values[i];
}

/// Counts are added up; everything else is the mean over all classes.
TrackingMeasures mean_of(const std::vector<std::pair<Category, TrackingMeasures>>& categories) {
  TrackingMeasures result;
  const double weight = 1.0 / static_cast<double>(std::max<size_t>(1, categories.size()));
  for (const auto& [category, measures] : categories) {
    result.measures.resize(measures.measures.size());
    for (size_t i = 0; i < measures.measures.size(); ++i) {
      const auto& [name, value] = measures.measures[i];
      result.measures[i].first = name;
      result.measures[i].second += value * (is_count(name) ? 1 : weight);
    }
    add(measures.true_positives, 1, &result.true_positives);
    add(measures.false_negatives, 1, &result.false_negatives);
    add(measures.false_positives, 1, &result.false_positives);
    result.curves.resize(measures.curves.size());
    for (size_t i = 0; i < measures.curves.size(); ++i) {
      result.curves[i].first = measures.curves[i].first;
      add(measures.curves[i].second, weight, &result.curves[i].second);
    }
  }
  return result;
}

/// The sums of a video, by category.
using VideoSums = std::vector<std::pair<int64_t, Sums>>;

/// `details`, where it is not null, takes what happens to each object, by video.
std::vector<VideoSums> sums_of(const EvaluationPlan& plan, double min_score,
                               std::vector<VideoTracking>* details = nullptr) {
  std::vector<VideoSums> of_video(plan.videos.size());
  if (details) details->resize(plan.videos.size());
  parallel_for(0, static_cast<int64_t>(of_video.size()), 1, [&](int64_t first, int64_t last) {
    for (int64_t v = first; v < last; ++v) {
      const VideoPlan& video = plan.videos[static_cast<size_t>(v)];
      for (const Meeting& meeting : video.meetings) {
        Sequence sequence = see(*video.video, meeting, min_score);
        Sums sums;
        add_hota(sequence, &sums);
        add_clear(sequence, meeting, &sums,
                  details ? &(*details)[static_cast<size_t>(v)] : nullptr);
        add_identity(sequence, &sums);
        of_video[static_cast<size_t>(v)].emplace_back(meeting.category, sums);
      }
    }
  });
  return of_video;
}

}  // namespace

std::vector<VideoTracking> evaluation::track_videos(const EvaluationPlan& plan, double min_score,
                                                    Measures* all) {
  std::vector<VideoTracking> videos;
  const std::vector<VideoSums> of_video = sums_of(plan, min_score, &videos);
  Sums sums_of_all;
  for (size_t v = 0; v < videos.size(); ++v) {
    Sums sums_of_video;
    for (const auto& [category, sums] : of_video[v]) {
      sums_of_video.add(sums);
      sums_of_all.add(sums);
    }
    videos[v].measures = measures_of(sums_of_video).measures;
    for (IdSwitch& one : videos[v].switches) one.video = v;
  }
  *all = measures_of(sums_of_all).measures;
  return videos;
}

Tracking evaluate_tracking(const GroundTruth& truth, const Results& results, double min_score,
                           bool class_agnostic) {
  EvaluationPlan plan = make_plan(truth, results, class_agnostic);
  const size_t categories = plan.categories.size();
  const std::vector<VideoSums> of_video = sums_of(plan, min_score);
  std::vector<Sums> of_category(categories);
  Sums all;
  for (const auto& video : of_video) {
    for (const auto& [category, sums] : video) {
      of_category[static_cast<size_t>(category)].add(sums);
      all.add(sums);
    }
  }
  Tracking tracking;
  tracking.min_score = min_score;
  for (size_t k = 0; k < categories; ++k)
    tracking.categories.emplace_back(plan.categories[k], measures_of(of_category[k]));
  tracking.class_mean = mean_of(tracking.categories);
  tracking.detection_sum = measures_of(all);
  if (class_agnostic) tracking.categories.clear();
  return tracking;
}

SampledMeasures sample_tracking(const GroundTruth& truth, const Results& results,
                                double min_score) {
  const EvaluationPlan plan = make_plan(truth, results, false);
  std::vector<Sums> of_video;
  for (const VideoSums& video : sums_of(plan, min_score)) {
    Sums& all = of_video.emplace_back();
    for (const auto& [category, sums] : video) all.add(sums);
  }
  return [of_video = std::move(of_video)](std::span<const int64_t> counts) {
    Sums all;
    for (size_t v = 0; v < of_video.size(); ++v) {
      for (int64_t left = counts[v]; left > 0; --left) all.add(of_video[v]);
    }
    return measures_of(all).measures;
  };
}

}  // namespace clipwork

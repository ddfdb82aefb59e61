#include <clipwork/host/analysis.h>
#include <clipwork/parallel.h>

#include <algorithm>
#include <unordered_map>

#include "evaluation/error_types.h"
#include "evaluation/matching.h"
#include "evaluation/object_properties.h"
#include "evaluation/plan.h"
#include "evaluation/track_pairs.h"
#include "evaluation/video_tracking.h"

namespace clipwork {

using namespace evaluation;

namespace {

/// What is kept of a video after its masks were compared.
struct ExaminedVideo {
  VideoErrors errors;
  std::vector<TrackShape> shapes;  ///< of its objects
  /// [properties + 1]: by category, the outcomes for all objects, then for the bins of each.
  std::vector<std::vector<std::pair<int64_t, Cell>>> cells;
};

ExaminedVideo examine(const VideoPlan& plan, const std::vector<Property>& properties) {
  ExaminedVideo video;
  std::vector<const ResultTrack*> results;
  std::vector<const TruthTrack*> truths;
  for (const Meeting& meeting : plan.meetings) {
    for (const ResultTrack* result : ranked(meeting.results)) {
      results.push_back(result);
      video.errors.results.push_back({result, meeting.category});
    }
    for (const TruthTrack* truth : meeting.truths) {
      truths.push_back(truth);
      video.errors.truths.push_back({truth, meeting.category});
      video.shapes.push_back(shape_of(truth->masks));
    }
  }
  const std::vector<TrackPair> pairs = pair_tracks(results, truths, false);
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (pairs[i].overlap() < kPoorOverlap) continue;
    video.errors.pairs.push_back(
        {i / truths.size(), i % truths.size(), pairs[i].overlap(), pairs[i].overlap_where_met()});
  }
  judge(&video.errors);

  video.cells.resize(properties.size() + 1);
  size_t first_result = 0, first_truth = 0;
  for (const Meeting& meeting : plan.meetings) {
    Candidates candidates;
    const size_t count = std::min(meeting.results.size(), kMostResults);
    for (size_t d = first_result; d < first_result + count; ++d) {
      candidates.results.push_back({results[d]->score, results[d]->mask_area});
      for (size_t g = 0; g < meeting.truths.size(); ++g)
        candidates.overlaps.push_back(pairs[d * truths.size() + first_truth + g].overlap());
    }
    for (const TruthTrack* truth : meeting.truths)
      candidates.truths.push_back({truth->crowd, truth->area, 0, truth->id == 0});
    video.cells[0].emplace_back(meeting.category, match(candidates, {Group()}));
    for (size_t p = 0; p < properties.size(); ++p) {
      std::vector<Group> groups;
      for (const Property::Bin& bin : properties[p].bins) groups.push_back(bin.group);
      for (size_t g = 0; g < meeting.truths.size(); ++g) {
        candidates.truths[g].occlusion =
            properties[p].value(*meeting.truths[g], video.shapes[first_truth + g]);
      }
      video.cells[p + 1].emplace_back(meeting.category, match(candidates, groups));
    }
    first_result += count;
    first_truth += meeting.truths.size();
  }
  return video;
}

std::vector<ExaminedVideo> examine(const EvaluationPlan& plan,
                                   const std::vector<Property>& properties) {
  std::vector<ExaminedVideo> videos(plan.videos.size());
  parallel_for(0, static_cast<int64_t>(videos.size()), 1, [&](int64_t first, int64_t last) {
    for (auto v = static_cast<size_t>(first); v < static_cast<size_t>(last); ++v)
      videos[v] = examine(plan.videos[v], properties);
  });
  return videos;
}

std::vector<PropertyAnalysis> by_property(const std::vector<ExaminedVideo>& videos,
                                          const std::vector<Property>& properties,
                                          size_t categories) {
  std::vector<PropertyAnalysis> all;
  for (size_t p = 0; p < properties.size(); ++p) {
    std::vector<std::vector<const Cell*>> cells(categories);
    for (const ExaminedVideo& video : videos) {
      for (const auto& [category, cell] : video.cells[p + 1])
        cells[static_cast<size_t>(category)].push_back(&cell);
    }
    PropertyAnalysis& property = all.emplace_back();
    property.name = properties[p].name;
    property.definition = properties[p].definition;
    for (size_t b = 0; b < properties[p].bins.size(); ++b) {
      const GroupMeans means = group_means(cells, b);
      property.bins.push_back(
          {properties[p].bins[b].name, means.positives, means.ap, means.ap50, means.ar100});
    }
  }
  return all;
}

GroupMeans of_video(const ExaminedVideo& video) {
  std::vector<std::vector<const Cell*>> cells;
  for (const auto& [category, cell] : video.cells[0]) cells.push_back({&cell});
  return group_means(cells, 0);
}

/// Judges a video at the least score: its objects, its confusions, its errors.
class VideoJudge {
 public:
  VideoJudge(const VideoErrors& video, const std::vector<TrackShape>& shapes, size_t place,
             Analysis* analysis)
      : video_(video), shapes_(shapes), place_(place), analysis_(*analysis) {}

  void add() {
    match_objects();
    VideoAnalysis& summary = analysis_.videos[place_];
    for (size_t g = 0; g < video_.truths.size(); ++g) {
      if (video_.truths[g].track->crowd) continue;
      analysis_.tracks.push_back(track(g));
      ++summary.tracks;
      summary.found += analysis_.tracks.back().error == ErrorType::none;
      ++confused(static_cast<size_t>(video_.truths[g].category),
                 taker_[g] ? category_of(*taker_[g]) : nothing());
    }
    std::vector<bool> somewhere(video_.results.size());
    for (const OverlappingPair& pair : video_.pairs)
      if (pair.overlap >= kGoodOverlap) somewhere[pair.result] = true;
    for (size_t d = 0; d < video_.results.size(); ++d) {
      if (!counts(d)) continue;
      ++summary.results;
      if (!somewhere[d]) ++confused(nothing(), category_of(d));
      if (!video_.results[d].ignored) add_error(video_.results[d].error);
    }
    for (const VideoErrors::Truth& truth : video_.truths)
      if (video_.missed(truth)) add_error(ErrorType::missed);
  }

 private:
  const VideoErrors& video_;
  const std::vector<TrackShape>& shapes_;
  size_t place_;
  Analysis& analysis_;
  std::vector<std::optional<size_t>> taker_;     ///< [objects] the result that has chosen each
  std::vector<const OverlappingPair*> nearest_;  ///< [objects] of those that count

  bool counts(size_t result) const {
    return video_.results[result].track->score >= analysis_.min_score;
  }
  size_t category_of(size_t result) const {
    return static_cast<size_t>(video_.results[result].category);
  }
  size_t nothing() const { return analysis_.categories.size(); }
  int64_t& confused(size_t truth, size_t result) {
    return analysis_.confusion[truth * (nothing() + 1) + result];
  }
  void add_error(ErrorType type) {
    for (ErrorAnalysis& error : analysis_.errors) error.count += error.type == type;
  }

  /// Results choose in order of falling score, whatever their class. What is left explains the
  /// objects that nobody chose.
  void match_objects() {
    taker_.resize(video_.truths.size());
    nearest_.resize(video_.truths.size());
    std::vector<const OverlappingPair*> good;
    for (const OverlappingPair& pair : video_.pairs)
      if (counts(pair.result) && pair.overlap >= kGoodOverlap) good.push_back(&pair);
    std::stable_sort(good.begin(), good.end(),
                     [&](const OverlappingPair* a, const OverlappingPair* b) {
                       const double of_a = score(*a), of_b = score(*b);
                       if (of_a != of_b) return of_a > of_b;
                       return a->overlap > b->overlap;
                     });
    std::vector<bool> has_chosen(video_.results.size());
    for (const OverlappingPair* pair : good) {
      if (has_chosen[pair->result] || taker_[pair->truth]) continue;
      has_chosen[pair->result] = true;
      taker_[pair->truth] = pair->result;
      nearest_[pair->truth] = pair;
    }
    for (const OverlappingPair& pair : video_.pairs) {
      if (!counts(pair.result) || has_chosen[pair.result] || taker_[pair.truth]) continue;
      const OverlappingPair*& nearest = nearest_[pair.truth];
      if (!nearest || better(pair, *nearest)) nearest = &pair;
    }
  }
  double score(const OverlappingPair& pair) const {
    return video_.results[pair.result].track->score;
  }
  /// Results of the object's class explain more than others.
  bool better(const OverlappingPair& a, const OverlappingPair& b) const {
    const bool own_a = of_its_class(a), own_b = of_its_class(b);
    return own_a != own_b ? own_a : a.overlap > b.overlap;
  }
  bool of_its_class(const OverlappingPair& pair) const {
    return video_.results[pair.result].category == video_.truths[pair.truth].category;
  }

  TrackAnalysis track(size_t object) const {
    const VideoErrors::Truth& truth = video_.truths[object];
    const TrackShape& shape = shapes_[object];
    TrackAnalysis track;
    track.truth = truth.track;
    track.video = place_;
    track.category = truth.category;
    track.frames = shape.frames;
    track.first_frame = shape.first_frame;
    track.end_frame = shape.end_frame;
    track.motion_iou = shape.motion_iou;
    const OverlappingPair* pair = nearest_[object];
    if (!pair) return track;
    track.result = video_.results[pair->result].track;
    track.overlap = pair->overlap;
    const bool own = of_its_class(*pair);
    if (taker_[object]) {
      track.error = own ? ErrorType::none : ErrorType::classification;
    } else if (own) {
      track.error =
          pair->overlap_where_met >= kGoodOverlap ? ErrorType::temporal : ErrorType::spatial;
    } else {
      track.error = ErrorType::both;
    }
    return track;
  }
};

void add_tracking(const EvaluationPlan& plan, Analysis* analysis) {
  std::unordered_map<const TruthTrack*, FollowedTrack> followed;
  std::vector<VideoTracking> videos = track_videos(plan, analysis->min_score, &analysis->tracking);
  for (size_t v = 0; v < videos.size(); ++v) {
    analysis->videos[v].tracking = std::move(videos[v].measures);
    for (const FollowedTrack& one : videos[v].tracks) followed[one.truth] = one;
    std::stable_sort(videos[v].switches.begin(), videos[v].switches.end(),
                     [](const IdSwitch& a, const IdSwitch& b) { return a.frame < b.frame; });
    analysis->switches.insert(analysis->switches.end(), videos[v].switches.begin(),
                              videos[v].switches.end());
  }
  for (TrackAnalysis& track : analysis->tracks) {
    const FollowedTrack& one = followed[track.truth];
    track.found_frames = one.found_frames;
    track.switches = one.switches;
    track.fragments = one.fragments;
  }
}

}  // namespace

Analysis analyse(const GroundTruth& truth, const Results& results, const AnalysisOptions& options) {
  if (truth.pictures) {
    throw InputError("only videos can be analysed, but the ground truth has single pictures",
                     truth.file);
  }
  const EvaluationPlan plan = make_plan(truth, results, options.class_agnostic);
  const size_t categories = plan.categories.size();
  const std::vector<Property> properties = object_properties(truth.has_occlusion());
  std::vector<ExaminedVideo> videos = examine(plan, properties);

  Analysis analysis;
  analysis.categories = plan.categories;
  analysis.properties = by_property(videos, properties, categories);
  for (size_t v = 0; v < videos.size(); ++v) {
    VideoAnalysis& video = analysis.videos.emplace_back();
    video.video = plan.videos[v].video;
    const GroupMeans means = of_video(videos[v]);
    video.ap = means.ap;
    video.ap50 = means.ap50;
  }
  std::vector<VideoErrors> errors;
  for (ExaminedVideo& video : videos) errors.push_back(std::move(video.errors));
  analysis.min_score_chosen = !options.min_score;
  analysis.min_score = options.min_score ? *options.min_score : best_score(errors);
  analysis.ap50 = mended_ap50(errors, categories, ErrorType::none);
  for (const ErrorType type : kErrorTypes) {
    analysis.errors.push_back({type, 0, mended_ap50(errors, categories, type) - analysis.ap50});
  }
  analysis.confusion.resize((categories + 1) * (categories + 1));
  for (size_t v = 0; v < videos.size(); ++v)
    VideoJudge(errors[v], videos[v].shapes, v, &analysis).add();
  add_tracking(plan, &analysis);
  return analysis;
}

}  // namespace clipwork

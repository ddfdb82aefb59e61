#pragma once
// The data of every track: class scores over windows, mask quality over frames, and the location of
// its masks.

#include <clipwork/host/sections.h>
#include <clipwork/host/tracks.h>
#include <clipwork/prediction.h>

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace clipwork {

/// The rules of `[tracks]`. Read while the video runs the ranking is causal; read at its end it is
/// the paper's: one table, two readings.
class TrackSet {
 public:
  TrackSet(const TracksSection& section, int64_t classes);
  /// Adds a window's class scores; tracks that are new are born in frame `birth`.
  void add_window(const Tracked& window, int64_t birth);
  /// Adds one settled frame's quality sums of these tracks, double [tracks, 2].
  void add_quality(const std::vector<int64_t>& tracks, const Tensor& sums);
  /// Notes where the mask of a track in a frame lies.
  void add_mask(int64_t track, int64_t frame, int64_t handle);
  /// Class scores [tracks, K or K + 1] as `classes` joins them, tracks ascending: logits for
  /// mean_logits, else probabilities.
  Tensor joined_scores() const;
  /// From now on these are the joined scores: a listener's.
  void replace_scores(Tensor scores) { told_ = std::move(scores); }
  /// The result rows by what is known now, best class score first.
  std::vector<ResultRow> ranking() const;
  /// The tracks that the ranking may return whatever their mask quality turns out to be; ascending.
  std::vector<int64_t> ranked_tracks() const;
  /// The n tracks with the best class scores; ascending.
  std::vector<int64_t> best(int64_t n) const;
  /// These tracks will not be seen again. Those of them that are not currently ranked are dropped,
  /// for endless streams.
  void forget_unranked(const std::vector<int64_t>& ended);
  /// Forgets these tracks, ranked or not.
  void drop(const std::vector<int64_t>& tracks);
  const std::map<int64_t, Track>& tracks() const { return tracks_; }

 private:
  struct Scores {
    Tensor sum;  // [K or K + 1], by the rule of `classes`
    int64_t windows = 0;
    double quality_on = 0, pixels_on = 0;
  };
  struct Candidate {
    int64_t track, category;
    double class_score;
  };
  bool one_class_per_track() const { return section_.top_k_over == TracksSection::TopKOver::rows; }
  std::vector<Candidate> best_candidates(int64_t n, bool one_class_per_track) const;
  TracksSection section_;
  int64_t classes_, windows_ = 0;
  ScoreForm form_ = ScoreForm::softmax;
  std::map<int64_t, Scores> scores_;
  std::map<int64_t, Track> tracks_;
  std::set<int64_t> ended_;  // that may still rank
  Tensor told_;              // undefined: nobody replaced them
};

}  // namespace clipwork

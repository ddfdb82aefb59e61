// ByteTrack (Zhang et al., ECCV 2022): rows of low score are not thrown away but offered to the
// tracks that found no row of high score. Public code: `BYTETracker`.
//
// Read it from the bottom up: registration, what the loop calls, the contract, the parameters.
#include <ATen/ops/empty.h>
#include <clipwork/assignment.h>
#include <clipwork/plugin.h>
#include <clipwork/tap.h>
#include <clipwork/tracker.h>

#include <algorithm>
#include <memory>

#include "box_motion.h"

using namespace clipwork;

namespace byte_track {
namespace {

struct Detection {
  int row = 0;
  double score = 0;
  Corners box;
};

struct Track {
  BoxMotion motion;
  int64_t first_frame = 0, last_frame = 0;
  int row = 0;      ///< in the last frame that had it
  int64_t id = -1;  ///< of the track in the video, from its first link on
  bool confirmed = false, lost = false;
  /// Was lost for longer than the patience. The frame that finds this out is the last in which it
  /// may be found, as in the public code.
  bool expired = false;

  void take(const Detection& detection, int64_t frame) {
    motion.update(detection.box);
    row = detection.row;
    last_frame = frame;
    lost = false;
    confirmed = true;
  }
};
using Tracks = std::vector<std::shared_ptr<Track>>;
using Detections = std::vector<Detection>;

struct Video : State {
  int64_t frame = 0, next_id = 0;
  Tracks followed;  ///< had a row in the last frame
  Tracks lost;
};

/// Pairs of tracks and detections, and those without a partner, by their places.
struct Matches {
  std::vector<std::pair<size_t, size_t>> pairs;
  std::vector<size_t> tracks, detections;
};

/// The assignment of least cost 1 - IoU, times the detection's score if `by_score`: 1 - IoU x
/// score. A pair that costs as much as `limit` is worth no more than two without a partner
/// (`lap.lapjv` with `cost_limit`).
Matches match(const Tracks& tracks, const Detections& detections, double limit, bool by_score) {
  std::vector<double> cost;
  for (const auto& track : tracks) {
    const Corners box = track->motion.corners();
    for (const Detection& detection : detections) {
      const double likeness = overlap(box, detection.box);
      cost.push_back(std::min(limit, 1 - likeness * (by_score ? detection.score : 1)));
    }
  }
  const Assignment all = assign_least_cost(cost, std::ssize(tracks), std::ssize(detections));
  Matches matches;
  std::vector<bool> has_detection(tracks.size()), has_track(detections.size());
  for (size_t i = 0; i < all.rows.size(); ++i) {
    const auto track = static_cast<size_t>(all.rows[i]);
    const auto detection = static_cast<size_t>(all.columns[i]);
    if (cost[track * detections.size() + detection] >= limit) continue;
    matches.pairs.emplace_back(track, detection);
    has_detection[track] = has_track[detection] = true;
  }
  for (size_t i = 0; i < tracks.size(); ++i) {
    if (!has_detection[i]) matches.tracks.push_back(i);
  }
  for (size_t i = 0; i < detections.size(); ++i) {
    if (!has_track[i]) matches.detections.push_back(i);
  }
  return matches;
}

template <class T>
std::vector<T> at_places(const std::vector<T>& all, const std::vector<size_t>& places) {
  std::vector<T> chosen;
  for (const size_t place : places) chosen.push_back(all[place]);
  return chosen;
}

/// Of a followed and a lost track at almost the same place the one with the shorter history is
/// taken out.
void remove_duplicates(Tracks& followed, Tracks& lost) {
  constexpr double kSamePlace = 0.15;
  std::vector<bool> from_followed(followed.size()), from_lost(lost.size());
  for (size_t i = 0; i < followed.size(); ++i) {
    for (size_t j = 0; j < lost.size(); ++j) {
      const Track &a = *followed[i], &b = *lost[j];
      if (1 - overlap(a.motion.corners(), b.motion.corners()) >= kSamePlace) continue;
      const bool longer = a.last_frame - a.first_frame > b.last_frame - b.first_frame;
      (longer ? from_lost[j] : from_followed[i]) = true;
    }
  }
  auto remove = [](Tracks& tracks, const std::vector<bool>& places) {
    Tracks kept;
    for (size_t i = 0; i < tracks.size(); ++i) {
      if (!places[i]) kept.push_back(std::move(tracks[i]));
    }
    tracks = std::move(kept);
  };
  remove(followed, from_followed);
  remove(lost, from_lost);
}

class ByteTrack : public Tracker {
 public:
  struct Parameters {
    double high_score = 0.6, low_score = 0.1, new_score = 0.7;
    double high_cost = 0.9, low_cost = 0.5, unconfirmed_cost = 0.7;
    bool by_score = true;
    int64_t patience = 30;
    void describe(Describer& d) {
      d("high_score", high_score, "rows above this score are matched first").range(0, 1);
      d("low_score", low_score, "rows above this score are matched second").range(0, 1);
      d("new_score", new_score, "rows of this score begin new tracks").range(0, 1);
      d("high_cost", high_cost, "cost at which a row of high score is not linked").range(0, 1);
      d("low_cost", low_cost, "cost at which a row of low score is not linked").range(0, 1);
      d("unconfirmed_cost", unconfirmed_cost,
        "cost at which a track that began in the frame before is not linked")
          .range(0, 1);
      d("by_score", by_score, "multiply the overlap by the row's score, except for low scores");
      d("patience", patience, "number of frames without a row that a track survives")
          .range(0, 100000)
          .unit("frames");
    }
  };

  static Contract contract(const Parameters& p, const Given&) {
    if (p.low_score > p.high_score) {
      throw InputError(cat("low_score ", p.low_score, " is above high_score ", p.high_score));
    }
    Contract contract;
    contract.needs = {"masks"};
    contract.max_window = 1;
    contract.state = "box, velocity and uncertainty of each track";
    return contract;
  }
  ByteTrack(const Parameters& parameters, const Given&) : parameters_(parameters) {}
  std::unique_ptr<State> make_state(int64_t) const override { return std::make_unique<Video>(); }

  Tracked track(ClipPrediction prediction, const Window& window, State& state, Context&) override {
    auto& video = dynamic_cast<Video&>(state);
    ++video.frame;
    const Tracks before = known(video);
    auto [high, low] = detect(prediction);
    advance(video, high, low);
    const auto rows = static_cast<int>(prediction.rows());
    Tracked tracked{window.first, std::move(prediction), links(video, rows), {}};
    tracked.ended = gone(before, known(video));
    return tracked;
  }

 private:
  static Tracks known(const Video& video) {
    Tracks all = video.followed;
    all.insert(all.end(), video.lost.begin(), video.lost.end());
    return all;
  }

  /// The rows of high and of low score that have a mask, with the boxes of their masks.
  std::pair<Detections, Detections> detect(const ClipPrediction& prediction) const {
    const Tensor scores =
        std::get<0>(class_probabilities(prediction.class_scores[0], prediction.form).max(1))
            .to(at::kCPU, at::kDouble);
    std::vector<int64_t> rows;
    for (int64_t row = 0; row < scores.size(0); ++row) {
      if (scores[row].item<double>() > parameters_.low_score) rows.push_back(row);
    }
    const Rendered rendered = prediction.masks->render(0, Pairs::of(rows), Quality::none);
    Detections high, low;
    for (size_t i = 0; i < rows.size(); ++i) {
      const Box box = rendered.masks[i].box();
      const double score = scores[rows[i]].item<double>();
      if (box.width == 0 || score == parameters_.high_score) continue;
      const auto left = static_cast<double>(box.x), top = static_cast<double>(box.y);
      (score > parameters_.high_score ? high : low)
          .push_back({static_cast<int>(rows[i]),
                      score,
                      {left, top, left + static_cast<double>(box.width),
                       top + static_cast<double>(box.height)}});
    }
    return {std::move(high), std::move(low)};
  }

  /// One frame of the public code's `update`.
  void advance(Video& video, const Detections& high, const Detections& low) const {
    Tracks confirmed, unconfirmed;
    for (const auto& track : video.followed) {
      (track->confirmed ? confirmed : unconfirmed).push_back(track);
    }
    Tracks pool = confirmed;
    pool.insert(pool.end(), video.lost.begin(), video.lost.end());
    for (const auto& track : pool) track->motion.predict(/*keeps_height=*/track->lost);

    Tracks found, left, newly_lost, followed;
    const Matches first = match(pool, high, parameters_.high_cost, parameters_.by_score);
    for (const auto& track : at_places(pool, first.tracks)) {
      if (!track->lost) left.push_back(track);
    }
    for (const auto& [track, detection] : first.pairs) {
      if (pool[track]->lost) found.push_back(pool[track]);
      pool[track]->take(high[detection], video.frame);
    }
    const Matches second = match(left, low, parameters_.low_cost, false);
    for (const auto& [track, detection] : second.pairs) {
      left[track]->take(low[detection], video.frame);
    }
    for (const auto& track : at_places(left, second.tracks)) {
      track->lost = true;
      newly_lost.push_back(track);
    }
    const Detections rest = at_places(high, first.detections);
    const Matches third =
        match(unconfirmed, rest, parameters_.unconfirmed_cost, parameters_.by_score);
    for (const auto& [track, detection] : third.pairs) {
      unconfirmed[track]->take(rest[detection], video.frame);
    }
    for (const auto& track : video.followed) {
      if (!track->lost && track->last_frame == video.frame) followed.push_back(track);
    }
    for (const Detection& detection : at_places(rest, third.detections)) {
      if (detection.score < parameters_.new_score) continue;
      followed.push_back(begin(detection, video.frame));
    }
    followed.insert(followed.end(), found.begin(), found.end());
    video.followed = std::move(followed);
    keep_lost(video, newly_lost);
    remove_duplicates(video.followed, video.lost);
  }

  /// A track is confirmed by its second row; those of the first frame are from the beginning.
  static std::shared_ptr<Track> begin(const Detection& detection, int64_t frame) {
    auto track = std::make_shared<Track>(Track{BoxMotion(detection.box), frame, frame});
    track->row = detection.row;
    track->confirmed = frame == 1;
    return track;
  }

  void keep_lost(Video& video, const Tracks& newly_lost) const {
    Tracks lost;
    for (const auto& track : video.lost) {
      if (!track->lost || track->expired) continue;
      track->expired = video.frame - track->last_frame > parameters_.patience;
      lost.push_back(track);
    }
    for (const auto& track : newly_lost) {
      if (!track->expired) lost.push_back(track);
    }
    video.lost = std::move(lost);
  }

  /// Links the rows of confirmed tracks; ids are given in the order of rows.
  static std::vector<Link> links(Video& video, int rows) {
    std::vector<Link> links(rows);
    std::vector<Track*> by_row(rows);
    for (const auto& track : video.followed) {
      if (track->confirmed) by_row[track->row] = track.get();
    }
    for (int row = 0; row < rows; ++row) {
      Track* track = by_row[row];
      const bool fresh = track && track->id < 0;
      if (fresh) track->id = video.next_id++;
      links[row] = {row, track ? track->id : -1, fresh};
    }
    tap_made([&] { return boxes_of(by_row); }, "byte_track.boxes");
    return links;
  }

  /// [R, 4]: left, top, right, bottom of the rows' tracks; zeros where a row has none.
  static Tensor boxes_of(const std::vector<Track*>& by_row) {
    Tensor boxes = at::empty({std::ssize(by_row), 4}, at::kDouble);
    auto value = boxes.accessor<double, 2>();
    for (int64_t row = 0; row < boxes.size(0); ++row) {
      const Corners box = by_row[row] ? by_row[row]->motion.corners() : Corners();
      const double edges[] = {box.left, box.top, box.right, box.bottom};
      std::copy(std::begin(edges), std::end(edges), value[row].data());
    }
    return boxes;
  }

  /// Ids of tracks that were linked before and are not known any more.
  static std::vector<int64_t> gone(const Tracks& before, const Tracks& now) {
    std::vector<int64_t> ids;
    for (const auto& track : before) {
      if (track->id >= 0 && std::find(now.begin(), now.end(), track) == now.end()) {
        ids.push_back(track->id);
      }
    }
    return ids;
  }

  Parameters parameters_;
};

}  // namespace
}  // namespace byte_track

CLIPWORK_PLUGIN(byte_track, "0.1.0") {
  registry.add<byte_track::ByteTrack>(
      "byte_track", "links the boxes of masks, high scores before low ones (ByteTrack)");
}

#include "data/dataset_statistics.h"

#include <clipwork/error.h>

#include <algorithm>
#include <cmath>

#include "data/dataset_source.h"

namespace clipwork::runs {
namespace {

/// A mean in the making.
struct Sum {
  double sum = 0;
  int64_t count = 0;
  void add(double value) {
    sum += value;
    ++count;
  }
  double mean() const { return count > 0 ? sum / static_cast<double>(count) : 0; }
};

/// One walk over a data set.
class Counter {
 public:
  explicit Counter(size_t classes) { all_.classes.resize(classes); }

  void video(const VideoEntry& video, const VideoTracks& tracks) {
    ++all_.videos;
    all_.frames += video.length;
    all_.lengths.push_back(video.length);
    ++all_.sizes[cat(video.size.width, "x", video.size.height)];
    all_.tracks += static_cast<int64_t>(tracks.size());
    all_.most_tracks = std::max(all_.most_tracks, static_cast<int64_t>(tracks.size()));
    std::map<int64_t, int64_t> of_class;
    for (const AnnotatedTrack& track : tracks) {
      ++of_class[track.category];
      all_.crowds += track.crowd;
      presence(track);
      occlusion(track);
      motion(track);
    }
    for (const auto& [category, count] : of_class) {
      ClassCounts& its_class = all_.classes[static_cast<size_t>(category)];
      its_class.tracks += count;
      ++its_class.videos;
      if (count > 1) all_.look_alike += count;
    }
  }

  DatasetStatistics done() {
    std::sort(all_.lengths.begin(), all_.lengths.end());
    all_.presence = presence_.mean();
    all_.share = share_.mean();
    all_.centre_way = way_.mean();
    for (size_t i = 0; i < still_.size(); ++i) all_.still[i] = still_[i].mean();
    return std::move(all_);
  }

 private:
  DatasetStatistics all_;
  Sum presence_, share_, way_;
  std::array<Sum, DatasetStatistics::kGaps.size()> still_;

  void presence(const AnnotatedTrack& track) {
    int64_t there = 0, returns = 0;
    Sum area;
    bool away = false;
    for (const std::optional<MaskRle>& mask : track.masks) {
      if (!mask) {
        away = away || there > 0;
        continue;
      }
      returns += away;
      away = false;
      ++there;
      const int64_t pixels = mask->area();
      if (pixels == 0) continue;
      area.add(static_cast<double>(pixels));
      share_.add(static_cast<double>(pixels) /
                 static_cast<double>(mask->size.height * mask->size.width));
    }
    const auto length = static_cast<int64_t>(track.masks.size());
    all_.masks += there;
    all_.leaving += there < length;
    all_.returning += returns > 0;
    presence_.add(static_cast<double>(there) / static_cast<double>(length));
    ++(area.mean() <= 128.0 * 128   ? all_.small
       : area.mean() <= 256.0 * 256 ? all_.medium
                                    : all_.large);
    all_.classes[static_cast<size_t>(track.category)].masks += there;
  }

  void occlusion(const AnnotatedTrack& track) {
    std::vector<double> labels;
    for (const std::optional<double>& label : track.occlusion) {
      if (!label) continue;
      labels.push_back(*label);
      ++all_.occlusion[*label == 0    ? "frames without"
                       : *label < 0.5 ? "frames slight"
                                      : "frames severe"];
    }
    if (labels.empty()) return;
    std::sort(labels.rbegin(), labels.rend());
    ++all_.labelled;
    all_.occluded += labels.front() > 0;
    all_.severely += labels.front() >= 0.5;
    // The evaluator's score of a track: the mean of the upper half of its labels.
    labels.resize((labels.size() + 1) / 2);
    double score = 0;
    for (const double label : labels) score += label / static_cast<double>(labels.size());
    ++all_.occlusion[score <= 0.25  ? "tracks light"
                     : score <= 0.5 ? "tracks medium"
                                    : "tracks heavy"];
  }

  void motion(const AnnotatedTrack& track) {
    for (size_t i = 0; i < still_.size(); ++i) {
      const auto gap = static_cast<size_t>(DatasetStatistics::kGaps[i]);
      for (size_t t = gap; t < track.masks.size(); ++t) {
        const auto &before = track.masks[t - gap], &now = track.masks[t];
        if (before && now && before->size == now->size) still_[i].add(overlap(*now, *before));
      }
    }
    for (size_t t = 1; t < track.masks.size(); ++t) {
      const auto &before = track.masks[t - 1], &now = track.masks[t];
      if (!before || !now || before->empty() || now->empty()) continue;
      const Box a = before->box(), b = now->box();
      const double x = static_cast<double>(2 * (b.x - a.x) + b.width - a.width) / 2;
      const double y = static_cast<double>(2 * (b.y - a.y) + b.height - a.height) / 2;
      way_.add(std::hypot(x, y) / std::sqrt(static_cast<double>(now->area())));
    }
  }
};

}  // namespace

DatasetStatistics measure_dataset(const Dataset& dataset, std::vector<DatasetFault>& faults) {
  Counter counter(dataset.categories().size());
  for (size_t i = 0; i < dataset.videos().size(); ++i) {
    const VideoEntry& video = dataset.videos()[i];
    VideoTracks tracks;
    try {
      tracks = dataset.tracks(static_cast<int64_t>(i));
    } catch (const InputError& error) {
      faults.push_back({called(video), error.what(), "its objects cannot be read"});
    }
    counter.video(video, tracks);
  }
  return counter.done();
}

}  // namespace clipwork::runs

#pragma once
// True masks whose identities are forgotten, linked again by a tracker and measured by the
// evaluator.

#include <ATen/ops/zeros.h>
#include <clipwork/data/annotation_file.h>
#include <clipwork/host/config.h>
#include <clipwork/host/evaluation.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/registry.h>
#include <clipwork/host/results_file.h>

#include "dataset_files.h"

namespace clipwork::test {

/// How they are linked: a config's [model.tracker], and the fixture's `rows`.
struct Linking {
  std::string name;
  Value tracker;
  std::string rows = "seen";
};

/// By overlap: what is not seen waits to be found again, and what overlaps nothing is new.
inline Linking by_overlap() {
  return {"iou",
          table({{"type", "iou"},
                 {"compare", "last"},
                 {"class_weight", 0},
                 {"min_iou", 0.01},
                 {"patience", 100000}}),
          "seen"};
}
/// By class alone: objects of one class are told apart by nothing.
inline Linking by_class() { return {"class", table({{"type", "embedding"}}), "all"}; }

inline void load_replay() {
  static const bool loaded = [] {
    Registry::instance().load((build_dir() / "tests/fixtures/replay_masks.so").string());
    return true;
  }();
  (void)loaded;
}

/// A pipeline that gives the masks of a video, every so many frames. The score of a track is the
/// share of frames in which it is seen.
inline Pipeline replaying(const Dataset& dataset, const Value& data, int64_t video, int64_t every,
                          const Linking& linking) {
  load_replay();
  Value tree = Value::table();
  tree.set("model.backbone.type", "replay_masks/no_maps");
  tree.set("model.decoder.type", "replay_masks/replay_masks");
  tree.set("model.decoder.data", data);
  tree.set("model.decoder.video", video);
  tree.set("model.decoder.every", every);
  tree.set("model.decoder.rows", linking.rows);
  tree.set("model.tracker", linking.tracker);
  tree.set("tracks.classes", "mean_probs");
  tree.set("tracks.absent", "zero");
  tree.set("tracks.top_k", int64_t{1000});
  tree.set("tracks.top_k_over", "rows");
  tree.set("preprocess.resize", "none");
  tree.set("preprocess.divisor", int64_t{1});
  tree.set("run.threads", int64_t{1});
  Value::Array names;
  for (const Category& category : dataset.categories()) names.emplace_back(category.name);
  tree.set("classes.names", names);
  Value::Array ids;
  for (const Category& category : dataset.categories()) ids.emplace_back(category.id);
  tree.set("classes.ids", ids);
  return Pipeline(Config(tree, {}), WeightRule());
}

/// What a tracker makes of a video's masks.
inline Result link(const Dataset& dataset, const Value& data, int64_t video, int64_t every,
                   const Linking& linking) {
  const Pipeline pipeline = replaying(dataset, data, video, every, linking);
  const VideoEntry& entry = dataset.videos().at(static_cast<size_t>(video));
  Stream stream = pipeline.open();
  Frame frame;
  frame.pixels = at::zeros({3, entry.size.height, entry.size.width}, at::kByte);
  for (int64_t t = 0; t < entry.length; t += every, ++frame.index) stream.push(frame);
  return stream.finish().result;
}

/// Every so many frames of the first videos, as ground truth.
inline AnnotationFile thinned(const Dataset& dataset, int64_t videos, int64_t every) {
  AnnotationFile file = to_annotations(dataset);
  file.videos.resize(static_cast<size_t>(videos));
  auto thin = [&](auto& list) {
    auto kept = list;
    kept.clear();
    for (size_t t = 0; t < list.size(); t += static_cast<size_t>(every)) kept.push_back(list[t]);
    list = std::move(kept);
  };
  for (AnnotationFile::Video& video : file.videos) {
    thin(video.files);
    video.length = (*video.length + every - 1) / every;
  }
  for (AnnotationFile::Annotation& one : file.annotations) {
    thin(one.masks);
    thin(one.occlusion);
    if (one.areas) thin(*one.areas);
  }
  std::erase_if(file.annotations, [&](const AnnotationFile::Annotation& one) {
    return *one.video > *file.videos.back().id ||
           std::none_of(one.masks.begin(), one.masks.end(),
                        [](const auto& mask) { return mask.has_value(); });
  });
  return file;
}

struct Linked {
  double precision = 0;  ///< AP
  int64_t switches = 0;  ///< of identity
  double association = 0;
};

/// Links the first videos of a data set and measures them.
inline Linked measure_linking(const Dataset& dataset, const Value& data, int64_t videos,
                              int64_t every, const Linking& linking) {
  ScratchFolder scratch;
  const auto truth_file = scratch.path() / "truth.json", file = scratch.path() / "results.json";
  write_annotations(truth_file, thinned(dataset, videos, every));
  ClassesSection classes;
  for (const Category& category : dataset.categories()) {
    classes.names.push_back(category.name);
    classes.ids.push_back(category.id);
  }
  ResultsFile results(file);
  for (int64_t i = 0; i < videos; ++i) {
    results.add(dataset.videos()[static_cast<size_t>(i)].id, link(dataset, data, i, every, linking),
                classes);
  }
  results.commit();
  const GroundTruth truth = read_ground_truth(truth_file);
  const Results read = read_results(file);
  const Tracking tracking = evaluate_tracking(truth, read, 0);
  auto named = [](const Measures& measures, const std::string& name) {
    for (const auto& [key, value] : measures) {
      if (key == name) return value;
    }
    ADD_FAILURE() << "there is no " << name;
    return -1.0;
  };
  return {named(evaluate(truth, read).stats, "AP"),
          static_cast<int64_t>(named(tracking.detection_sum.measures, "IDSW")),
          named(tracking.detection_sum.measures, "AssA")};
}

}  // namespace clipwork::test

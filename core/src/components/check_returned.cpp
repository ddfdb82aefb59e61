#include "components/check_returned.h"

#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>
#include <clipwork/text.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <iterator>
#include <limits>

#include "frames/size_text.h"

namespace clipwork {

namespace {

/// Ids fit into 32 bits, as result files and pictures of ids hold them.
constexpr int64_t kLargestTrack = std::numeric_limits<int32_t>::max() - 1;
/// Class scores are products and means of probabilities, rounded.
constexpr double kProbabilitySlack = 1e-3;
/// Boxes may reach a little beyond the frame, as annotations do.
constexpr double kBoxSlack = 1;

/// "float [1, 5, 3]"
std::string shape_of(const Tensor& tensor) {
  if (!tensor.defined()) return "nothing";
  return cat(tensor.scalar_type(), " ", tensor.sizes());
}

bool is_float(const Tensor& tensor) {
  return tensor.defined() && at::isFloatingType(tensor.scalar_type());
}

/// Throws unless `tensor` is floating point of these sizes; -1: any.
void expect_float(const Tensor& tensor, const std::string& name, const std::string& form,
                  std::initializer_list<int64_t> sizes) {
  bool fits = is_float(tensor) && tensor.dim() == static_cast<int64_t>(sizes.size());
  for (size_t i = 0; fits && i < sizes.size(); ++i) {
    const int64_t size = *(sizes.begin() + i);
    fits = size < 0 || tensor.size(static_cast<int64_t>(i)) == size;
  }
  if (!fits) throw ReturnedFault(cat(name, " as float ", form), shape_of(tensor));
}

bool is_finite(const Tensor& tensor) {
  // The sum, which takes microseconds, is finite unless a value is not, or finite ones overflow it.
  return std::isfinite(tensor.sum().item<double>()) || tensor.isfinite().all().item<bool>();
}

/// Throws if a tensor [B, R, ...] on the CPU has a value that is not finite, naming its row.
void expect_finite(const Tensor& tensor, const char* name) {
  if (!tensor.is_cpu() || is_finite(tensor)) return;
  const Tensor place = tensor.isfinite().logical_not().nonzero()[0];
  const Tensor value = tensor[place[0].item<int64_t>()][place[1].item<int64_t>()].flatten();
  throw ReturnedFault(cat("finite ", name),
                      cat(value.masked_select(value.isfinite().logical_not())[0].item<double>(),
                          " in row ", place[1].item<int64_t>()));
}

/// Rows of a decoder that trackers compare or carry on.
void check_rows(const Tensor& rows, const char* name, bool required, int64_t batch,
                const ClipPrediction& prediction) {
  if (!rows.defined()) {
    if (required) throw ReturnedFault(cat(name, ", which the contract gives"), "nothing");
    return;
  }
  expect_float(rows, name, cat("[", batch, ", ", prediction.rows(), ", width]"),
               {batch, prediction.rows(), -1});
}

/// Whether masks of `size` are the padded picture divided by one stride, however rounded.
bool has_shape_of(Size size, Size padded) {
  const int64_t apart = size.height * padded.width - size.width * padded.height;
  return -padded.height < apart && apart < padded.width;
}

std::string geometry_text(const Geometry& geometry) {
  return cat(width_by_height(geometry.output), " (network ", width_by_height(geometry.resized),
             ", padded ", width_by_height(geometry.padded), ")");
}

void check_masks(const Masks* masks, const ExpectedWindow& window) {
  const std::string frames = counted(static_cast<int64_t>(window.geometry.size()), "frame");
  if (!masks) throw ReturnedFault("masks of " + frames, "nothing");
  for (size_t t = 0; t < window.geometry.size(); ++t) {
    Geometry found;
    try {
      found = masks->geometry(static_cast<int>(t));
    } catch (const std::exception&) {
      throw ReturnedFault("masks of " + frames, counted(static_cast<int64_t>(t), "frame"));
    }
    if (found != window.geometry[t]) {
      throw ReturnedFault(cat("masks of the geometry of frame ", t, " of the window, ",
                              geometry_text(window.geometry[t])),
                          geometry_text(found));
    }
  }
  const Size size = masks->size(), padded = window.geometry[0].padded;
  if (size.height < 1 || size.width < 1 || !has_shape_of(size, padded)) {
    throw ReturnedFault(cat("masks of the shape of the padded picture, ", width_by_height(padded)),
                        width_by_height(size));
  }
}

void check_scalar(const Tensor& value, const std::string& name) {
  if (!is_float(value) || value.numel() != 1) {
    throw ReturnedFault(cat(name, " as a scalar"), shape_of(value));
  }
}

/// Throws unless the corners of a box are ordered and in the frame.
void check_box(const float* corners, Size frame, const std::string& of) {
  const float x0 = corners[0], y0 = corners[1], x1 = corners[2], y1 = corners[3];
  const auto width = static_cast<double>(frame.width), height = static_cast<double>(frame.height);
  const bool sound = x0 >= -kBoxSlack && x0 <= x1 && x1 <= width + kBoxSlack && y0 >= -kBoxSlack &&
                     y0 <= y1 && y1 <= height + kBoxSlack;
  if (sound) return;
  throw ReturnedFault(cat("a box x0, y0, x1, y1 within the frame of ", width_by_height(frame), of),
                      cat(x0, ", ", y0, ", ", x1, ", ", y1));
}

}  // namespace

ReturnedFault::ReturnedFault(const ReturnedFault&) = default;
ReturnedFault::~ReturnedFault() = default;

void check_maps(const std::vector<FeatureMap>& maps, const std::vector<MapInfo>& promised,
                int64_t pictures, Size padded) {
  for (const MapInfo& map : promised) {
    // Widths of queries and embeddings are promised as maps, too, without a stride.
    if (map.stride < 1) continue;
    const auto found = std::find_if(maps.begin(), maps.end(),
                                    [&](const FeatureMap& one) { return one.name == map.name; });
    if (found == maps.end()) {
      throw ReturnedFault(
          cat("map '", map.name, "', which the contract gives"),
          maps.empty() ? "no maps" : join(maps, [](const FeatureMap& one) { return one.name; }));
    }
    if (found->stride != map.stride) {
      throw ReturnedFault(cat("map '", map.name, "' of stride ", map.stride), found->stride);
    }
    const auto is_side = [&](int64_t side, int64_t of) {
      return side == of / map.stride || side == (of + map.stride - 1) / map.stride;
    };
    const Tensor& value = found->value;
    if (!is_float(value) || value.dim() != 4 || value.size(0) != pictures ||
        value.size(1) != map.channels || !is_side(value.size(2), padded.height) ||
        !is_side(value.size(3), padded.width)) {
      throw ReturnedFault(cat("map '", map.name, "' as float [", pictures, ", ", map.channels, ", ",
                              padded.height / map.stride, ", ", padded.width / map.stride, "]"),
                          shape_of(value));
    }
  }
}

void check_memo(const FrameMemo& memo, int64_t pictures) {
  for (const Tensors::Entry& entry : memo.tensors.entries) {
    const Tensor& value = entry.value;
    if (!value.defined() || value.dim() < 1 || value.size(0) != pictures) {
      throw ReturnedFault(cat("memo entry '", entry.name, "' as [", pictures, ", ...]"),
                          shape_of(value));
    }
  }
}

void check_queries(const Tensors& proposed, int64_t batch, int64_t width) {
  const Tensor* queries = proposed.find("queries");
  if (!queries) return;
  expect_float(*queries, "queries",
               cat("[", batch, ", queries, ", width > 0 ? std::to_string(width) : "width", "]"),
               {batch, -1, width > 0 ? width : -1});
  expect_finite(*queries, "queries");
}

void check_prediction(const ClipPrediction& prediction, const ExpectedWindow& window) {
  const Tensor& scores = prediction.class_scores;
  const int64_t classes = window.classes;
  const bool none = prediction.form == ScoreForm::softmax;
  const bool may_have_none = prediction.form == ScoreForm::probability;
  const int64_t batch = window.batch * prediction.copies;
  if (!is_float(scores) || scores.dim() != 3 || scores.size(0) != batch ||
      !(scores.size(2) == classes + (none ? 1 : 0) ||
        (may_have_none && scores.size(2) == classes + 1))) {
    throw ReturnedFault(
        cat("class scores as float [", batch, ", rows, ", classes + (none ? 1 : 0), "] for ",
            classes, classes == 1 ? " class" : " classes", none ? " and \"none\"" : ""),
        shape_of(scores));
  }
  const auto is_required = [&](const char* name) {
    return !window.training &&
           std::find(window.given.begin(), window.given.end(), name) != window.given.end();
  };
  check_rows(prediction.embeddings, "embeddings", is_required("embeddings"), batch, prediction);
  check_rows(prediction.queries, "queries", is_required("queries"), batch, prediction);
  for (const char* name : {"embeddings.head", "embeddings.tail", "id_scores", "boxes"}) {
    if (const Tensor* rows = prediction.more.find(name)) {
      check_rows(*rows, name, false, batch, prediction);
    }
  }
  if (window.training) return;
  check_masks(prediction.masks.get(), window);
  check_scores(prediction);
  for (const Tensor* rows : {&prediction.embeddings, &prediction.queries}) {
    if (rows->defined()) expect_finite(*rows, "embeddings and queries");
  }
}

void check_scores(const ClipPrediction& prediction) {
  const Tensor& scores = prediction.class_scores;
  if (!scores.is_cpu() || scores.numel() == 0) return;
  expect_finite(scores, "class scores");
  if (prediction.form != ScoreForm::probability) return;
  const double least = scores.min().item<double>(), most = scores.max().item<double>();
  if (least < -kProbabilitySlack || most > 1 + kProbabilitySlack) {
    throw ReturnedFault("class scores that are probabilities, from 0 to 1",
                        least < 0 ? least : most);
  }
}

void check_rendered(const Rendered& rendered, size_t rows, Size frame) {
  if (rendered.masks.size() != rows) {
    throw ReturnedFault(counted(static_cast<int64_t>(rows), "rendered mask"),
                        rendered.masks.size());
  }
  for (const MaskRle& mask : rendered.masks) {
    if (mask.size != frame) {
      throw ReturnedFault(cat("rendered masks of ", width_by_height(frame)),
                          width_by_height(mask.size));
    }
  }
  const Tensor& quality = rendered.quality;
  if (quality.defined() && (quality.scalar_type() != at::kDouble ||
                            quality.sizes() != at::IntArrayRef({static_cast<int64_t>(rows), 2}))) {
    throw ReturnedFault(cat("mask quality as double [", rows, ", 2]"), shape_of(quality));
  }
}

bool LinkCheck::has_ended(int64_t track) const {
  const auto after = ended_.upper_bound(track);
  return after != ended_.begin() && track < std::prev(after)->second;
}

void LinkCheck::end(int64_t track) {
  // Runs, because an endless stream ends tracks without end, mostly neighbours.
  auto after = ended_.upper_bound(track);
  int64_t behind = track + 1;
  if (after != ended_.end() && after->first == behind) {
    behind = after->second;
    after = ended_.erase(after);
  }
  if (after != ended_.begin() && std::prev(after)->second == track) {
    std::prev(after)->second = behind;
  } else {
    ended_.emplace_hint(after, track, behind);
  }
}

void LinkCheck::check_track(const Link& link) {
  if (link.track < -1 || link.track > kLargestTrack) {
    throw ReturnedFault(
        cat("row ", link.row, " linked to a track from 0 to ", kLargestTrack, ", or to none (-1)"),
        cat("track ", link.track));
  }
  if (link.track < 0) return;
  if (has_ended(link.track)) {
    throw ReturnedFault(cat("row ", link.row, " linked to a track that has not ended"),
                        cat("track ", link.track, ", which ended before"));
  }
  const bool is_new = live_.insert(link.track).second;
  // Rows that are not drawn may share a track, each of them as a new object.
  if (!link.drawn || is_new == link.fresh) return;
  throw ReturnedFault(
      cat("fresh = ", is_new ? "true" : "false", " in the link of row ", link.row,
          ", because track ", link.track, is_new ? " is new" : " was linked before"),
      cat("fresh = ", link.fresh ? "true" : "false"));
}

void LinkCheck::operator()(const Tracked& tracked, int64_t first) {
  if (tracked.first != first) {
    throw ReturnedFault(cat("a window whose first frame is ", first), tracked.first);
  }
  const int64_t rows = tracked.prediction.rows();
  const auto count = static_cast<int64_t>(tracked.links.size());
  if (count != rows) {
    throw ReturnedFault(
        cat("one link for each of ", counted(rows, "row"), " (track -1 for a row without a track)"),
        counted(count, "link"));
  }
  std::vector<int64_t> drawn;
  for (int64_t i = 0; i < count; ++i) {
    const Link& link = tracked.links[static_cast<size_t>(i)];
    if (link.row != i) {
      throw ReturnedFault(cat("links in the order of the rows: link ", i, " of row ", i),
                          cat("row ", link.row));
    }
    if (link.track >= 0 && link.drawn) drawn.push_back(link.track);
  }
  std::sort(drawn.begin(), drawn.end());
  if (const auto twice = std::adjacent_find(drawn.begin(), drawn.end()); twice != drawn.end()) {
    throw ReturnedFault("at most one drawn row for each track", cat("two of track ", *twice));
  }
  for (const Link& link : tracked.links) check_track(link);
  for (const int64_t track : tracked.ended) {
    if (live_.erase(track) == 0) {
      throw ReturnedFault("ended tracks that were linked and did not end before",
                          cat("track ", track));
    }
    end(track);
  }
}

void check_term(const std::vector<Tensor>& values, const Layer& layer) {
  const auto count = static_cast<int64_t>(values.size());
  const auto clips = static_cast<int64_t>(layer.clips.size());
  if (count > 1 && count != clips) {
    throw ReturnedFault(cat("one value for each of ", counted(clips, "clip"), ", or a single one"),
                        counted(count, "value"));
  }
  const bool trained = c10::GradMode::is_enabled() &&
                       std::any_of(layer.clips.begin(), layer.clips.end(), [](const Matched& one) {
                         return one.prediction && one.prediction->class_scores.requires_grad();
                       });
  for (const Tensor& value : values) {
    check_scalar(value, "a value");
    if (trained && !value.requires_grad() && value.item<double>() != 0) {
      throw ReturnedFault("a value with a gradient", cat(value.item<double>(), " without one"));
    }
  }
}

void check_loss(const LossResult& result, bool trained) {
  for (const LossValue& term : result.terms) {
    check_scalar(term.value, cat("term '", term.name, "'"));
  }
  const bool trains = std::any_of(
      result.terms.begin(), result.terms.end(),
      [](const LossValue& term) { return term.weight != 0 && term.value.requires_grad(); });
  if (trained && !trains) {
    throw ReturnedFault("a term with a gradient and a weight",
                        cat("none among ", result.terms.size(), " terms"));
  }
}

void check_picture(const Tensor& pixels) {
  if (!pixels.defined() || pixels.dim() != 3 || pixels.size(0) != 3 || pixels.numel() == 0 ||
      pixels.scalar_type() != at::kByte || !pixels.is_cpu()) {
    throw ReturnedFault("a picture as uint8 RGB [3, H, W]", shape_of(pixels));
  }
}

void check_tracks(const VideoTracks& tracks, const VideoEntry& video, int64_t classes) {
  for (size_t i = 0; i < tracks.size(); ++i) {
    const AnnotatedTrack& track = tracks[i];
    const std::string of = cat(" in track ", track.id);
    if (i > 0 && track.id <= tracks[i - 1].id) {
      throw ReturnedFault("tracks by ascending id",
                          cat("id ", track.id, " after ", tracks[i - 1].id));
    }
    if (track.category < 0 || track.category >= classes) {
      throw ReturnedFault(cat("a category from 0 to ", classes - 1, of), track.category);
    }
    const auto frames = static_cast<int64_t>(track.masks.size());
    if (frames != video.length) {
      throw ReturnedFault(cat("one mask for each of ", counted(video.length, "frame"), of),
                          counted(frames, "mask"));
    }
    for (const auto* values : {&track.occlusion, &track.areas}) {
      if (!values->empty() && static_cast<int64_t>(values->size()) != frames) {
        throw ReturnedFault(cat("one occlusion and one area for each of ", counted(frames, "frame"),
                                ", or none", of),
                            values->size());
      }
    }
    for (int64_t t = 0; t < frames; ++t) {
      const auto& mask = track.masks[static_cast<size_t>(t)];
      const Size size = video.size == Size() && mask ? mask->size : video.size;
      if (mask && mask->size != size) {
        throw ReturnedFault(
            cat("a mask of the video's size, ", width_by_height(size), ", in frame ", t, of),
            width_by_height(mask->size));
      }
    }
  }
}

void check_sample(const Sample& sample, int64_t classes) {
  const Tensor& pixels = sample.frames;
  if (!pixels.defined() || pixels.dim() != 4 || pixels.size(1) != 3 || pixels.numel() == 0 ||
      pixels.scalar_type() != at::kByte) {
    throw ReturnedFault("frames of a sample as uint8 RGB [T, 3, H, W]", shape_of(pixels));
  }
  const Targets& targets = sample.targets;
  try {
    check_targets(targets, classes > 0 ? classes : std::numeric_limits<int32_t>::max());
  } catch (const InputError& error) {
    throw ReturnedFault("targets of a sample that fit each other", error.problem());
  }
  const int64_t frames = pixels.size(0), height = pixels.size(2), width = pixels.size(3);
  if (targets.masks.sizes() != at::IntArrayRef({targets.count(), frames, height, width})) {
    throw ReturnedFault(
        cat("masks as bool [", targets.count(), ", ", frames, ", ", height, ", ", width, "]"),
        shape_of(targets.masks));
  }
  if (!targets.boxes.defined()) return;
  const Tensor boxes = targets.boxes.to(at::kFloat).contiguous(), ids = targets.ids.contiguous();
  for (int64_t i = 0; i < ids.numel(); ++i) {
    if (ids.const_data_ptr<int64_t>()[i] < 0) continue;
    check_box(boxes.const_data_ptr<float>() + 4 * i, {height, width},
              cat(" of object ", i / frames, " in frame ", i % frames));
  }
}

}  // namespace clipwork

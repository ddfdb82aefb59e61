// Links rows by the overlap of their masks and the agreement of their classes.
//
// NOVIS' heuristic baseline (Table 3) is the default: cost -(vIoU + class_weight * p_a . p_b) over
// the frames that two windows share, p without "none", Hungarian, no threshold. VITA's clips
// (Table 5) share no frame and are compared by mask alone: compare = "last", class_weight = 0, and
// `assignment` greedy or hungarian. Detections, whose rows vary, want `min_iou` and `patience`.

#include <ATen/ops/cat.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <clipwork/error.h>
#include <clipwork/plugin.h>
#include <clipwork/tap.h>
#include <clipwork/track_book.h>

#include <algorithm>
#include <map>

namespace clipwork {

namespace {

struct Parameters {
  AssignmentRule assignment = AssignmentRule::least_cost;
  enum class Overlap { hard, soft } iou = Overlap::hard;
  enum class Compare { shared, last } compare = Compare::shared;
  double class_weight = 1, min_iou = 0, min_score = 0;
  int64_t patience = 0;
  void describe(Describer& d) {
    d("assignment", assignment,
      {{"hungarian", AssignmentRule::least_cost}, {"greedy", AssignmentRule::greedy}},
      "assignment of rows to tracks: minimum total cost, or greedy, best pair first");
    d("iou", iou, {{"hard", Overlap::hard}, {"soft", Overlap::soft}},
      "overlap of binary masks, or of mask probabilities");
    d("compare", compare, {{"shared", Compare::shared}, {"last", Compare::last}},
      "frames to compare: those that windows share (`last` for a track that was absent from them), "
      "or the track's last mask with the window's first");
    d("class_weight", class_weight, "weight of equal classes, relative to an overlap of 1")
        .range(0, 1000);
    d("min_iou", min_iou,
      "smallest overlap of a linked pair; other rows start new tracks; 0 links all")
        .range(0, 1);
    d("min_score", min_score, "smallest class probability of a row that starts a track")
        .range(0, 1);
    d("patience", patience, "number of consecutive windows without a match that a track survives")
        .range(0, 100000)
        .unit("windows");
  }
};

/// A track as it was seen last.
struct KnownTrack : LiveTrack {
  int64_t first = 0;  ///< index of the first frame of `masks`
  Tensor masks;       ///< bool, or float for soft overlap, [F, h w]
  Tensor classes;     ///< float [K]
};

using Book = TrackBook<KnownTrack>;

/// The rows' masks of a window, frame by frame, computed when they are asked for.
class RowMasks {
 public:
  RowMasks(const ClipPrediction& prediction, const Window& window, bool soft)
      : masks_(*prediction.masks),
        rows_(prediction.rows()),
        first_(window.first),
        soft_(soft),
        frames_(window.length()) {}
  int64_t first() const { return first_; }
  int64_t end() const { return first_ + static_cast<int64_t>(frames_.size()); }

  /// [R, to - from, h w] of frames of the video.
  Tensor between(int64_t from, int64_t to) {
    std::vector<Tensor> frames;
    for (int64_t frame = from; frame < to; ++frame) frames.push_back(at(frame));
    return at::stack(frames, 1);
  }

 private:
  const Tensor& at(int64_t frame) {
    auto local = static_cast<int>(frame - first_);
    Tensor& kept = frames_[local];
    if (!kept.defined()) {
      Tensor values = masks_.values(local, Pairs::all(1, rows_)).detach().flatten(1);
      if (!soft_) {
        kept = values.gt(threshold(masks_.form()));
      } else {
        bool logits = masks_.form().values == MaskForm::Values::logits;
        kept = logits ? values.sigmoid() : values;
      }
    }
    return kept;
  }

  const Masks& masks_;
  int64_t rows_, first_;
  bool soft_;
  std::vector<Tensor> frames_;
};

/// [A, B]: intersection over union of volumes [A, ...] and [B, ...] with values in [0, 1]; 0 where
/// both are empty. For probabilities, the union is the sum of a + b - a b.
Tensor overlaps(const Tensor& a, const Tensor& b) {
  Tensor left = a.flatten(1).to(at::kFloat), right = b.flatten(1).to(at::kFloat);
  Tensor both = at::mm(left, right.t());
  Tensor either = left.sum(1).unsqueeze(1).add(right.sum(1)).sub(both);
  return both.div(either).masked_fill(either.le(0), 0);
}

class Iou : public Tracker {
 public:
  using Parameters = clipwork::Parameters;

  static Contract contract(const Parameters& p, const Given&) {
    Contract contract;
    contract.needs = {"masks"};
    if (p.compare == Parameters::Compare::shared) contract.needs.push_back("frames.shared");
    contract.state = "masks and classes of each track in its last window";
    return contract;
  }

  Iou(const Parameters& parameters, const Given&) : parameters_(parameters) {}

  std::unique_ptr<State> make_state(int64_t) const override { return std::make_unique<Book>(); }

  Tracked track(ClipPrediction prediction, const Window& window, State& state, Context&) override {
    auto& book = dynamic_cast<Book&>(state);
    RowMasks masks(prediction, window, parameters_.iou == Parameters::Overlap::soft);
    Tensor classes =
        class_probabilities(prediction.class_scores[0].detach(), prediction.form).to(at::kFloat);
    const int64_t rows = prediction.rows();

    std::vector<int64_t> places(rows, -1);
    if (!book.live().empty() && rows > 0) places = match(book, masks, classes);

    // The frames that are compared with the next window: those that it shares, or the last one.
    int64_t kept = parameters_.compare == Parameters::Compare::last ? 1 : std::max(window.tail, 1);
    const int64_t first_kept = std::max(masks.end() - kept, masks.first());
    Tensor back = rows > 0 ? masks.between(first_kept, masks.end()) : Tensor();
    std::vector<Link> links(rows);
    for (int64_t row = 0; row < rows; ++row) {
      links[row].row = static_cast<int>(row);
      const bool fresh = places[row] < 0;
      if (fresh && classes[row].max().item<double>() < parameters_.min_score) continue;
      KnownTrack& track = book.see(places[row]);
      track.first = first_kept;
      track.masks = back[row];
      track.classes = classes[row];
      links[row].track = track.id;
      links[row].fresh = fresh;
    }
    std::vector<int64_t> ended = book.end_window(parameters_.patience);
    return {window.first, std::move(prediction), std::move(links), std::move(ended)};
  }

 private:
  std::vector<int64_t> match(const Book& book, RowMasks& masks, const Tensor& classes) const {
    Tensor overlap = overlap_of(book.live(), masks);
    std::vector<Tensor> known;
    for (const KnownTrack& track : book.live()) known.push_back(track.classes);
    Tensor agreement = at::mm(at::stack(known), classes.t());
    Tensor cost = tap(overlap.add(agreement, parameters_.class_weight).neg(), "match.",
                      book.window(), ".cost");
    return book.match(cost, parameters_.assignment, overlap, parameters_.min_iou);
  }

  /// [tracks, rows]. Tracks that were seen last in different windows may share different frames
  /// with this one; those that share the same are compared at once.
  Tensor overlap_of(const std::vector<KnownTrack>& live, RowMasks& masks) const {
    std::map<std::pair<int64_t, int64_t>, std::vector<int64_t>> by_frames;
    for (size_t i = 0; i < live.size(); ++i) {
      int64_t from = std::max(live[i].first, masks.first());
      int64_t to = std::min(live[i].first + live[i].masks.size(0), masks.end());
      bool shared = parameters_.compare == Parameters::Compare::shared && from < to;
      by_frames[shared ? std::pair(from, to) : std::pair<int64_t, int64_t>(-1, -1)].push_back(
          static_cast<int64_t>(i));
    }
    std::vector<Tensor> parts;
    std::vector<int64_t> places;
    for (const auto& [frames, members] : by_frames) {
      auto [from, to] = frames;
      std::vector<Tensor> before;
      for (int64_t i : members) {
        const KnownTrack& track = live[i];
        int64_t count = track.masks.size(0);
        before.push_back(from < 0 ? track.masks.narrow(0, count - 1, 1)
                                  : track.masks.narrow(0, from - track.first, to - from));
      }
      Tensor now =
          from < 0 ? masks.between(masks.first(), masks.first() + 1) : masks.between(from, to);
      parts.push_back(overlaps(at::stack(before), now));
      places.insert(places.end(), members.begin(), members.end());
    }
    Tensor order = at::tensor(places, at::TensorOptions(at::kLong)).argsort();
    return at::cat(parts).index_select(0, order.to(parts[0].device()));
  }

  Parameters parameters_;
};

}  // namespace

}  // namespace clipwork

CLIPWORK_PLUGIN(iou, "0.1.0") {
  registry.add<clipwork::Iou>("iou", "links rows by mask overlap and class");
}

#include <ATen/ops/tensor.h>
#include <c10/core/InferenceMode.h>
#include <clipwork/testing/tracker.h>

#include <set>

#include "exercises/exercise.h"

namespace clipwork::test::suite {

namespace {

/// Masks that the contract does not need.
class WithheldMasks : public Masks {
 public:
  explicit WithheldMasks(std::shared_ptr<const Masks> masks) : masks_(std::move(masks)) {}
  MaskForm form() const override { return masks_->form(); }
  Size size() const override { return masks_->size(); }
  const Geometry& geometry(int frame) const override { return masks_->geometry(frame); }
  Tensor values(int, const Pairs&) const override {
    throw Error("the component reads masks, but its contract does not need them", "",
                "add \"masks\" to contract.needs");
  }

 private:
  std::shared_ptr<const Masks> masks_;
};

class TrackerUse : public Use {
 public:
  TrackerUse(std::shared_ptr<Tracker> tracker, const TrackerContract& contract,
             const ContractSetup& setup, const Trial& trial, std::vector<Span> spans)
      : tracker_(std::move(tracker)),
        contract_(contract),
        setup_(setup),
        trial_(trial),
        spans_(std::move(spans)),
        state_(tracker_->make_state(1)),
        context_(trial.seed) {}

  bool step() override {
    c10::InferenceMode inference;
    if (next_ > spans_.size()) return false;
    if (next_ == spans_.size()) {
      finish();
    } else {
      track(spans_[next_]);
    }
    ++next_;
    return true;
  }

 private:
  void track(const Span& span) {
    const std::string where = cat("window ", next_);
    const FrameWindow window(span.first, span.length, trial_.scene.size(), span.head, span.tail);
    const bool fixed = needs(contract_, "rows.fixed") || needs(contract_, "start.queries");
    const std::vector<int64_t> rows =
        fixed ? trial_.scene.everything() : trial_.scene.visible(span.first, span.length);
    ClipPrediction prediction = declared(span, rows);
    rows_.push_back(prediction.rows());
    propose(where, prediction.rows());
    const Tracked tracked =
        tracker_->track(std::move(prediction), window.window(), *state_, context_);
    if (!contract_.defers) check(where, span, rows_.back(), tracked);
  }

  /// The scene's prediction with no more than the contract needs.
  ClipPrediction declared(const Span& span, const std::vector<int64_t>& rows) const {
    ClipPrediction whole = trial_.scene.prediction(span.first, span.length, rows);
    const auto there = [&](const Tensor& tensor) { return tensor.to(trial_.device); };
    ClipPrediction made;
    made.form = whole.form;
    made.class_scores = there(whole.class_scores);
    if (needs(contract_, "embeddings")) made.embeddings = there(whole.embeddings);
    if (needs(contract_, "queries")) made.queries = there(whole.queries);
    made.masks = whole.masks;
    if (!needs(contract_, "masks")) made.masks = std::make_shared<WithheldMasks>(whole.masks);
    for (const Tensors::Entry& entry : whole.more.entries) {
      const bool missing = (entry.name == "embeddings.head" && span.head == 0) ||
                           (entry.name == "embeddings.tail" && span.tail == 0);
      if (needs(contract_, entry.name) && !missing) made.more.set(entry.name, there(entry.value));
    }
    if (setup_.complete_prediction) setup_.complete_prediction(made);
    return made;
  }

  void propose(const std::string& where, int64_t rows) {
    if (!needs(contract_, "start.queries")) return;
    Tensors start;
    start.set("queries", waves({1, rows, 8}, static_cast<double>(trial_.seed), trial_.device));
    const Tensors proposed = tracker_->propose(std::move(start), *state_, context_);
    const Tensor* queries = proposed.find("queries");
    if (!expect(queries, where, ", propose: expected the tensor \"queries\", found none")) return;
    if (expect_numbers(where + ", proposed queries", *queries, {1, rows, 8})) {
      outputs.set(where + ", proposed queries", *queries);
    }
  }

  void finish() {
    const std::vector<Tracked> windows = tracker_->finish(*state_, context_);
    const size_t count = contract_.defers ? spans_.size() : 0;
    if (!expect(windows.size() == count, "finish: expected ", count,
                " windows (contract.defers is ", contract_.defers ? "true" : "false", "), found ",
                windows.size())) {
      return;
    }
    for (size_t i = 0; i < count; ++i) check(cat("window ", i), spans_[i], rows_[i], windows[i]);
  }

  void check(const std::string& where, const Span& span, int64_t rows, const Tracked& tracked) {
    expect(tracked.first == span.first, where, ": expected first = ", span.first, ", found ",
           tracked.first);
    expect(tracked.prediction.masks != nullptr, where,
           ": expected a prediction with masks, found none");
    if (!expect_numbers(where + ", class scores", tracked.prediction.class_scores,
                        {1, rows, trial_.scene.classes() + 1})) {
      return;
    }
    const std::vector<int64_t> tracks = tracks_of(tracked);
    std::vector<int64_t> flags;
    for (const Link& link : tracked.links) {
      expect(link.track >= -1, where, ", row ", link.row,
             ": expected a track from 0, or -1, found ", link.track);
      if (link.track < 0) continue;
      const bool known = known_.count(link.track) > 0;
      expect(!ended_.count(link.track), where, ", row ", link.row, ": track ", link.track,
             " had ended; track ids are never used again");
      expect(link.fresh || known, where, ", row ", link.row, ": track ", link.track,
             " is new; expected fresh = true in the window in which it is born");
      flags.push_back(2 * link.fresh + link.drawn);
      known_.insert(link.track);
    }
    for (const int64_t track : tracked.ended) {
      expect(known_.count(track) > 0, where, ": track ", track, " ended before it was seen");
    }
    ended_.insert(tracked.ended.begin(), tracked.ended.end());
    outputs.set(where + ", tracks", at::tensor(tracks, at::kLong));
    outputs.set(where + ", flags", at::tensor(flags, at::kLong));
    outputs.set(where + ", ended", at::tensor(tracked.ended, at::kLong));
    outputs.set(where + ", class scores", tracked.prediction.class_scores);
  }

  std::shared_ptr<Tracker> tracker_;
  const TrackerContract& contract_;
  const ContractSetup& setup_;
  Trial trial_;
  std::vector<Span> spans_;
  std::vector<int64_t> rows_;
  std::unique_ptr<State> state_;
  TestContext context_;
  size_t next_ = 0;
  std::set<int64_t> known_, ended_;
};

class TrackerExercise : public Exercise {
 public:
  TrackerExercise(const TestedComponent& tested, const ContractSetup& setup)
      : contract_(dynamic_cast<const TrackerContract&>(tested.contract())), setup_(setup) {}

  bool on_device() const override { return true; }

  std::string obstacle(const Trial& trial) const override {
    const bool fixed = needs(contract_, "rows.fixed") || needs(contract_, "start.queries");
    if (trial.scene.objects().empty() && fixed) {
      return "the contract needs rows that stay the same, so there are always some";
    }
    if (trial.frames < contract_.min_window) {
      return cat("the contract takes windows of ", contract_.min_window, " frames or more");
    }
    if (setup_.complete_prediction) return {};
    return unknown_needs(contract_.needs,
                         {"masks", "embeddings", "embeddings.head", "embeddings.tail", "queries",
                          "boxes", "id_scores", "start.queries", "rows.fixed", "stateless",
                          "frames.shared", "scores.softmax"},
                         "set ContractSetup::complete_prediction");
  }

  std::unique_ptr<Use> begin(const std::shared_ptr<Component>& component,
                             const Trial& trial) const override {
    const bool shares = needs(contract_, "frames.shared") || needs(contract_, "embeddings.head");
    std::vector<Span> spans = {{0, trial.frames}};
    if (!contract_.one_window) spans = spans_of(contract_, trial.frames, shares);
    return std::make_unique<TrackerUse>(std::dynamic_pointer_cast<Tracker>(component), contract_,
                                        setup_, trial, std::move(spans));
  }

 private:
  const TrackerContract& contract_;
  const ContractSetup& setup_;
};

}  // namespace

std::unique_ptr<Exercise> tracker_exercise(const TestedComponent& tested,
                                           const ContractSetup& setup) {
  return std::make_unique<TrackerExercise>(tested, setup);
}

}  // namespace clipwork::test::suite

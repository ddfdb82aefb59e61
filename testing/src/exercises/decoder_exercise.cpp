#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <c10/core/InferenceMode.h>
#include <clipwork/testing/decoder.h>

#include "exercises/exercise.h"
#include "exercises/features.h"

namespace clipwork::test::suite {

void PredictionUse::check_prediction(const std::string& where, const ClipPrediction& prediction,
                                     const Contract& contract, int64_t classes,
                                     std::span<const Geometry> geometry, int head, int tail) {
  if (!expect(prediction.class_scores.defined(), where, ": expected class scores, found none")) {
    return;
  }
  const bool softmax = prediction.form == ScoreForm::softmax;
  int64_t columns = softmax ? classes + 1 : classes;
  if (prediction.form == ScoreForm::probability && prediction.class_scores.dim() == 3 &&
      prediction.class_scores.size(2) == classes + 1) {
    ++columns;
  }
  if (!expect_numbers(where + ", class scores", prediction.class_scores, {1, -1, columns})) return;
  const int64_t rows = prediction.rows();
  outputs.set(where + ", class scores", prediction.class_scores);
  if (gives(contract, "scores.softmax")) {
    expect(softmax, where, ": expected class scores of the form softmax, as the contract says");
  }
  const auto width = [&](const char* map) {
    for (const MapInfo& info : contract.maps) {
      if (info.name == map) return info.channels;
    }
    return int64_t{-1};
  };
  const auto given = [&](const std::string& name, const Tensor* tensor, int64_t channels) {
    if (!gives(contract, name)) return;
    if (!expect(tensor && tensor->defined(), where, ": the contract gives \"", name,
                "\", found no such tensor")) {
      return;
    }
    if (expect_numbers(cat(where, ", ", name), *tensor, {1, rows, channels})) {
      outputs.set(cat(where, ", ", name), *tensor);
    }
  };
  given("embeddings", &prediction.embeddings, width("embeddings"));
  given("queries", &prediction.queries, width("queries"));
  given("boxes", prediction.more.find("boxes"), 4);
  given("id_scores", prediction.more.find("id_scores"), -1);
  if (head) given("embeddings.head", prediction.more.find("embeddings.head"), -1);
  if (tail) given("embeddings.tail", prediction.more.find("embeddings.tail"), -1);
  if (!gives(contract, "masks")) return;
  if (!expect(prediction.masks != nullptr, where, ": the contract gives \"masks\", found none")) {
    return;
  }
  for (int frame = 0; frame < std::ssize(geometry); ++frame) {
    const std::string name = cat(where, ", masks of frame ", frame);
    const Size size = prediction.masks->size();
    const Tensor values = prediction.masks->values(frame, Pairs::all(1, rows));
    if (!expect_numbers(name, values, {rows, size.height, size.width})) return;
    expect(prediction.masks->geometry(frame) == geometry[frame], name,
           ": expected the geometry of the frame");
    outputs.set(name, values);
  }
}

Size padded_size(Size size) {
  constexpr int64_t kDivisor = 32;
  const auto up = [](int64_t side) { return (side + kDivisor - 1) / kDivisor * kDivisor; };
  return {up(size.height), up(size.width)};
}

namespace {

class DecoderUse : public PredictionUse {
 public:
  DecoderUse(std::shared_ptr<Decoder> decoder, const TestedComponent& tested, const Trial& trial,
             std::vector<Span> spans)
      : decoder_(std::move(decoder)),
        contract_(dynamic_cast<const DecoderContract&>(tested.contract())),
        given_(tested.given()),
        needs_(tested.needs()),
        trial_(trial),
        spans_(std::move(spans)),
        state_(decoder_->make_state(1)),
        context_(trial.seed) {}

  bool step() override {
    c10::InferenceMode inference;
    if (memos_.empty()) {
      encode();
      return true;
    }
    if (next_ == spans_.size()) return false;
    decode(spans_[next_]);
    ++next_;
    return true;
  }

 private:
  Geometry geometry() const {
    const Size size = trial_.scene.size();
    return {size, padded_size(size), size};
  }

  void encode() {
    FrameFeatures features;
    features.maps = wave_maps(needs_, given_, geometry().padded, trial_.frames,
                              static_cast<double>(trial_.seed), trial_.device);
    features.geometry.assign(trial_.frames, geometry());
    const FrameMemo memo = decoder_->encode(features, context_);
    bool whole = true;
    for (const Tensors::Entry& entry : memo.tensors.entries) {
      whole = expect(entry.value.defined() && entry.value.dim() > 0 &&
                         entry.value.size(0) == trial_.frames,
                     "memo \"", entry.name, "\": expected [", trial_.frames,
                     ", ...], an entry for each frame") &&
              whole;
    }
    if (!whole) throw Error("its memos cannot be split into frames");
    memos_ = split_memo(memo, 1, trial_.frames);
  }

  void decode(const Span& span) {
    const std::string where = cat("window ", next_);
    const std::vector<Geometry> geometries(span.length, geometry());
    const Window window{span.first, std::span(memos_).subspan(span.first, span.length), geometries,
                        span.head, span.tail};
    const Tensors start = decoder_->start(1);
    if (gives(contract_, "start.queries")) {
      const Tensor* queries = start.find("queries");
      if (expect(queries, where,
                 ": the contract gives \"start.queries\", start has no \"queries\"")) {
        expect_numbers(where + ", start queries", *queries, {1, -1, -1});
      }
    }
    const ClipPrediction prediction = decoder_->decode(window, start, *state_, context_);
    check_prediction(where, prediction, contract_, given_.classes, window.geometry, window.head,
                     window.tail);
    const bool fixed = contract_.rows == DecoderContract::Rows::fixed;
    if (rows_ < 0) rows_ = prediction.rows();
    expect(!fixed || prediction.rows() == rows_, where, ": expected ", rows_,
           " rows as in the window before (contract.rows is fixed), found ", prediction.rows());
    if (needs(contract_, "observation")) observe(prediction, window);
  }

  /// Tells the decoder that every row is a track of its own, new in the first window.
  void observe(const ClipPrediction& prediction, const Window& window) {
    const int64_t rows = prediction.rows();
    Observation told;
    told.ids = at::arange(rows, at::kLong).unsqueeze(0);
    told.fresh = at::full({1, rows}, next_ == 0, at::kBool);
    std::vector<Tensor> frames;
    for (int frame = 0; frame < window.length(); ++frame) {
      frames.push_back(prediction.masks->bits(frame, Pairs::all(1, rows), At::padded));
    }
    told.masks = at::stack(frames, 1).unsqueeze(0);
    decoder_->observe(told, *state_, context_);
  }

  std::shared_ptr<Decoder> decoder_;
  const DecoderContract& contract_;
  const Given& given_;
  std::vector<std::string> needs_;
  Trial trial_;
  std::vector<Span> spans_;
  std::unique_ptr<State> state_;
  TestContext context_;
  std::vector<FrameMemo> memos_;
  size_t next_ = 0;
  int64_t rows_ = -1;
};

class DecoderExercise : public Exercise {
 public:
  explicit DecoderExercise(const TestedComponent& tested)
      : tested_(tested), contract_(dynamic_cast<const DecoderContract&>(tested.contract())) {}

  bool on_device() const override { return true; }

  std::string obstacle(const Trial& trial) const override {
    if (trial.scene.objects().empty()) return "decoders are given features, not objects";
    if (trial.frames < contract_.min_window) {
      return cat("the contract takes windows of ", contract_.min_window, " frames or more");
    }
    return unknown_needs(tested_.needs(), {"observation"},
                         "the suite runs decoders that need maps and \"observation\" alone");
  }

  std::unique_ptr<Use> begin(const std::shared_ptr<Component>& component,
                             const Trial& trial) const override {
    return std::make_unique<DecoderUse>(
        std::dynamic_pointer_cast<Decoder>(component), tested_, trial,
        spans_of(contract_, trial.frames, gives(contract_, "embeddings.head")));
  }

 private:
  const TestedComponent& tested_;
  const DecoderContract& contract_;
};

}  // namespace

std::unique_ptr<Exercise> decoder_exercise(const TestedComponent& tested) {
  return std::make_unique<DecoderExercise>(tested);
}

}  // namespace clipwork::test::suite

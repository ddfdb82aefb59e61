// Runs a detector alone, frame by frame: an instance segmenter of pictures, and with a tracker the
// "Track" paradigm of IAI's Table 6.

#include <clipwork/decoder.h>
#include <clipwork/detector.h>
#include <clipwork/plugin.h>
#include <clipwork/ref.h>
#include <clipwork/tap.h>

namespace clipwork {

namespace {

struct Parameters {
  Ref<Detector> detector;
  void describe(Describer& d) {
    d("detector", detector, "the model that detects objects in single frames").required();
  }
};

class Detect : public Decoder {
 public:
  using Parameters = clipwork::Parameters;

  static Contract contract(const Parameters& p, const Given&) {
    const Detector::Contract& detector = p.detector.contract();
    Contract contract;
    contract.needs = detector.needs;
    contract.gives = detector.gives;
    contract.maps = detector.maps;
    contract.cuda = detector.cuda;
    contract.rows = Contract::Rows::varying;
    contract.max_window = 1;
    return contract;
  }

  Detect(const Parameters& p, const Given& given)
      : detector_(p.detector), classes_(given.classes) {}

  FrameMemo encode(const FrameFeatures& features, Context&) override {
    FrameMemo memo;
    memo.tensors = detector_->dense(features.maps);
    return memo;
  }

  ClipPrediction decode(const Window& window, const Tensors&, State&, Context& context) override {
    const Tensors& dense = window.memos[0].tensors;
    if (context.training) return dense_prediction(dense, classes_);
    TapPrefix prefix("frame.", window.first, ".");
    return detector_->select(dense, window.geometry[0], [](const Candidates& candidates) {
      return std::get<0>(candidates.classes.max(1)).mul(candidates.quality);
    });
  }

 private:
  Ref<Detector> detector_;
  int64_t classes_;
};

}  // namespace

}  // namespace clipwork

CLIPWORK_PLUGIN(detect, "0.1.0") {
  registry.add<clipwork::Detect>("detect", "the detections of a detector, frame by frame");
}

#include <clipwork/host/ground_truth.h>

#include "data/json_fields.h"
#include "data/mask_json.h"
#include "evaluation/mask_areas.h"
#include "evaluation/submission.h"

namespace fs = std::filesystem;

namespace clipwork {

using namespace evaluation;
using Kind = JsonValue::Kind;

namespace {

class ResultReader : public JsonLists {
 public:
  using Fault = std::function<void(size_t, const InputError&)>;
  ResultReader(Results& results, const Fault& fault)
      : results_(results), tracks_(results.tracks), fault_(fault) {}

  void root(Kind kind) override {
    if (kind != Kind::array) {
      throw InputError(cat("expected a list of results, found ", described(kind)));
    }
  }
  bool wants(std::string_view) override { return false; }
  void member(std::string_view, Kind) override {}
  void entry(std::string_view, const JsonValue& value) override {
    const size_t index = tracks_.size();
    try {
      tracks_.push_back(track(value));
    } catch (InputError& error) {
      error.within(cat("result ", index + 1));
      if (!fault_) throw;
      fault_(index, error);
      tracks_.emplace_back();
    }
  }

 private:
  Results& results_;
  std::vector<ResultTrack>& tracks_;
  const Fault& fault_;

  ResultTrack track(const JsonValue& value) {
    if (!value.is(Kind::object)) unexpected(value, "an object");
    ResultTrack track;
    const bool still = !value.find("video_id") && value.find("image_id");
    if (tracks_.empty()) results_.pictures = still;
    if (still != results_.pictures) {
      throw InputError(still ? "has an image_id, but earlier results have a video_id"
                             : "has no image_id, but earlier results have one",
                       {}, "a file has results of videos, or of single pictures");
    }
    track.video = required_identifier(value, still ? "image_id" : "video_id");
    track.category = required_identifier(value, "category_id");
    const JsonValue score = required(value, "score");
    if (!score.is_number()) within("score", [&] { unexpected(score, "a number"); });
    track.score = score.number();
    if (const auto id = value.find("track_id"); id && id->is(Kind::integer)) {
      track.track = id->integer();
    }
    MaskAreas areas;
    const auto add = [&](const JsonValue& mask) {
      if (is_falsy(mask)) {
        track.masks.add_absent();
        return;
      }
      const MaskRle code = compressed_mask(mask);
      track.masks.add(code);
      areas.add(code);
    };
    if (still) {
      const JsonValue mask = required(value, "segmentation");
      within("segmentation", [&] { add(mask); });
    } else {
      each_entry(required(value, "segmentations"), "segmentations", add);
    }
    track.mask_area = areas.mean();
    track.masks.shrink();
    return track;
  }

  /// The official code takes no other form in results.
  static MaskRle compressed_mask(const JsonValue& mask) {
    if (mask.is(Kind::array)) {
      throw InputError("a mask is given as polygons", {},
                       "results must use compressed run lengths");
    }
    if (!mask.is(Kind::object)) unexpected(mask, "a mask with size and counts");
    if (const auto counts = mask.find("counts"); counts && counts->is(Kind::array)) {
      throw InputError("a mask has uncompressed run lengths", {},
                       "results must use the compressed string");
    }
    return read_mask(mask);
  }
};

}  // namespace

Results read_results(const fs::path& file,
                     const std::function<void(size_t result, const InputError&)>& fault) {
  Results results;
  results.file = file.string();
  ResultReader reader(results, fault);
  within(results.file, [&] {
    const auto source = file.extension() == ".zip" ? open_submission(file) : open_file(file);
    read_json(*source, reader, JsonRules::python);
  });
  return results;
}

}  // namespace clipwork

#include <clipwork/host/ground_truth.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "evaluation/json_list.h"
#include "evaluation/numbers.h"

namespace fs = std::filesystem;

namespace clipwork {

using namespace evaluation;

namespace {

using Kind = JsonValue::Kind;

// Seven bits a byte, low group first: most runs are short.
constexpr size_t kMostBytes = 5;  // of a number below 2^32
uint8_t* pack(uint64_t number, uint8_t* to) {
  for (; number >= 128; number >>= 7) *to++ = static_cast<uint8_t>(number | 128);
  *to++ = static_cast<uint8_t>(number);
  return to;
}

uint64_t unpack(const uint8_t*& at) {
  uint64_t number = *at & 127;
  for (int shift = 7; *at++ & 128; shift += 7) number |= static_cast<uint64_t>(*at & 127) << shift;
  return number;
}

JsonValue needed(const JsonValue& entry, const char* key, const std::string& advice = {}) {
  JsonValue value = entry;
  if (!entry.find(key, &value)) throw InputError(cat("'", key, "' is missing"), {}, advice);
  return value;
}

[[noreturn]] void wrong(const char* key, const JsonValue& value, const char* wanted) {
  throw InputError(cat("'", key, "' is ", value.described(), " instead of ", wanted));
}

int64_t whole(const JsonValue& value, const char* key) {
  if (value.is(Kind::integer)) return value.integer();
  // Python takes 1.0 for 1.
  constexpr double kMost = 9e15;
  if (value.is(Kind::real) && std::abs(value.number()) <= kMost &&
      value.number() == std::floor(value.number())) {
    return static_cast<int64_t>(value.number());
  }
  wrong(key, value, "a whole number");
}

int64_t id_of(const JsonValue& entry, const char* key) { return whole(needed(entry, key), key); }

JsonValue list_of(const JsonValue& entry, const char* key, const std::string& advice = {}) {
  JsonValue value = needed(entry, key, advice);
  if (!value.is(Kind::array)) wrong(key, value, "a list");
  return value;
}

/// True for values that are false in Python: no mask.
bool nothing(const JsonValue& value) {
  switch (value.kind()) {
    case Kind::null:
      return true;
    case Kind::boolean:
      return !value.boolean();
    case Kind::integer:
    case Kind::real:
      return value.number() == 0;
    case Kind::text:
      return value.text().empty();
    case Kind::array:
    case Kind::object:
      return value.count() == 0;
  }
  return true;
}

Size size_of(const JsonValue& mask) {
  JsonValue size = needed(mask, "size");
  if (!size.is(Kind::array) || size.count() != 2) wrong("size", size, "[height, width]");
  std::vector<int64_t> sides;
  size.entries([&](const JsonValue& side) { sides.push_back(whole(side, "size")); });
  return {sides[0], sides[1]};
}

/// Reads masks one by one, keeping what it allocates.
class MaskReader {
 public:
  /// The mask of an object with `size` and `counts`.
  MaskRle code(const JsonValue& mask, bool only_compressed) {
    if (!mask.is(Kind::object)) {
      throw InputError(cat("a mask is ", mask.described(), " instead of an object",
                           only_compressed ? " with size and counts" : " or polygons"));
    }
    Size size = size_of(mask);
    JsonValue counts = needed(mask, "counts");
    if (counts.is(Kind::text)) return MaskRle::parse(counts.text(), size);
    if (!counts.is(Kind::array)) wrong("counts", counts, "run lengths");
    if (only_compressed) {
      throw InputError("a mask has uncompressed run lengths", {},
                       "results must use the compressed string");
    }
    runs_.clear();
    counts.entries([&](const JsonValue& run) { runs_.push_back(whole(run, "counts")); });
    return MaskRle::of_runs(runs_, size);
  }

  MaskRle polygons(const JsonValue& mask, Size size) {
    std::vector<std::vector<double>> polygons;
    mask.entries([&](const JsonValue& polygon) {
      if (!polygon.is(Kind::array)) {
        throw InputError(cat("a polygon is ", polygon.described(), " instead of a list"));
      }
      std::vector<double>& points = polygons.emplace_back();
      polygon.entries([&](const JsonValue& coordinate) {
        if (!coordinate.is_number()) {
          throw InputError(cat("a polygon has the coordinate ", coordinate.described()));
        }
        points.push_back(coordinate.number());
      });
    });
    return MaskRle::of_polygons(polygons, size);
  }

 private:
  std::vector<int64_t> runs_;
};

/// Calls `each` with every entry of segmentations and its index; errors name the frame.
template <class Each>
void each_frame(const JsonValue& segmentations, Each&& each) {
  int64_t frame = 0;
  segmentations.entries([&](const JsonValue& mask) {
    try {
      each(mask);
    } catch (InputError& error) {
      error.within(cat("segmentations[", frame, "]"));
      throw;
    }
    ++frame;
  });
}

/// The mean area of the masks that have pixels.
class MaskAreas {
 public:
  void add(const MaskRle& mask) {
    if (int64_t area = mask.area()) areas_.push_back(static_cast<double>(area));
  }
  double mean() const { return numpy_mean(areas_.data(), areas_.size()); }

 private:
  std::vector<double> areas_;
};

double mean_area(const JsonValue& areas) {
  std::vector<double> counted;
  areas.entries([&](const JsonValue& area) {
    if (area.is_number()) {
      if (area.number() != 0) counted.push_back(area.number());
    } else if (!nothing(area)) {
      throw InputError(cat("'areas' contains ", area.described()), {},
                       "expected a number or null for each frame");
    }
  });
  return numpy_mean(counted.data(), counted.size());
}

std::optional<double> occlusion_of(const JsonValue& labels) {
  std::vector<double> scores;
  labels.entries([&](const JsonValue& label) {
    if (label.is(Kind::null)) return;
    std::string_view text = label.is(Kind::text) ? label.text() : std::string_view();
    if (text == "no_occlusion") {
      scores.push_back(0);
    } else if (text == "slight_occlusion") {
      scores.push_back(0.25);
    } else if (text == "severe_occlusion") {
      scores.push_back(0.75);
    } else {
      throw InputError(cat("'occlusion' contains ", label.described()), {},
                       "expected no_occlusion, slight_occlusion, severe_occlusion or null");
    }
  });
  return occlusion_score(std::move(scores));
}

std::string optional_text(const JsonValue& entry, const char* key) {
  JsonValue value = entry;
  return entry.find(key, &value) && value.is(Kind::text) ? std::string(value.text())
                                                         : std::string();
}

int64_t optional_whole(const JsonValue& entry, const char* key) {
  JsonValue value = entry;
  return entry.find(key, &value) && value.is_number() ? whole(value, key) : 0;
}

void expect_object(const JsonValue& entry) {
  if (!entry.is(Kind::object)) {
    throw InputError(cat("it is ", entry.described(), " instead of an object"));
  }
}

/// A polygon stands before the size of its video.
struct VideosComeLater {};

class TruthReader : public JsonLists {
 public:
  /// `only_videos` leaves everything else out.
  TruthReader(GroundTruth* truth, bool only_videos) : truth_(truth), only_videos_(only_videos) {}

  void root(Kind kind) override {
    if (kind != Kind::object) {
      throw InputError(cat("expected an object with videos, categories and annotations, found ",
                           described(kind)),
                       {}, kind == Kind::array ? "is this a results file?" : "");
    }
  }
  bool wants(std::string_view key) override {
    return key == "videos" || (!only_videos_ && (key == "annotations" || key == "categories"));
  }
  void member(std::string_view key, Kind kind) override {
    bool list = kind == Kind::array;
    if (!list && !(kind == Kind::null && key == "annotations")) {
      throw InputError(cat("'", key, "' is ", described(kind), " instead of a list"));
    }
    index_ = 0;
    if (key == "videos") {
      truth_->videos.clear();
      sizes_.clear();
      seen_videos_ = sizes_known_ = true;
    } else if (key == "categories") {
      truth_->categories.clear();
      seen_categories_ = true;
    } else {
      truth_->tracks.clear();
      truth_->annotated = list;
    }
  }
  void entry(std::string_view key, const JsonValue& value) override {
    std::string place = cat(key, "[", index_++, "]");
    try {
      expect_object(value);
      if (key == "videos") {
        video(value);
      } else if (key == "categories") {
        truth_->categories.push_back({id_of(value, "id"), optional_text(value, "name")});
      } else {
        place += cat(" (id ", needed(value, "id").described(), ")");
        track(value);
      }
    } catch (InputError& error) {
      error.within(place);
      throw;
    }
  }
  void finish() const {
    for (auto [seen, key] : {std::pair{seen_videos_, "videos"}, {seen_categories_, "categories"}}) {
      if (!seen) throw InputError(cat("'", key, "' is missing"));
    }
  }
  /// Sizes from an earlier pass.
  void know(const std::vector<AnnotatedVideo>& videos) {
    for (const AnnotatedVideo& video : videos) sizes_[video.id] = video.size;
    sizes_known_ = true;
  }

 private:
  void video(const JsonValue& value) {
    AnnotatedVideo video;
    video.id = id_of(value, "id");
    video.size = {optional_whole(value, "height"), optional_whole(value, "width")};
    JsonValue files = value;
    if (value.find("file_names", &files) && files.is(Kind::array)) {
      files.entries([&](const JsonValue& name) {
        if (!name.is(Kind::text)) wrong("file_names", name, "names");
        video.files.emplace_back(name.text());
      });
      video.frames = static_cast<int64_t>(video.files.size());
    } else {
      video.frames = optional_whole(value, "length");
    }
    if (!video.files.empty()) video.name = fs::path(video.files[0]).parent_path().string();
    if (video.name.empty()) video.name = std::to_string(video.id);
    sizes_[video.id] = video.size;
    truth_->videos.push_back(std::move(video));
  }

  void track(const JsonValue& value) {
    TruthTrack track;
    track.id = id_of(value, "id");
    track.video = id_of(value, "video_id");
    track.category = id_of(value, "category_id");
    JsonValue crowd = needed(value, "iscrowd", "0 for an object, 1 for a crowd");
    if (!crowd.is(Kind::boolean) && !crowd.is_number()) wrong("iscrowd", crowd, "0 or 1");
    track.crowd = !nothing(crowd);
    track.area =
        mean_area(list_of(value, "areas", "a list with the area of each frame's mask, or null"));
    JsonValue labels = value;
    if (value.find("occlusion", &labels) && !labels.is(Kind::null)) {
      if (!labels.is(Kind::array)) wrong("occlusion", labels, "a list of labels");
      track.occlusion = occlusion_of(labels);
    }
    MaskAreas areas;
    each_frame(list_of(value, "segmentations"), [&](const JsonValue& mask) {
      if (nothing(mask)) {
        track.masks.add_absent();
        return;
      }
      MaskRle code = mask.is(Kind::array) ? reader_.polygons(mask, size_of_video(track.video))
                                          : reader_.code(mask, false);
      track.masks.add(code);
      areas.add(code);
    });
    track.mask_area = areas.mean();
    track.masks.shrink();
    truth_->tracks.push_back(std::move(track));
  }

  Size size_of_video(int64_t id) const {
    if (!sizes_known_) throw VideosComeLater();
    auto found = sizes_.find(id);
    // A track of an unknown video is not evaluated.
    if (found == sizes_.end()) return {};
    if (found->second == Size()) {
      throw InputError(cat("a polygon needs the size of video ", id), {},
                       "add 'height' and 'width' to the video");
    }
    return found->second;
  }

  GroundTruth* truth_;
  bool only_videos_, seen_videos_ = false, seen_categories_ = false, sizes_known_ = false;
  int64_t index_ = 0;
  std::unordered_map<int64_t, Size> sizes_;
  MaskReader reader_;
};

class ResultReader : public JsonLists {
 public:
  ResultReader(Results* results, const std::function<void(const InputError&)>& fault)
      : results_(results), fault_(fault) {}

  void root(Kind kind) override {
    if (kind != Kind::array) {
      throw InputError(cat("expected a list of results, found ", described(kind)));
    }
  }
  bool wants(std::string_view) override { return false; }
  void member(std::string_view, Kind) override {}
  void entry(std::string_view, const JsonValue& value) override {
    std::string place = cat("result ", results_->tracks.size() + 1);
    try {
      expect_object(value);
      results_->tracks.push_back(track(value));
    } catch (InputError& error) {
      error.within(place);
      if (!fault_) throw;
      fault_(error);
      results_->tracks.emplace_back();
    }
  }

 private:
  ResultTrack track(const JsonValue& value) {
    ResultTrack track;
    JsonValue picture = value;
    const bool still = !value.find("video_id", &picture) && value.find("image_id", &picture);
    track.video = id_of(value, still ? "image_id" : "video_id");
    track.category = id_of(value, "category_id");
    JsonValue score = needed(value, "score");
    if (!score.is_number()) wrong("score", score, "a number");
    track.score = score.number();
    MaskAreas areas;
    auto take = [&](const JsonValue& mask) {
      if (nothing(mask)) {
        track.masks.add_absent();
        return;
      }
      if (mask.is(Kind::array)) {
        throw InputError("a mask is given as polygons", {},
                         "results must use compressed run lengths");
      }
      MaskRle code = reader_.code(mask, true);
      track.masks.add(code);
      areas.add(code);
    };
    if (still) {
      take(needed(value, "segmentation"));
    } else {
      each_frame(list_of(value, "segmentations"), take);
    }
    track.mask_area = areas.mean();
    track.masks.shrink();
    return track;
  }

  Results* results_;
  const std::function<void(const InputError&)>& fault_;
  MaskReader reader_;
};

void read(ByteSource& source, JsonLists& lists, const fs::path& file) {
  try {
    read_json(source, lists);
  } catch (InputError& error) {
    if (error.where() != file.string()) error.within(file.string());
    throw;
  }
}

}  // namespace

void MaskList::add(const MaskRle& mask) {
  const size_t before = bytes_.size();
  bytes_.resize(before + kMostBytes * (mask.counts.size() + 2));
  uint8_t* end = bytes_.data() + before;
  end = pack(static_cast<uint64_t>(mask.size.height), end);
  end = pack(static_cast<uint64_t>(mask.size.width), end);
  for (uint32_t count : mask.counts) end = pack(count, end);
  bytes_.resize(static_cast<size_t>(end - bytes_.data()));
  add_absent();
}

void MaskList::add_absent() {
  if (bytes_.size() > std::numeric_limits<uint32_t>::max()) {
    throw InputError("the masks of one track take more than 4 GB");
  }
  ends_.push_back(static_cast<uint32_t>(bytes_.size()));
}

void MaskList::shrink() {
  bytes_.shrink_to_fit();
  ends_.shrink_to_fit();
}

bool MaskList::present(int64_t frame) const {
  return ends_[frame] > (frame ? ends_[frame - 1] : 0);
}

bool MaskList::read(int64_t frame, MaskRle* mask) const {
  if (!present(frame)) return false;
  const uint8_t* at = bytes_.data() + (frame ? ends_[frame - 1] : 0);
  const uint8_t* end = bytes_.data() + ends_[frame];
  mask->size.height = static_cast<int64_t>(unpack(at));
  mask->size.width = static_cast<int64_t>(unpack(at));
  mask->counts.clear();
  while (at < end) mask->counts.push_back(static_cast<uint32_t>(unpack(at)));
  return true;
}

bool GroundTruth::has_occlusion() const {
  return !tracks.empty() && std::all_of(tracks.begin(), tracks.end(), [](const TruthTrack& track) {
    return track.occlusion.has_value();
  });
}

GroundTruth read_ground_truth(const fs::path& file) {
  auto pass = [&](bool only_videos, const GroundTruth* known) {
    GroundTruth truth;
    truth.file = file.string();
    TruthReader reader(&truth, only_videos);
    if (known) reader.know(known->videos);
    read(*open_file(file), reader, file);
    try {
      if (!only_videos) reader.finish();
    } catch (InputError& error) {
      error.within(file.string());
      throw;
    }
    return truth;
  };
  try {
    return pass(false, nullptr);
  } catch (const VideosComeLater&) {
    GroundTruth videos = pass(true, nullptr);
    return pass(false, &videos);
  }
}

Results read_results(const fs::path& file, const std::function<void(const InputError&)>& fault) {
  Results results;
  results.file = file.string();
  ResultReader reader(&results, fault);
  auto source = file.extension() == ".zip" ? open_zip(file) : open_file(file);
  read(*source, reader, file);
  return results;
}

}  // namespace clipwork

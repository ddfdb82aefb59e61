#include <clipwork/host/ground_truth.h>
#include <zip.h>

#include <cmath>
#include <unordered_map>
#include <unordered_set>

namespace fs = std::filesystem;

namespace clipwork {

namespace {

class Checker {
 public:
  explicit Checker(const GroundTruth& instances) : instances_(instances) {
    for (const AnnotatedVideo& video : instances.videos) videos_[video.id] = &video;
    for (const Category& category : instances.categories) categories_.insert(category.id);
  }

  void check(const ResultTrack& result) {
    if (!categories_.count(result.category)) {
      say("class ", result.category, " is not in the list of ", instances_.file);
    }
    if (!std::isfinite(result.score)) say("the score is ", result.score);
    auto found = videos_.find(result.video);
    if (found == videos_.end()) {
      say("video ", result.video, " is not in the list of ", instances_.file);
      return;
    }
    const AnnotatedVideo& video = *found->second;
    if (video.frames > 0 && result.masks.frames() != video.frames) {
      say("it has ", result.masks.frames(), " frames, but video ", video.id, " has ", video.frames);
    }
    if (video.size == Size()) return;
    for (int64_t frame = 0; frame < result.masks.frames(); ++frame) {
      if (!result.masks.read(frame, &mask_) || mask_.size == video.size) continue;
      say("the mask of frame ", frame, " is ", mask_.size.height, " x ", mask_.size.width,
          ", but video ", video.id, " is ", video.size.height, " x ", video.size.width);
      return;
    }
  }

  std::vector<std::string> take() { return std::move(faults_); }

 private:
  template <class... Values>
  void say(const Values&... values) {
    faults_.push_back(cat(values...));
  }
  const GroundTruth& instances_;
  std::unordered_map<int64_t, const AnnotatedVideo*> videos_;
  std::unordered_set<int64_t> categories_;
  MaskRle mask_;
  std::vector<std::string> faults_;
};

/// Reports files other than results.json in a zip file.
std::vector<std::string> check_zip(const fs::path& file) {
  std::vector<std::string> faults;
  zip_t* zip = zip_open(file.c_str(), ZIP_RDONLY, nullptr);
  if (!zip) throw InputError("cannot be read as a zip file", file.string());
  for (zip_int64_t i = 0; i < zip_get_num_entries(zip, 0); ++i) {
    const char* name = zip_get_name(zip, static_cast<zip_uint64_t>(i), ZIP_FL_ENC_GUESS);
    if (std::string_view(name) != "results.json") {
      faults.push_back(
          cat("the zip file also contains '", name, "'; servers accept results.json only"));
    }
  }
  zip_discard(zip);
  return faults;
}

}  // namespace

std::vector<std::string> check_results(const fs::path& file, const GroundTruth& instances) {
  std::vector<std::string> faults;
  if (file.extension() == ".zip") faults = check_zip(file);
  std::vector<std::string> messages;  // about entries that cannot be read, in their order
  Results results =
      read_results(file, [&](const InputError& error) { messages.push_back(error.what()); });
  if (results.tracks.empty()) {
    faults.push_back("the list of results is empty; the official evaluator stops at such a file");
  }
  size_t next = 0;
  Checker checker(instances);
  for (size_t i = 0; i < results.tracks.size(); ++i) {
    std::string name = cat("result ", i + 1);
    if (next < messages.size() &&
        (messages[next].starts_with(name + ":") || messages[next].starts_with(name + ","))) {
      faults.push_back(messages[next++]);
      continue;
    }
    checker.check(results.tracks[i]);
    for (const std::string& fault : checker.take()) faults.push_back(cat(name, ": ", fault));
  }
  return faults;
}

void write_submission(const fs::path& results, const fs::path& zip_file) {
  int code = 0;
  zip_t* zip = zip_open(zip_file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  auto fail = [&](const std::string& cause) {
    if (zip) zip_discard(zip);
    throw Error(cat("cannot be written: ", cause), zip_file.string());
  };
  if (!zip) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    std::string cause = zip_error_strerror(&error);
    zip_error_fini(&error);
    fail(cause);
  }
  zip_source_t* source = zip_source_file(zip, results.c_str(), 0, -1);
  if (!source) fail(zip_strerror(zip));
  if (zip_file_add(zip, "results.json", source, ZIP_FL_ENC_UTF_8) < 0) {
    zip_source_free(source);
    fail(zip_strerror(zip));
  }
  if (zip_close(zip) < 0) fail(zip_strerror(zip));
}

}  // namespace clipwork

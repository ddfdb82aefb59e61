#include <clipwork/data/data_paths.h>
#include <clipwork/dataset.h>
#include <clipwork/make_component.h>
#include <clipwork/plugin.h>
#include <clipwork/source.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string_view>

namespace {

using namespace clipwork;
namespace fs = std::filesystem;

/// Videos without annotations. Frames come in order at the speed of the decoder; a step back reads
/// the file again from its start. Video files are decoded once when the data set is opened: only
/// that tells how many frames they have.
class Videos final : public Dataset {
 public:
  struct Parameters {
    std::string path;
    void describe(Describer& d) {
      d.file(
           "path", path,
           "a video file, a folder of pictures, or a folder of video files and folders of pictures")
          .required();
    }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }

  Videos(const Parameters& parameters, const Given&) {
    const fs::path path = find_data(parameters.path);
    if (!fs::is_directory(path) || holds_pictures(path)) {
      add(path);
      return;
    }
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.is_directory() ? holds_pictures(entry.path()) : is_video(entry.path())) {
        found.push_back(entry.path());
      }
    }
    std::sort(found.begin(), found.end());
    for (const fs::path& one : found) {
      try {
        check_link(path, one);
        add(one);
      } catch (const InputError& error) {
        faults_.push_back({cat("video '", name_of(one), "'"), error.what(), "it is left out"});
      }
    }
    if (!videos_.empty()) return;
    std::string left_out;
    for (const DatasetFault& fault : faults_) left_out += cat("\n  ", fault.problem);
    throw InputError(
        cat("contains no video", left_out.empty() ? "" : " that can be read:", left_out),
        path.string(),
        left_out.empty() ? "expected .mp4, .mkv, .mov, .avi or .webm files, or folders of pictures"
                         : "");
  }

  const std::vector<Category>& categories() const override { return categories_; }
  const std::vector<VideoEntry>& videos() const override { return videos_; }
  VideoTracks tracks(int64_t) const override { return {}; }
  bool annotated() const override { return false; }
  std::vector<DatasetFault> faults() const override { return faults_; }

  Frame frame(int64_t index, int64_t t) const override {
    const std::lock_guard lock(mutex_);
    const fs::path& file = files_.at(static_cast<size_t>(index));
    if (!source_ || index != open_ || t < next_) {
      source_ = open(file);
      open_ = index;
      next_ = 0;
    }
    try {
      while (true) {
        std::optional<Frame> frame = source_->next();
        if (!frame) throw InputError(cat("the video ends after ", next_, " frames"), file.string());
        if (next_++ == t) return *frame;
      }
    } catch (const InputError&) {
      // A source that goes on behind a bad picture would count wrongly.
      source_.reset();
      throw;
    }
  }

 private:
  std::vector<Category> categories_;
  std::vector<VideoEntry> videos_;
  std::vector<fs::path> files_;
  std::vector<DatasetFault> faults_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<Source> source_;  ///< of the video that was read last
  mutable int64_t open_ = -1, next_ = 0;    ///< which that is, and the frame it gives next

  static bool is_video(const fs::path& file) {
    static constexpr std::array kEndings = {".mp4", ".mkv", ".mov", ".avi", ".webm", ".m4v"};
    std::string ending = file.extension().string();
    for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
  }

  /// Decoders of videos take pictures too, but not as strictly.
  static bool is_picture(const fs::path& file) {
    if (!fs::is_regular_file(file)) return false;
    char begin[2] = {};
    std::ifstream(file, std::ios::binary).read(begin, 2);
    const std::string_view two(begin, 2);
    return two == "\xFF\xD8" || two == "\x89P" || two == "P5" || two == "P6";
  }

  static bool holds_pictures(const fs::path& folder) {
    try {
      open(folder);
      return true;
    } catch (const InputError&) {
      return false;
    }
  }

  static std::string name_of(const fs::path& file) {
    const fs::path full = fs::absolute(file).lexically_normal();
    if (!fs::is_directory(file)) return full.stem().string();
    return (full.has_filename() ? full : full.parent_path()).filename().string();
  }

  static std::shared_ptr<Source> open(const fs::path& file) {
    Value table = Value::table();
    const bool pictures = fs::is_directory(file) || is_picture(file);
    table.set(pictures ? "path" : "file", file.string());
    return make_component<Source>(pictures ? "images" : "video", table);
  }

  /// Throws InputError where not even its first frame can be read.
  void add(const fs::path& file) {
    VideoEntry video;
    video.id = static_cast<int64_t>(videos_.size()) + 1;
    video.name = name_of(file);
    const std::shared_ptr<Source> source = open(file);
    const std::optional<Frame> first = source->next();
    if (!first) throw InputError("contains no frames", file.string());
    video.size = {first->pixels.size(1), first->pixels.size(2)};
    if (fs::is_directory(file)) {
      video.length = *source->count();
    } else {
      video.length = 1;
      while (source->next()) ++video.length;
      for (const std::string& remark : source->remarks()) {
        faults_.push_back(
            {cat("video '", video.name, "'"), remark, "the frames that were read are used"});
      }
    }
    videos_.push_back(std::move(video));
    files_.push_back(file);
  }
};

}  // namespace

CLIPWORK_PLUGIN(video, "0.1.0") {
  registry.add<Videos>("video", "video files or folders of pictures, without annotations");
}

#include <clipwork/annotation_file.h>
#include <clipwork/dataset.h>
#include <clipwork/make_component.h>
#include <clipwork/plugin.h>
#include <clipwork/source.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <mutex>

namespace {

using namespace clipwork;
namespace fs = std::filesystem;

/// Videos without annotations. Frames come in order at the speed of the decoder; a step back reads
/// the file again from its start.
class Videos final : public Dataset {
 public:
  struct Parameters {
    std::string path;
    void describe(Describer& d) {
      d.file("path", path, "a video file, or a folder of video files and of folders of pictures")
          .required();
    }
  };
  static Contract contract(const Parameters&, const Given&) { return {}; }

  Videos(const Parameters& parameters, const Given&) {
    const fs::path path = find_data(parameters.path);
    std::vector<fs::path> found;
    if (!fs::is_directory(path)) found = {path};
    if (fs::is_directory(path)) {
      for (const auto& entry : fs::directory_iterator(path)) {
        if (entry.is_directory() || is_video(entry.path())) found.push_back(entry.path());
      }
    }
    std::sort(found.begin(), found.end());
    for (const fs::path& one : found) add(one);
    if (videos_.empty()) {
      throw InputError("there is no video in it", path.string(),
                       "wanted: .mp4, .mkv, .mov, .avi or .webm files, or folders of pictures");
    }
  }

  const std::vector<Category>& categories() const override { return categories_; }
  const std::vector<VideoEntry>& videos() const override { return videos_; }
  std::vector<AnnotatedTrack> tracks(int64_t) const override { return {}; }
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
    while (true) {
      std::optional<Frame> frame = source_->next();
      if (!frame) {
        throw InputError(cat("frame ", t, " cannot be read: the video ends after ", next_),
                         file.string());
      }
      if (next_++ == t) return *frame;
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
    return std::find(kEndings.begin(), kEndings.end(), file.extension()) != kEndings.end();
  }

  static std::shared_ptr<Source> open(const fs::path& file) {
    Value table = Value::table();
    const bool folder = fs::is_directory(file);
    table.set(folder ? "path" : "file", file.string());
    return make_component<Source>(folder ? "images" : "video", table);
  }

  void add(const fs::path& file) {
    VideoEntry video;
    video.id = static_cast<int64_t>(videos_.size()) + 1;
    video.name = fs::is_directory(file) ? file.filename().string() : file.stem().string();
    try {
      const std::shared_ptr<Source> source = open(file);
      const std::optional<Frame> first = source->next();
      if (!first) throw InputError("holds no frame", file.string());
      video.size = {first->pixels.size(1), first->pixels.size(2)};
      // What a file promises is not always there, but counting would decode all of it.
      std::optional<int64_t> count = source->count();
      if (!count) {
        count = 1;
        while (source->next()) ++*count;
      }
      video.length = *count;
    } catch (const InputError& error) {
      faults_.push_back({cat("video '", video.name, "'"), error.what(), "it is left out"});
      return;
    }
    videos_.push_back(std::move(video));
    files_.push_back(file);
  }
};

}  // namespace

CLIPWORK_PLUGIN(video, "0.1.0") {
  registry.add<Videos>("video", "video files or folders of pictures, without annotations");
}

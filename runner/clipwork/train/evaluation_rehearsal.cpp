#include "train/evaluation_rehearsal.h"

#include <clipwork/host/evaluation.h>
#include <clipwork/host/ground_truth.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/results_file.h>
#include <unistd.h>

#include <filesystem>

#include "data/dataset_source.h"
#include "data/split_data.h"

namespace clipwork::cli {
namespace fs = std::filesystem;
namespace {

/// The first video of a data set.
class FirstVideo final : public Dataset {
 public:
  explicit FirstVideo(std::shared_ptr<const Dataset> all)
      : all_(std::move(all)), videos_{all_->videos().front()} {}
  const std::vector<Category>& categories() const override { return all_->categories(); }
  const std::vector<VideoEntry>& videos() const override { return videos_; }
  VideoTracks tracks(int64_t) const override { return all_->tracks(0); }
  bool annotated() const override { return all_->annotated(); }
  bool pictures() const override { return all_->pictures(); }
  Frame frame(int64_t, int64_t t) const override { return all_->frame(0, t); }

 private:
  std::shared_ptr<const Dataset> all_;
  std::vector<VideoEntry> videos_;
};

struct TemporaryFolder {
  fs::path path = fs::temp_directory_path() / cat("clipwork-rehearsal-", ::getpid());
  TemporaryFolder() { fs::create_directories(path); }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

}  // namespace

void rehearse_evaluation(const Config& config, const std::vector<CheckpointEntry>& weights) {
  try {
    const SplitData data = open_split(config);
    const TemporaryFolder folder;
    write_safetensors(folder.path / "model.safetensors", weights);
    PipelineOptions options;
    options.weights = (folder.path / "model.safetensors").string();
    const Pipeline pipeline(config, options);
    check_classes(data, pipeline.classes());
    const FirstVideo first(data.dataset);
    const VideoEntry& video = first.videos().front();
    VideoInfo info;
    info.name = called(video);
    Stream stream = pipeline.open(info);
    for (int64_t t = 0; t < video.length; ++t) stream.push(first.frame(0, t));
    const Result result = stream.finish();
    if (!data.dataset->annotated()) return;

    ResultsFile file(folder.path / "results.json");
    const ResultForm form = first.pictures() ? ResultForm::picture : ResultForm::video;
    for (const ResultRow& row : result.rows) {
      file.add_line(result_line(video.id, result, row, pipeline.classes(), "", form));
    }
    file.commit();
    const GroundTruth truth = ground_truth(first, data.name);
    const Results results = read_results(folder.path / "results.json");
    first.pictures() ? evaluate_frames(truth, results) : evaluate(truth, results);
  } catch (Error& error) {
    error.within("evaluation, tried before training");
    throw;
  }
}

}  // namespace clipwork::cli

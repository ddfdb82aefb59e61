#include "train/evaluation_rehearsal.h"

#include <clipwork/host/evaluation.h>
#include <clipwork/host/ground_truth.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/results_file.h>
#include <unistd.h>

#include <filesystem>

#include "data/dataset_source.h"
#include "data/split_data.h"
#include "run/push_frames.h"

namespace clipwork::runs {
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

std::vector<DatasetFault> rehearse_evaluation(const Plan& plan,
                                              const std::vector<CheckpointEntry>& weights) {
  try {
    const SplitData data = open_split(plan.config);
    const TemporaryFolder folder;
    write_safetensors(folder.path / kModelFile, weights);
    const Pipeline pipeline(plan, folder.path / kModelFile);
    check_classes(data.dataset->categories(), pipeline.classes(), data.name, ClassUse::evaluation);
    const FirstVideo first(data.dataset);
    const VideoEntry& video = first.videos().front();
    VideoInfo info;
    info.name = called(video);
    Stream stream = pipeline.open(info);
    DatasetSource frames(data.dataset, 0);
    push_frames(stream, [&] { return frames.next(); });
    const Result result = stream.finish().result;
    if (!data.dataset->annotated()) return data.dataset->faults();

    ResultsFile file(folder.path / "results.json");
    file.add(video.id, result, pipeline.classes(),
             first.pictures() ? ResultForm::picture : ResultForm::video);
    file.commit();
    const GroundTruth truth = ground_truth(first, data.name);
    const Results results = read_results(folder.path / "results.json");
    first.pictures() ? evaluate_frames(truth, results) : evaluate(truth, results);
    return data.dataset->faults();
  } catch (Error& error) {
    error.within("trial evaluation before training");
    throw;
  }
}

}  // namespace clipwork::runs

// A batch that training could not go on with, as a file.

#include <clipwork/host/trainer.h>

#include <charconv>

namespace clipwork {

namespace {

constexpr const char* kStep = "refused.step";
constexpr const char* kProblem = "refused.problem";
constexpr const char* kWhere = "refused.where";
constexpr const char* kCount = "refused.samples";

int64_t number_in(const Checkpoint& file, const char* fact) {
  const auto found = file.metadata.find(fact);
  int64_t value = -1;
  if (found != file.metadata.end()) {
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  }
  if (value < 0) {
    throw InputError("is not a refused-batch file", file.file.string(),
                     "give the refused_batch.safetensors that a training wrote");
  }
  return value;
}

}  // namespace

void write_refused_batch(const std::filesystem::path& file, const RefusedBatch& batch,
                         const std::vector<CheckpointEntry>& weights) {
  std::vector<CheckpointEntry> tensors = weights;
  std::map<std::string, std::string> facts = {{kStep, std::to_string(batch.step)},
                                              {kProblem, batch.problem},
                                              {kWhere, batch.where},
                                              {kCount, std::to_string(batch.samples.size())}};
  for (size_t i = 0; i < batch.samples.size(); ++i) {
    const Sample& sample = batch.samples[i];
    const std::string front = cat("refused.", i, ".");
    facts[front + "name"] = sample.name;
    facts[front + "video"] = sample.targets.name;
    auto add = [&](const char* name, const Tensor& value) {
      if (value.defined()) tensors.push_back({front + name, value});
    };
    add("frames", sample.frames);
    add("labels", sample.targets.labels);
    add("ids", sample.targets.ids);
    add("masks", sample.targets.masks);
    add("boxes", sample.targets.boxes);
  }
  write_safetensors(file, tensors, facts);
}

RefusedBatch read_refused_batch(const std::filesystem::path& path) {
  const Checkpoint file = read_checkpoint(path);
  RefusedBatch batch;
  batch.step = number_in(file, kStep);
  auto fact = [&](const std::string& name) {
    const auto found = file.metadata.find(name);
    return found == file.metadata.end() ? std::string() : found->second;
  };
  batch.problem = fact(kProblem);
  batch.where = fact(kWhere);
  for (int64_t i = 0, count = number_in(file, kCount); i < count; ++i) {
    const std::string front = cat("refused.", i, ".");
    auto tensor = [&](const char* name, bool required) {
      const Tensor* value = file.find(front + name);
      if (!value && required) {
        throw InputError(cat("has no '", front, name, "'"), path.string());
      }
      // The file's memory goes with `file`.
      return value ? value->clone() : Tensor();
    };
    Sample sample;
    sample.name = fact(front + "name");
    sample.frames = tensor("frames", true);
    sample.targets = {fact(front + "video"), tensor("labels", true), tensor("ids", true),
                      tensor("masks", true), tensor("boxes", false)};
    batch.samples.push_back(std::move(sample));
  }
  return batch;
}

}  // namespace clipwork

#include "table/job_hash.h"

#include <clipwork/error.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/digest.h>
#include <clipwork/host/plan.h>
#include <clipwork/host/registry.h>
#include <clipwork/read_file.h>
#include <clipwork/samples.h>
#include <clipwork/text.h>
#include <clipwork/version.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "data/split_data.h"
#include "data/train_data.h"

namespace clipwork::table {
namespace fs = std::filesystem;
namespace {

class Hasher {
 public:
  std::string hash(const Job& job, const std::string& training) {
    std::string text = cat("Clipwork " CLIPWORK_VERSION ", LibTorch " CLIPWORK_TORCH_VERSION "\n",
                           job.trains ? "training\n" : "evaluation\n", join(job.lines, "\n"), "\n");
    text += job.training ? cat("weights of ", training, "\n")
                         : cat("weights ", weights_identity(job), "\n");
    const Plan plan = plan_pipeline(job.config);
    plan.faults.raise();
    text += data_identity(job, plan) + plugins_of(job, plan);
    constexpr size_t kDigits = 16;
    return sha256(text).substr(0, kDigits);
  }

 private:
  std::map<std::string, std::string> weights_, files_, data_;

  const std::string& weights_identity(const Job& job) {
    const auto [known, is_new] = weights_.try_emplace(job.weights, job.weights);
    if (!is_new || job.weights == "rule" || job.weights == "initial") return known->second;
    try {
      const Checkpoint checkpoint = read_checkpoint(job.weights);
      known->second = cat(checkpoint.sha256(), "#", checkpoint.key);
    } catch (const InputError& error) {
      weights_.erase(known);
      throw InputError(cat("the weights ", error.what()), job.weights_origin.text(),
                       "relative paths are looked for below $CLIPWORK_DATA and beside the table");
    }
    return known->second;
  }

  /// The data set, and the content of the files that its components name.
  std::string data_identity(const Job& job, const Plan& plan) {
    const std::string place = job.trains ? runs::kTrainingData : runs::kEvaluationData;
    const auto [known, is_new] = data_.try_emplace(job.config.find(place)->toml());
    if (!is_new) return known->second;
    std::string text = job.trains ? training_data(job.config)
                                  : cat("data ", runs::open_split(job.config).hash, "\n");
    for (const auto& component : plan.data) {
      if (!is_below(component->place, place)) continue;
      for (const ParameterInfo& parameter : component->description) {
        const Value* value = plan.resolved.find(cat(component->place, ".", parameter.name));
        if (parameter.type != ParameterType::path || !value || !value->text()) continue;
        text +=
            cat(component->place, ".", parameter.name, " ", content_of(located_data(*value)), "\n");
      }
    }
    known->second = text;
    return text;
  }

  static std::string training_data(const Config& config) {
    const std::shared_ptr<const Samples> samples = runs::open_samples(config);
    return cat("data ", samples->size(), " samples of ",
               join(samples->categories(), [](const Category& one) { return one.name; }), "\n");
  }

  /// Of a file its SHA-256, of a folder the names and sizes of the files in it.
  const std::string& content_of(const std::string& path) {
    const auto [known, is_new] = files_.try_emplace(path);
    std::error_code failed;
    if (!is_new) return known->second;
    if (fs::is_regular_file(path, failed)) {
      known->second = sha256(read_file(path));
    } else {
      std::set<std::string> names;
      for (const auto& entry : fs::directory_iterator(path, failed)) {
        if (!entry.is_regular_file(failed)) continue;
        names.insert(cat(entry.path().filename().string(), " ", entry.file_size(failed)));
      }
      known->second = sha256(join({names.begin(), names.end()}, "\n"));
    }
    return known->second;
  }

  static std::string plugins_of(const Job& job, const Plan& plan) {
    std::set<std::string> names;
    auto add = [&](const auto& components) {
      for (const auto& component : components) names.insert(component->info->plugin);
    };
    add(plan.components);
    add(plan.data);
    if (job.trains) add(plan.of_loss);
    std::string text;
    for (const PluginInfo& plugin : Registry::instance().plugins()) {
      if (plugin.loaded && names.contains(plugin.name)) {
        text += cat("plugin ", plugin.name, " ", plugin.sha256, "\n");
      }
    }
    return text;
  }
};

}  // namespace

std::vector<std::string> job_hashes(const TablePlan& plan) {
  Hasher hasher;
  std::vector<std::string> hashes;
  for (const Job& job : plan.jobs) {
    hashes.push_back(hasher.hash(job, job.training ? hashes[*job.training] : ""));
  }
  return hashes;
}

}  // namespace clipwork::table

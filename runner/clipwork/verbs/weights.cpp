// clipwork weights

#include <c10/core/ScalarType.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/host/config.h>
#include <clipwork/host/installed_configs.h>
#include <clipwork/host/json.h>
#include <clipwork/host/pipeline.h>
#include <clipwork/host/plan.h>
#include <clipwork/host/registry.h>

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <map>
#include <optional>
#include <set>

#include "cli/options.h"
#include "measure/weights_which.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace {

struct Totals {
  int64_t values = 0, bytes = 0;
};

Totals totals(const Checkpoint& checkpoint) {
  Totals sums;
  for (const CheckpointEntry& entry : checkpoint.tensors) {
    sums.values += entry.value.numel();
    sums.bytes += entry.value.numel() * entry.value.element_size();
  }
  return sums;
}

/// Whose names the file has, if they are translated when it is loaded.
void print_source(const Checkpoint& checkpoint) {
  const std::optional<NameSource> source = name_source(checkpoint);
  if (!source) return;
  std::cout
      << "names: " << source->title
      << ", translated when the file is loaded, as with `clipwork run CONFIG --weights FILE`\n";
  if (!source->note.empty()) std::cout << "remark: " << source->note << "\n";
}

void print(const Checkpoint& checkpoint) {
  Totals sums = totals(checkpoint);
  std::cout << checkpoint.file.string() << ": " << checkpoint.format << ", "
            << checkpoint.tensors.size() << " tensors, " << sums.values << " values, " << std::fixed
            << std::setprecision(1) << static_cast<double>(sums.bytes) / (1 << 20)
            << " MiB\nSHA-256 " << checkpoint.sha256() << "\n";
  print_source(checkpoint);
  std::vector<std::pair<std::string, std::string>> rows;
  for (const CheckpointEntry& entry : checkpoint.tensors) {
    rows.emplace_back(entry.name,
                      cat(c10::toString(entry.value.scalar_type()), " ", entry.value.sizes()));
  }
  print_columns(rows);
  for (const auto& [key, value] : checkpoint.metadata) {
    std::cout << "beside the weights: " << key << " = " << value << "\n";
  }
  for (const std::string& remark : checkpoint.remarks) std::cout << "remark: " << remark << "\n";
}

void write_shape(JsonWriter& json, at::IntArrayRef shape) {
  json.begin_array();
  for (int64_t size : shape) json.value(size);
  json.end_array();
}

void write(JsonWriter& json, const runs::ModelFit& fit) {
  json.begin_object("comparison");
  json.member("config", fit.configs.front());
  json.member("fits", fit.loads());
  json.member("names", fit.report.names);
  json.member("loaded", fit.report.loaded);
  json.member("missing", fit.report.missing);
  json.member("unexpected", fit.report.unexpected);
  json.begin_array("wrong_shape");
  for (const LoadReport::Shape& shape : fit.report.wrong_shape) {
    json.begin_object();
    json.member("name", shape.name);
    json.key("file");
    write_shape(json, shape.file);
    json.key("model");
    write_shape(json, shape.model);
    json.end_object();
  }
  json.end_array();
  json.begin_object("renamed");
  for (const auto& [from, to] : fit.report.renamed) {
    json.member(from, to);
  }
  json.end_object();
  json.end_object();
}

void print_json(const Checkpoint& checkpoint, const std::optional<runs::ModelFit>& comparison) {
  Totals sums = totals(checkpoint);
  JsonWriter json;
  json.begin_object();
  json.member("file", checkpoint.file.string());
  json.member("format", checkpoint.format);
  json.member("sha256", checkpoint.sha256());
  if (const std::optional<NameSource> source = name_source(checkpoint)) {
    json.member("names", source->title);
  }
  json.member("values", sums.values);
  json.member("bytes", sums.bytes);
  json.begin_array("tensors");
  for (const CheckpointEntry& entry : checkpoint.tensors) {
    json.begin_object();
    json.member("name", entry.name);
    json.member("type", c10::toString(entry.value.scalar_type()));
    json.key("shape");
    write_shape(json, entry.value.sizes());
    json.end_object();
  }
  json.end_array();
  json.begin_object("metadata");
  for (const auto& [key, value] : checkpoint.metadata) {
    json.member(key, value);
  }
  json.end_object();
  json.member("remarks", checkpoint.remarks);
  if (comparison) write(json, *comparison);
  json.end_object();
  std::cout << json.take() << "\n";
}

/// "clipwork:" before names of installed configs.
std::string listed(const std::vector<std::string>& configs, const std::string& prefix) {
  std::string text;
  for (const std::string& config : configs) text += cat("\n  ", prefix, config);
  return text;
}

/// The configs whose trainings can start from a file that has a part of their model.
bool print_starts(const std::vector<runs::ModelFit>& fits, const std::string& prefix) {
  std::map<std::string, std::vector<std::string>> configs;  // by the option that they need
  for (const runs::ModelFit& fit : fits) {
    const std::vector<std::string> absent = fit.absent_parts();
    if (absent.empty()) continue;
    std::vector<std::string>& group = configs[allow_missing_option(absent)];
    group.insert(group.end(), fit.configs.begin(), fit.configs.end());
  }
  if (configs.empty()) return false;
  std::cout << "fits no config as a whole\n";
  for (const auto& [option, group] : configs) {
    std::cout << "a training can start from it, with `clipwork train CONFIG --weights FILE "
              << option << "`, of" << listed(group, prefix) << "\n";
  }
  return true;
}

void print_which(const std::vector<runs::ModelFit>& fits, const std::vector<std::string>& remarks,
                 const std::string& prefix) {
  size_t complete = 0;
  std::set<std::string> changes;
  for (const runs::ModelFit& fit : fits) {
    if (fit.loads() && !fit.report.names.empty()) changes.insert(fit.report.names);
    if (fit.fits()) {
      ++complete;
      std::cout << "fits" << listed(fit.configs, prefix) << "\n";
    } else if (fit.loads()) {
      ++complete;
      std::cout << "loads, but leaves " << fit.report.unexpected.size()
                << " tensors of the file unused (" << fit.report.unexpected.front() << " ...)"
                << listed(fit.configs, prefix) << "\n";
    }
  }
  if (complete == 0 && !print_starts(fits, prefix)) {
    const auto nearest =
        std::max_element(fits.begin(), fits.end(), [](const auto& a, const auto& b) {
          return a.report.loaded.size() < b.report.loaded.size();
        });
    if (nearest == fits.end() || nearest->report.loaded.empty()) {
      std::cout << "fits no config: none has a parameter of these names and shapes\n";
    } else {
      std::cout << "fits no config\nnearest is" << listed(nearest->configs, prefix) << "\n"
                << nearest->report.text() << "\n";
    }
  }
  for (const std::string& change : changes) std::cout << "remark: " << change << "\n";
  for (const std::string& remark : remarks) std::cout << "remark: " << remark << "\n";
}

void print_which_json(const std::vector<runs::ModelFit>& fits) {
  JsonWriter json;
  json.begin_array();
  for (const runs::ModelFit& fit : fits) {
    json.begin_object();
    json.member("configs", fit.configs);
    json.member("fits", fit.fits());
    json.member("loads", fit.loads());
    json.member("absent_parts", fit.absent_parts());
    json.member("missing", fit.refused.missing);
    json.member("unexpected", fit.report.unexpected);
    json.member("wrong_shapes", static_cast<int64_t>(fit.refused.wrong_shape.size()));
    json.end_object();
  }
  json.end_array();
  std::cout << json.take() << "\n";
}

ExitCode which(const Checkpoint& checkpoint, const std::optional<std::string>& folder,
               bool as_json) {
  std::vector<std::string> remarks;
  const std::vector<runs::ModelFit> fits = runs::compare_with_configs(
      checkpoint, folder ? std::filesystem::path(*folder) : installed_configs(), remarks);
  if (as_json) {
    print_which_json(fits);
  } else {
    print_source(checkpoint);
    if (!checkpoint.choice.empty()) std::cout << "remark: " << checkpoint.choice << "\n";
    print_which(fits, remarks, folder ? "" : "clipwork:");
  }
  const bool any =
      std::any_of(fits.begin(), fits.end(), [](const runs::ModelFit& fit) { return fit.loads(); });
  return any ? ExitCode::done : ExitCode::check_failed;
}

/// Writes the tensors in the form that the file's name ends with.
void convert(const Checkpoint& checkpoint, std::vector<CheckpointEntry> more,
             const std::filesystem::path& file) {
  std::vector<CheckpointEntry> entries = checkpoint.tensors;
  for (CheckpointEntry& entry : more) {
    if (!checkpoint.find(entry.name)) entries.push_back(std::move(entry));
  }
  checkpoint.check();
  if (file.extension() == ".safetensors") {
    write_safetensors(file, entries, checkpoint.metadata);
  } else if (file.extension() == ".pth") {
    write_torch(file, entries);
  } else {
    throw InputError("unknown file format", file.string(),
                     "use a name that ends with .safetensors or .pth");
  }
}

int run(const std::vector<std::string>& arguments) {
  std::string file;
  std::optional<std::string> config, converted, folder;
  bool as_json = false, asks_which = false;
  Options options(
      "clipwork weights",
      "Lists the contents of a checkpoint (.pth, .pkl or .safetensors; code in the "
      "file is not run),\n"
      "compares it with the model of a config, and converts it. Exit code 3 if it does "
      "not fit the config,\n"
      "or with --which if it fits none. FILE#KEY reads the weights in the table KEY of a "
      "file that has several\n"
      "(model.pth#ema), or those whose names begin with KEY. Prefixes such as 'module.' "
      "are dropped, and the names\n"
      "of torchvision, timm, Hugging Face and Caffe2 are translated when the weights are "
      "loaded. Checkpoints of\n"
      "trainings, and others if CONFIG has a [loss], are converted with the buffers that "
      "only the public models\n"
      "keep (criterion.empty_weight), so that these load them with strict=True.");
  options.argument("FILE", &file, "a checkpoint, or the folder of a training or of its checkpoint")
      .argument("CONFIG", &config, "the config to compare with")
      .flag("which", &asks_which,
            "list the configs that it fits, by names and shapes of its tensors")
      .option("configs", "DIR", &folder,
              "with --which: search this folder instead of the installed configs")
      .option("convert", "OUT", &converted,
              "write the tensors to this file: .safetensors, or .pth for PyTorch")
      .plugins()
      .flag("json", &as_json, "print JSON")
      .example("clipwork weights model.pth --which", "lists the configs that a checkpoint fits")
      .example("clipwork weights minvis_r50.pth clipwork:minvis/ytvis2019_r50.toml",
               "shows which tensors of a published checkpoint would be loaded")
      .example("clipwork weights R-50.pkl --convert r50.safetensors",
               "converts to a memory-mapped format")
      .example(
          "clipwork weights runs/novis/checkpoints/best_AP runs/novis/config.toml --convert "
          "novis.pth",
          "exports a trained model to the public Python code");
  if (!options.parse(arguments)) return 0;
  if (folder && !asks_which) throw InputError("--configs requires --which");
  if (asks_which && (config || converted)) {
    throw InputError("--which cannot be combined with CONFIG or --convert", {},
                     "remove CONFIG and --convert");
  }
  if (config || asks_which || converted) {
    Registry::instance().load_search_path(options.plugin_folders());
  }
  Checkpoint checkpoint = read_checkpoint(file);
  if (asks_which) return static_cast<int>(which(checkpoint, folder, as_json));
  std::optional<Plan> plan;
  std::optional<runs::ModelFit> comparison;
  if (config) {
    plan = plan_pipeline(load_config(*config, options.overrides()));
    comparison = runs::compare_with_config(checkpoint, *plan);
    comparison->configs = {*config};
  }
  if (converted) {
    // A checkpoint of a training says itself what it was trained with.
    const std::filesystem::path own = std::filesystem::path(file) / "config.toml";
    if (!plan && std::filesystem::exists(own)) {
      plan = plan_pipeline(load_config(own.string(), options.overrides()));
    }
    std::vector<CheckpointEntry> of_loss;
    if (plan) of_loss = loss_weights(*plan);
    convert(checkpoint, std::move(of_loss), *converted);
  }
  if (as_json) {
    print_json(checkpoint, comparison);
  } else {
    print(checkpoint);
    if (comparison) {
      std::cout << (comparison->loads() ? "fits " : "does not fit ") << comparison->configs.front()
                << ": " << comparison->report.text() << "\n";
    }
    if (converted) std::cout << "wrote " << *converted << "\n";
  }
  bool holds = !comparison || comparison->loads();
  return static_cast<int>(holds ? ExitCode::done : ExitCode::check_failed);
}

}  // namespace

const Verb kWeights = {"weights", "lists, compares and converts checkpoints", run};

}  // namespace clipwork::cli

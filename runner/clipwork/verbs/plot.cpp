// clipwork plot

#include <clipwork/error.h>
#include <clipwork/host/registry.h>
#include <clipwork/make_component.h>
#include <clipwork/output_file.h>
#include <clipwork/painter.h>
#include <clipwork/suggestion.h>
#include <clipwork/text.h>

#include <algorithm>
#include <iostream>
#include <set>

#include "cli/options.h"
#include "show/chart.h"
#include "train/training_text.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace {

/// The loss, its terms of the last layer, the rate, and what evaluations measured.
std::vector<std::string> usual_keys(const std::vector<runs::Scalars>& runs) {
  std::vector<std::string> keys;
  auto add = [&](const auto& wanted) {
    for (const runs::Scalars& run : runs) {
      for (const std::string& key : run.keys) {
        if (wanted(key) && std::find(keys.begin(), keys.end(), key) == keys.end()) {
          keys.push_back(key);
        }
      }
    }
  };
  add([](const std::string& key) { return key == "loss"; });
  for (const char* measure : {"AP", "AP50"}) {
    add([&](const std::string& key) { return key == measure; });
  }
  add([](const std::string& key) { return key.starts_with("loss_") && !runs::is_auxiliary(key); });
  add([](const std::string& key) { return key == "lr"; });
  return keys;
}

void check_keys(const std::vector<std::string>& keys, const std::vector<runs::Scalars>& runs) {
  std::set<std::string> known;
  for (const runs::Scalars& run : runs) known.insert(run.keys.begin(), run.keys.end());
  for (const std::string& key : keys) {
    if (known.contains(key)) continue;
    const std::vector<std::string> all(known.begin(), known.end());
    throw InputError(cat("no run has values for '", key, "'"), "--key",
                     did_you_mean_or(key, all, "available: " + join(all)));
  }
}

/// Runs of one name are told apart by their paths.
void tell_apart(std::vector<runs::Scalars>& runs, const std::vector<std::string>& paths) {
  std::map<std::string, int> count;
  for (const runs::Scalars& run : runs) ++count[run.run];
  for (size_t i = 0; i < runs.size(); ++i) {
    if (count[runs[i].run] > 1) runs[i].run = paths[i];
  }
}

int run(const std::vector<std::string>& arguments) {
  std::vector<std::string> paths, keys;
  std::string out = "plot.svg";
  runs::ChartOptions charts;
  Options options("clipwork plot",
                  "Plots the values in the scalars.jsonl of trainings: one chart per value, one "
                  "colour per run.");
  options.argument("RUN", &paths, "folders of trainings, or scalars.jsonl files")
      .option("out", "FILE", &out, "the output file: .svg or .png (default: plot.svg)")
      .option("key", "KEY", &keys,
              "the value to plot, such as loss_mask, grad_norm or AP75; repeatable (default: loss, "
              "AP, AP50, loss terms of the last layer, lr)")
      .option("smooth", "WEIGHT", &charts.smooth,
              "overlay running means with this weight of previous steps, 0 to 0.999")
      .flag("log-scale", &charts.logarithmic, "use logarithmic axes for positive values")
      .example("clipwork plot runs/novis", "plots the curves of a training to plot.svg")
      .example("clipwork plot runs/a runs/b --key loss --key AP --smooth 0.9 --out compare.png",
               "compares two trainings");
  if (!options.parse(arguments)) return 0;
  const std::filesystem::path file(out);
  if (file.extension() != ".svg" && file.extension() != ".png") {
    throw InputError("unknown output format", out, "use a name that ends with .svg or .png");
  }
  if (!(charts.smooth >= 0 && charts.smooth <= 0.999)) {
    throw InputError(cat(charts.smooth, " is not between 0 and 0.999"), "--smooth");
  }
  std::vector<runs::Scalars> runs;
  for (const std::string& path : paths) runs.push_back(runs::read_scalars(path));
  tell_apart(runs, paths);
  check_keys(keys, runs);
  if (keys.empty()) keys = usual_keys(runs);
  if (keys.empty()) {
    throw InputError("contains neither losses nor measures", paths.front(),
                     "select values with --key");
  }
  const Figure figure = runs::draw_charts(runs, keys, charts);
  if (file.extension() == ".svg") {
    write_file(file, figure.svg());
  } else {
    Registry::instance().load_search_path();
    write_file(file, make_component<Painter>("overlay", Value::table())->encode_png(figure));
  }
  std::cout << "wrote " << out << "\n";
  return static_cast<int>(ExitCode::done);
}

}  // namespace

const Verb kPlot = {"plot", "plots training curves", run};

}  // namespace clipwork::cli

// clipwork dataset split

#include <clipwork/data/picture_dataset.h>
#include <clipwork/error.h>
#include <clipwork/host/registry.h>
#include <clipwork/output_file.h>
#include <clipwork/value.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <map>

#include "cli/options.h"
#include "data/dataset_open.h"
#include "verbs/verbs.h"

namespace clipwork::cli {
namespace fs = std::filesystem;
namespace {

/// The names of the videos, class by class (a video counts for the rarest of its classes), and in a
/// class by the hash of their names: an order that depends on nothing else.
std::vector<std::string> stratified(const Dataset& dataset) {
  const size_t count = dataset.videos().size();
  std::vector<std::vector<int64_t>> classes(count);
  std::map<int64_t, int64_t> videos_with;
  for (size_t i = 0; i < count; ++i) {
    for (const AnnotatedTrack& track : dataset.tracks(static_cast<int64_t>(i))) {
      classes[i].push_back(track.category);
    }
    std::sort(classes[i].begin(), classes[i].end());
    classes[i].erase(std::unique(classes[i].begin(), classes[i].end()), classes[i].end());
    for (const int64_t one : classes[i]) ++videos_with[one];
  }
  struct Entry {
    int64_t rarest;
    std::string hash, name;
    auto operator<=>(const Entry&) const = default;
  };
  std::vector<Entry> entries;
  for (size_t i = 0; i < count; ++i) {
    const std::string& name = dataset.videos()[i].name;
    const auto rarest =
        std::min_element(classes[i].begin(), classes[i].end(), [&](int64_t a, int64_t b) {
          return std::pair(videos_with[a], a) < std::pair(videos_with[b], b);
        });
    entries.push_back({rarest == classes[i].end() ? -1 : *rarest, Split::hash_of({name}), name});
  }
  std::sort(entries.begin(), entries.end());
  std::vector<std::string> names;
  for (Entry& entry : entries) names.push_back(std::move(entry.name));
  return names;
}

void write_split(const fs::path& file, const std::string& dataset,
                 std::vector<std::string> videos) {
  std::sort(videos.begin(), videos.end());
  std::string text =
      cat("# ", videos.size(), " videos of ", dataset, " for use as the `split` of a data set.\n");
  text += cat("name = ", Value(file.stem().string()).toml(), "\n");
  text += cat("dataset = ", Value(dataset).toml(), "\n");
  text += cat("hash = \"", Split::hash_of(videos), "\"\nvideos = [\n");
  for (const std::string& video : videos) text += cat("  ", Value(video).toml(), ",\n");
  write_file(file, text + "]\n");
  std::cout << file.string() << ": " << videos.size() << " videos, "
            << Split::hash_of(videos).substr(0, 12) << "\n";
}

int run(const std::vector<std::string>& arguments) {
  std::string path, out = ".";
  double share = 0.1;
  int64_t folds = 0;
  Options options("clipwork dataset split",
                  "Splits the videos of a data set into train.toml and mini_val.toml, or into "
                  "folds, by the hash of\n"
                  "their names and evenly over the classes, identically on every machine. In a "
                  "config, use such a\n"
                  "file as the `split` of a data set.");
  options.argument("PATH", &path, "an annotation file, or a folder with one, or a DAVIS folder")
      .option("out", "DIR", &out, "the output folder (default: the current folder)")
      .option("share", "X", &share, "share of the videos for mini_val (default: 0.1)")
      .option("folds", "K", &folds, "make K folds instead, each as train_foldN and val_foldN")
      .plugins()
      .example("clipwork dataset split ytvis_2019/train.json --out splits",
               "keeps a tenth for validation")
      .example("clipwork dataset split ovis/annotations_train.json --folds 2 --out splits",
               "makes two halves, to train on one and evaluate on the other");
  if (!options.parse(arguments)) return 0;
  if (!(share > 0 && share < 1))
    throw InputError(cat("--share: expected a number between 0 and 1, found ", share));
  if (folds < 0 || folds == 1) throw InputError(cat("--folds: expected 2 or more, found ", folds));

  Registry::instance().load_search_path(options.plugin_folders());
  const runs::OpenDataset open = runs::open_dataset(path, "");
  const std::vector<std::string> names = stratified(*open.dataset);
  std::vector<std::string> sorted = names;
  std::sort(sorted.begin(), sorted.end());
  const auto doubled = std::adjacent_find(sorted.begin(), sorted.end());
  if (doubled != sorted.end()) {
    throw InputError(cat("two videos have the name '", *doubled, "'"), path,
                     "splits refer to names, so each video needs a unique name");
  }
  const auto parts = static_cast<size_t>(folds > 0 ? folds : 1);
  if (names.size() < std::max<size_t>(2, parts)) {
    throw InputError(cat("has ", names.size(), " videos, too few to divide"), path);
  }
  fs::create_directories(out);
  const std::string title = fs::path(path).lexically_normal().filename().string();
  for (size_t part = 0; part < parts; ++part) {
    std::vector<std::string> train, held;
    for (size_t i = 0; i < names.size(); ++i) {
      // Every 1/share-th along the strata, so that each gives its due.
      const auto place = static_cast<double>(i);
      const bool is_held = folds > 0 ? i % parts == part
                                     : std::floor((place + 1) * share) > std::floor(place * share);
      (is_held ? held : train).push_back(names[i]);
    }
    if (held.empty()) held.push_back(names.front()), train.erase(train.begin());
    const std::string ending = folds > 0 ? cat("_fold", part + 1) : std::string();
    const fs::path folder = out;
    write_split(folder / cat("train", ending, ".toml"), title, train);
    write_split(folder / cat(folds > 0 ? "val" : "mini_val", ending, ".toml"), title, held);
  }
  return 0;
}

}  // namespace

const Verb kDatasetSplit = {"split", "splits it reproducibly", run};

}  // namespace clipwork::cli

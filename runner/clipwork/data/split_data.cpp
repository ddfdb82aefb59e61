#include "data/split_data.h"
#include <clipwork/host/registry.h>

#include <clipwork/data/picture_dataset.h>
#include <clipwork/error.h>
#include <clipwork/host/digest.h>
#include <clipwork/host/trained_classes.h>
#include <clipwork/make_component.h>
#include <clipwork/samples.h>

#include <algorithm>
#include <filesystem>

namespace clipwork::runs {
namespace fs = std::filesystem;
namespace {

std::string hash_of(const Dataset& dataset) {
  std::string text;
  for (const Category& category : dataset.categories()) {
    text += cat("class ", category.id, " ", category.name, "\n");
  }
  for (const VideoEntry& video : dataset.videos()) {
    text += cat("video ", video.id, " ", video.size.width, "x", video.size.height, "x",
                video.length, " ", video.name, "\n");
  }
  return sha256(text);
}

void make_absolute(Value& table, const std::string& kind) {
  const Value* type = table.find("type");
  if (!type || !type->text()) return;
  Describer describer;
  Registry::instance().find(kind, *type->text()).describe(describer);
  for (const ParameterInfo& parameter : describer.parameters()) {
    Value::Member* member = nullptr;
    for (Value::Member& one : *table.table_members()) {
      if (one.key == parameter.name) member = &one;
    }
    if (!member) continue;
    if (parameter.type == ParameterType::component && member->value.is_table()) {
      make_absolute(member->value, parameter.kind);
    } else if (parameter.type == ParameterType::path && member->value.text()) {
      const std::string found = located_data(member->value);
      std::error_code failed;
      if (!fs::exists(found, failed)) continue;
      const Origin origin = member->value.origin();
      member->value = Value(fs::absolute(found).lexically_normal().string(), origin);
    }
  }
}

/// "subsequences of synthetic, profile ovis_like, split val".
std::string described(const Value& table, const std::string& type) {
  std::string text = type;
  for (const char* key : {"profile", "path", "annotations", "split"}) {
    const Value* value = table.find(key);
    if (value && value->text() && !value->text()->empty()) {
      text += cat(", ", key, " ", *value->text());
    }
  }
  const Value* wrapped = table.find("dataset");
  const Value* wrapped_type = wrapped ? wrapped->find("type") : nullptr;
  if (wrapped_type && wrapped_type->text()) {
    text += cat(" of ", described(*wrapped, *wrapped_type->text()));
  }
  return text;
}

}  // namespace

SplitData open_split(const Config& config) {
  const Value* table = config.find(kEvaluationData);
  const Value* type = table ? table->find("type") : nullptr;
  if (!type || !type->text()) {
    throw InputError("the config has no data set to run on",
                     config.files().empty() ? std::string() : config.files().back(),
                     "add [data.eval] with type = \"youtube_vis\", path = \"FOLDER\" and split = "
                     "\"valid\", or set them by --set data.eval.type=...");
  }
  SplitData data;
  data.dataset = make_component<Dataset>(*type->text(), *table);
  data.name = described(*table, *type->text());
  if (data.dataset->videos().empty()) throw InputError("has no videos", data.name);
  std::vector<std::string> names;
  for (const VideoEntry& video : data.dataset->videos()) names.push_back(video.name);
  std::sort(names.begin(), names.end());
  data.split_hash = Split::hash_of(names);
  data.hash = hash_of(*data.dataset);
  return data;
}

Config with_absolute_data(const Config& config) {
  Value tree = config.tree();
  for (const auto& [place, kind] :
       {std::pair{kEvaluationData, Dataset::kKind}, std::pair{kTrainingData, Samples::kKind}}) {
    const Value* table = tree.find(place);
    if (!table) continue;
    Value absolute = *table;
    make_absolute(absolute, kind);
    tree.set(place, absolute);
  }
  return Config(tree, config.files());
}

void check_classes(const std::vector<Category>& theirs, const ClassesSection& classes,
                   const std::string& name, ClassUse use) {
  const bool ids = use == ClassUse::evaluation;
  if (ids && theirs.empty()) return;
  const std::string advice =
      cat("[classes] must list the data's classes in the order of the class head",
          ids ? "; for different classes, `clipwork eval --class-agnostic` scores only masks and "
                "identities"
              : "");
  if (static_cast<int64_t>(theirs.size()) != classes.count()) {
    throw InputError(cat("the data has ", theirs.size(), " classes, the config ", classes.count()),
                     name, advice);
  }
  auto id_text = [&](int64_t id) { return ids ? cat(" (id ", id, ")") : std::string(); };
  for (size_t i = 0; i < theirs.size(); ++i) {
    const int64_t id = classes.id(static_cast<int64_t>(i));
    const bool same_name = plain_class_name(theirs[i].name) == plain_class_name(classes.names[i]);
    if (same_name && (!ids || theirs[i].id == id)) continue;
    throw InputError(
        cat("class ", i + 1, " of the data is '", theirs[i].name, "'", id_text(theirs[i].id),
            ", that of the config '", classes.names[i], "'", id_text(id)),
        name, advice);
  }
}

}  // namespace clipwork::runs

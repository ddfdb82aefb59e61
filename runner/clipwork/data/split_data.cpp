#include "data/split_data.h"
#include <clipwork/host/registry.h>

#include <clipwork/data/picture_dataset.h>
#include <clipwork/error.h>
#include <clipwork/host/digest.h>
#include <clipwork/make_component.h>
#include <clipwork/samples.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

namespace clipwork::cli {
namespace fs = std::filesystem;
namespace {

constexpr const char* kPlace = "data.eval";

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

std::string plain(std::string name) {
  for (char& c : name) {
    c = c == ' ' || c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name;
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

}  // namespace

SplitData open_split(const Config& config) {
  const Value* table = config.find(kPlace);
  const Value* type = table ? table->find("type") : nullptr;
  if (!type || !type->text()) {
    throw InputError("the config has no data set to run on",
                     config.files().empty() ? std::string() : config.files().back(),
                     "add [data.eval] with type = \"youtube_vis\", path = \"FOLDER\" and split = "
                     "\"valid\", or set them by --set data.eval.type=...");
  }
  SplitData data;
  data.dataset = make_component<Dataset>(*type->text(), *table);
  data.name = *type->text();
  for (const char* key : {"profile", "path", "annotations", "split"}) {
    const Value* value = table->find(key);
    if (value && value->text() && !value->text()->empty()) {
      data.name += cat(", ", key, " ", *value->text());
    }
  }
  if (data.dataset->videos().empty()) throw InputError("has no videos", data.name);
  std::vector<std::string> names;
  for (const VideoEntry& video : data.dataset->videos()) {
    names.push_back(video.name);
    data.frames += video.length;
  }
  std::sort(names.begin(), names.end());
  data.split_hash = Split::hash_of(names);
  data.hash = hash_of(*data.dataset);
  return data;
}

Config with_absolute_data(const Config& config) {
  Value tree = config.tree();
  for (const auto& [place, kind] :
       {std::pair{kPlace, Dataset::kKind}, std::pair{"data.train", Samples::kKind}}) {
    const Value* table = tree.find(place);
    if (!table) continue;
    Value absolute = *table;
    make_absolute(absolute, kind);
    tree.set(place, absolute);
  }
  return Config(tree, config.files());
}

bool same_class(const std::string& a, const std::string& b) { return plain(a) == plain(b); }

void check_classes(const SplitData& data, const ClassesSection& classes) {
  const std::vector<Category>& theirs = data.dataset->categories();
  if (theirs.empty()) return;
  const char* advice =
      "[classes] must list the data's classes in the order of the class head; for different "
      "classes, `clipwork eval --class-agnostic` scores only masks and identities";
  if (static_cast<int64_t>(theirs.size()) != classes.count()) {
    throw InputError(cat("the data has ", theirs.size(), " classes, the config ", classes.count()),
                     data.name, advice);
  }
  for (size_t i = 0; i < theirs.size(); ++i) {
    const auto category = static_cast<int64_t>(i);
    if (theirs[i].id == classes.id(category) && same_class(theirs[i].name, classes.names[i])) {
      continue;
    }
    throw InputError(
        cat("class ", i + 1, " of the data is '", theirs[i].name, "' (id ", theirs[i].id,
            "), that of the config '", classes.names[i], "' (id ", classes.id(category), ")"),
        data.name, advice);
  }
}

}  // namespace clipwork::cli

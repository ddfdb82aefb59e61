#include "table/table_columns.h"

#include <clipwork/error.h>

#include <map>

namespace clipwork::table {
namespace {

using Kinds = std::map<std::string, ColumnKind>;

void add_precision(Kinds& kinds, const std::string& part, const std::string& option,
                   const std::vector<const char*>& names) {
  for (const char* name : names) {
    ColumnKind kind{.scale = 100, .option = option};
    if (!part.empty()) kind.path.push_back(part);
    kind.path.insert(kind.path.end(), {"stats", name});
    kinds.emplace(cat(part, part.empty() ? "" : ".", name), kind);
  }
}

/// Of all detections together, as the first row that `clipwork eval --tracking` prints.
void add_tracking(Kinds& kinds) {
  auto add = [&](const char* name, double scale, int digits) {
    kinds.emplace(cat("tracking.", name),
                  ColumnKind{.path = {"tracking", "combined", "cls_comb_det_av", name},
                             .scale = scale,
                             .digits = digits,
                             .option = "--tracking"});
  };
  for (const char* name : {"HOTA", "DetA", "AssA", "DetRe", "DetPr", "AssRe", "AssPr", "LocA",
                           "MOTA", "MOTP", "IDF1", "IDR", "IDP"}) {
    add(name, 100, 1);
  }
  for (const char* name : {"IDSW", "Frag", "MT", "PT", "ML"}) add(name, 1, 0);
}

Kinds all_kinds() {
  Kinds kinds;
  add_precision(kinds, "", "",
                {"AP", "AP50", "AP75", "APs", "APm", "APl", "APso", "APmo", "APho", "AR1", "AR10",
                 "AR100", "AR", "ARs", "ARm", "ARl", "ARso", "ARmo", "ARho"});
  const std::vector<const char*> plain = {"AP",  "AP50", "AP75",  "APs", "APm", "APl",
                                          "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"};
  add_precision(kinds, "frames", "--frames", plain);
  add_precision(kinds, "boxes", "--boxes", plain);
  add_tracking(kinds);
  kinds.emplace("speed.fps", ColumnKind{.path = {"speed", "fps"}, .option = "--costs"});
  kinds.emplace(
      "memory.bytes_per_frame",
      ColumnKind{.path = {"memory", "bytes_per_frame"}, .digits = 0, .option = "--costs"});
  kinds.emplace(
      "memory.longest_video",
      ColumnKind{.path = {"memory", "longest_video"}, .digits = 0, .option = kLongestVideoOption});
  kinds.emplace("train.minutes", ColumnKind{.source = ColumnSource::training});
  return kinds;
}

const Kinds& kinds() {
  static const Kinds all = all_kinds();
  return all;
}

}  // namespace

const std::vector<std::string>& column_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, kind] : kinds()) all.push_back(name);
    return all;
  }();
  return names;
}

const ColumnKind* find_column(const std::string& name) {
  const auto found = kinds().find(name);
  return found == kinds().end() ? nullptr : &found->second;
}

DataColumn split_column(const std::string& column, const std::vector<std::string>& data) {
  for (const std::string& name : data) {
    if (column.starts_with(name + ".")) return {name, column.substr(name.size() + 1)};
  }
  return {"", column};
}

}  // namespace clipwork::table

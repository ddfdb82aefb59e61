#pragma once

#include <clipwork/dataset.h>
#include <clipwork/host/config.h>
#include <clipwork/host/sections.h>

#include <memory>
#include <string>

namespace clipwork::cli {

/// The data set of [data.eval].
struct SplitData {
  std::shared_ptr<const Dataset> dataset;
  std::string name;        ///< for people: "synthetic, split val"
  std::string split_hash;  ///< Split::hash_of its videos' names
  std::string hash;        ///< of its videos (ids, names, sizes, lengths) and classes
  int64_t frames = 0;
};

/// Throws InputError where the config names none, it has no videos, or it cannot be read.
SplitData open_split(const Config& config);

/// The config with paths in [data.eval] and [data.train] made absolute, so that it names the same
/// data from any folder.
Config with_absolute_data(const Config& config);

/// Files write "traffic light", "traffic_light" and "Traffic light" for one class.
bool same_class(const std::string& a, const std::string& b);

/// Throws InputError where the data has other classes than the model, or another order: scores
/// would compare different things. Data without classes fits every model.
void check_classes(const SplitData& data, const ClassesSection& classes);

}  // namespace clipwork::cli

#pragma once

#include <clipwork/dataset.h>
#include <clipwork/host/config.h>
#include <clipwork/host/sections.h>

#include <memory>
#include <string>

namespace clipwork::runs {

/// The places where configs name the data sets.
inline constexpr const char* kEvaluationData = "data.eval";
inline constexpr const char* kTrainingData = "data.train";

/// The data set of [data.eval].
struct SplitData {
  std::shared_ptr<const Dataset> dataset;
  std::string name;        ///< for people: "synthetic, split val"
  std::string split_hash;  ///< Split::hash_of its videos' names
  std::string hash;        ///< of its videos (ids, names, sizes, lengths) and classes
};

/// Throws InputError where the config names none, it has no videos, or it cannot be read.
SplitData open_split(const Config& config);

/// The config with paths in [data.eval] and [data.train] made absolute, so that it names the same
/// data from any folder.
Config with_absolute_data(const Config& config);

/// What classes of data are compared for. Scores go by the classes' ids too, and data without
/// classes fits every model; pseudo clips to train on have no ids of their own.
enum class ClassUse { evaluation, training };

/// Throws InputError where the data `name` has other classes than the config, or another order.
/// "traffic light", "traffic_light" and "Traffic light" are one class.
void check_classes(const std::vector<Category>& theirs, const ClassesSection& classes,
                   const std::string& name, ClassUse use);

}  // namespace clipwork::runs

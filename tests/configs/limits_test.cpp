// Every value that a config may have, at the limits of its description, runs: what nothing could
// run with is found when the config is checked. Plugins that are added later take part by
// themselves.

#include <clipwork/host/checkpoint.h>
#include <clipwork/host/config.h>
#include <clipwork/host/pipeline.h>

#include <set>
#include <vector>

#include "support.h"

using namespace clipwork;
using namespace clipwork::test;
namespace fs = std::filesystem;

namespace {

constexpr int64_t kFrames = 2;

void run_two_frames(const Plan& plan) {
  Pipeline pipeline(plan, WeightRule());
  Stream stream = pipeline.open();
  const int64_t frames = pipeline.still_pictures() ? 1 : kFrames;
  const at::Tensor pictures = picture_by_rule(3, 0, frames, 48, 64);
  for (int64_t t = 0; t < frames; ++t) stream.push({pictures[t], t, 0, ""});
  stream.finish();
}

std::vector<Value> numbers_of(const ParameterInfo& parameter, bool whole) {
  std::vector<Value> values;
  const auto add = [&](double number) {
    const bool inside =
        !parameter.minimum || (number >= *parameter.minimum && number <= *parameter.maximum);
    if (inside) values.push_back(whole ? Value(static_cast<int64_t>(number)) : Value(number));
  };
  if (parameter.minimum) add(*parameter.minimum);
  add(whole ? 3 : 0.5);
  // Large numbers are the machine's concern, not the config's.
  if (parameter.maximum && *parameter.maximum <= 1) add(*parameter.maximum);
  return values;
}

/// Values of the parameter that are unlike its default.
std::vector<Value> unusual(const ParameterInfo& parameter) {
  std::vector<Value> values;
  const bool whole = parameter.type == ParameterType::integers;
  switch (parameter.type) {
    case ParameterType::boolean:
      return {!*parameter.default_value.boolean()};
    case ParameterType::integer:
    case ParameterType::integer_or_word:
      return numbers_of(parameter, true);
    case ParameterType::number:
      return numbers_of(parameter, false);
    case ParameterType::integers:
    case ParameterType::numbers:
      values.push_back(Value::Array{});
      for (const Value& one : numbers_of(parameter, whole)) {
        values.push_back(Value::Array{one});
        values.push_back(Value::Array{one, one, one});
        values.push_back(Value::Array{one, one, one, one, one});
      }
      return values;
    default:
      for (const std::string& choice : parameter.choices) values.emplace_back(choice);
      return values;
  }
}

/// A place of a config, and what it may have.
struct Described {
  std::string place, name;  ///< name of the component or section
  std::vector<ParameterInfo> parameters;
};

std::vector<Described> described(const Plan& plan) {
  std::vector<Described> all;
  for (const auto& component : plan.components) {
    all.push_back({component->place, component->called(), component->description});
  }
  for (const char* section : {"window", "preprocess", "tracks", "memory"}) {
    all.push_back({section, section, section_parameters(section)});
  }
  return all;
}

/// Runs `config` with the value at this path, unless a check refuses it; empty where it ran.
std::string failure_with(const Config& config, const std::string& path, const Value& value) {
  Value tree = config.tree();
  tree.set(path, value);
  const Plan plan = plan_pipeline(Config(tree, config.files()));
  if (!plan.faults.empty()) return {};
  try {
    run_two_frames(plan);
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST(Limits, WhateverConfigCheckAcceptsRuns) {
  use_built_plugins();
  std::set<std::string> tried;
  for (const auto& folder : fs::directory_iterator(source_dir() / "configs")) {
    const fs::path file = folder.path() / "tiny.toml";
    if (!fs::exists(file)) continue;
    const Config config = load_config(file.string());
    const Plan plan = plan_pipeline(config);
    ASSERT_EQ(plan.faults.text(), "");
    for (const Described& one : described(plan)) {
      for (const ParameterInfo& parameter : one.parameters) {
        if (!tried.insert(one.name + "." + parameter.name).second) continue;
        const std::string path = one.place + "." + parameter.name;
        for (const Value& value : unusual(parameter)) {
          EXPECT_EQ(failure_with(config, path, value), "")
              << file << " with " << path << " = " << value.toml();
        }
      }
    }
  }
  EXPECT_GE(tried.size(), 100u);
}

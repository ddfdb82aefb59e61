#include "../kinds.h"

#include <clipwork/host/checkpoint.h>

namespace clipwork::parity {

namespace {

NamedTensors run_rule(const Case& golden, const Options&) {
  NamedTensors stages;
  for (const auto& entry : member(golden.config(), "tensors").GetObject()) {
    WeightRule rule;
    rule.seed = static_cast<uint64_t>(integer(entry.value, "seed"));
    if (entry.value.HasMember("gains")) {
      for (const auto& gain : entry.value["gains"].GetObject()) {
        rule.gains.emplace_back(gain.name.GetString(), gain.value.GetDouble());
      }
    }
    std::string name = entry.name.GetString();
    stages[name] = tensor_by_rule(name, integers(member(entry.value, "shape")), rule);
  }
  if (golden.has_input("picture")) stages["picture"] = golden.input("picture");
  return stages;
}

const Kind kRule("rule", run_rule);

}  // namespace

}  // namespace clipwork::parity

#include <c10/core/GradMode.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/text.h>

#include <map>
#include <unordered_map>

#include "base/patterns.h"
#include "checkpoint/renames.h"
#include "checkpoint/weight_role.h"

namespace clipwork {
namespace {

constexpr size_t kShownNames = 6;

/// Rows of a class head beyond the classes themselves: 1 where "none" is one of them.
struct ClassHead {
  const char* ending;
  int64_t extra_rows;
};
constexpr ClassHead kClassHeads[] = {{"class_embed.weight", 1}, {"conv_cls.weight", 0}};

/// One component's parameters by name, and how older names become these.
struct Wanted {
  std::map<std::string, NamedParameter> parameters;
  Renames renames;

  explicit Wanted(Component& component) : renames(component.weight_names().renames) {
    for (NamedParameter& one : named_parameters(component)) parameters.emplace(one.name, one);
  }
};

struct Plan {
  LoadReport report;
  std::vector<std::pair<const CheckpointEntry*, Tensor>> copies;
};

Plan plan_loading(const Checkpoint& checkpoint, const std::vector<Component*>& components) {
  std::vector<Wanted> all;
  for (Component* component : components) all.emplace_back(*component);

  std::unordered_map<std::string, const CheckpointEntry*> by_name;
  for (const CheckpointEntry& entry : checkpoint.tensors) by_name.emplace(entry.name, &entry);
  std::map<std::string, const CheckpointEntry*> source;
  Plan plan;
  for (const CheckpointEntry& entry : checkpoint.tensors) {
    bool used = false;
    for (const Wanted& wanted : all) {
      std::string name =
          wanted.parameters.contains(entry.name) ? entry.name : wanted.renames.apply(entry.name);
      if (!wanted.parameters.contains(name)) continue;
      // The present name stands over an older one where a file has both.
      if (name != entry.name && by_name.contains(name)) continue;
      auto [known, fresh] = source.emplace(name, &entry);
      if (!fresh && known->second != &entry) {
        throw InputError(cat("'", known->second->name, "' and '", entry.name,
                             "' are both names of '", name, "'"),
                         checkpoint.file.string(), "remove one of them from the file");
      }
      if (fresh && name != entry.name) plan.report.renamed.emplace_back(entry.name, name);
      used = true;
    }
    if (!used) plan.report.unexpected.push_back(entry.name);
  }

  std::map<std::string, bool> told;
  for (const Wanted& wanted : all) {
    for (const auto& [name, parameter] : wanted.parameters) {
      auto found = source.find(name);
      const Tensor* value = found == source.end() ? nullptr : &found->second->value;
      bool required = is_weight(parameter), first = told.emplace(name, true).second;
      if (!value) {
        if (required && first) plan.report.missing.push_back(name);
        continue;
      }
      bool fits = value->sizes() == parameter.value.sizes();
      bool same_kind = value->is_floating_point() == parameter.value.is_floating_point();
      if (required && !same_kind) {
        throw InputError(cat("'", name, "' has type ", c10::toString(value->scalar_type()),
                             ", expected a floating-point type"),
                         checkpoint.file.string());
      }
      if (fits && same_kind) {
        plan.copies.emplace_back(found->second, parameter.value);
        if (first) plan.report.loaded.push_back(name);
      } else if (first && required) {
        plan.report.wrong_shape.push_back(
            {name, parameter.value.sizes().vec(), value->sizes().vec()});
      } else if (first) {
        plan.report.unexpected.push_back(found->second->name);
      }
    }
  }
  return plan;
}

/// Both class numbers, where a class head shows that they contradict each other.
std::string class_contradiction(const LoadReport& report) {
  for (const auto& shape : report.wrong_shape) {
    for (const ClassHead& head : kClassHeads) {
      bool rows_differ = shape.name.ends_with(head.ending) && !shape.file.empty() &&
                         !shape.model.empty() && shape.file[0] != shape.model[0];
      if (!rows_differ) continue;
      return cat("the file has ", shape.file[0] - head.extra_rows, " classes, the config ",
                 shape.model[0] - head.extra_rows, " ('", shape.name, "')");
    }
  }
  return "";
}

template <class Items, class Show>
void list(std::string& text, const char* title, const Items& items, Show show) {
  if (items.empty()) return;
  text += cat("\n", title, " ", items.size(), ": ",
              join(std::span(items).first(std::min(items.size(), kShownNames)), show));
  if (items.size() > kShownNames) text += cat(" and ", items.size() - kShownNames, " more");
}

}  // namespace

std::string LoadReport::text() const {
  std::string result =
      cat("loaded ", loaded.size(), " of ", loaded.size() + missing.size() + wrong_shape.size());
  auto name = [](const std::string& one) { return one; };
  list(result, "missing", missing, name);
  list(result, "wrong shape", wrong_shape, [](const Shape& one) {
    return cat(one.name, " (file ", at::IntArrayRef(one.file), ", model ",
               at::IntArrayRef(one.model), ")");
  });
  list(result, "renamed", renamed,
       [](const auto& one) { return cat(one.first, " -> ", one.second); });
  list(result, "unexpected", unexpected, name);
  return result;
}

LoadReport compare_checkpoint(const Checkpoint& checkpoint,
                              const std::vector<Component*>& components) {
  return plan_loading(checkpoint, components).report;
}

LoadReport refused_part(const LoadReport& report, const LoadOptions& options) {
  Patterns allowed(options.allow_missing, "allow_missing");
  LoadReport refused;
  for (const std::string& name : report.missing) {
    if (!allowed.any(name)) refused.missing.push_back(name);
  }
  for (const LoadReport::Shape& shape : report.wrong_shape) {
    if (!allowed.any(shape.name)) refused.wrong_shape.push_back(shape);
  }
  return refused;
}

LoadReport load_checkpoint(const Checkpoint& checkpoint, const std::vector<Component*>& components,
                           const LoadOptions& options) {
  Plan plan = plan_loading(checkpoint, components);
  LoadReport refused = refused_part(plan.report, options);
  if (!refused.missing.empty() || !refused.wrong_shape.empty()) {
    std::string problem = "does not fit the model";
    std::string advice =
        "use weights that fit this config, or list the parameters that may keep their initial "
        "values in [weights] allow_missing";
    if (std::string classes = class_contradiction(refused); !classes.empty()) {
      problem += ": " + classes;
      advice =
          "use the classes of the data set that the file was trained on, or initialise a new class "
          "head: [weights] allow_missing = [\"class_embed\", \"conv_cls\"]";
    }
    throw InputError(problem, checkpoint.file.string(), cat(advice, "\n", plan.report.text()));
  }
  c10::NoGradGuard no_grad;
  for (auto& [entry, value] : plan.copies) {
    checkpoint.check();
    value.copy_(entry->value);
  }
  return plan.report;
}

}  // namespace clipwork

#include <c10/core/GradMode.h>
#include <clipwork/host/checkpoint.h>
#include <clipwork/text.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "base/patterns.h"
#include "checkpoint/name_changes.h"
#include "checkpoint/renames.h"
#include "checkpoint/weight_role.h"

namespace clipwork {
namespace {

constexpr size_t kShownNames = 6, kMaxAbsentParts = 8;

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

/// Where the parameters of a model come from, if the file's names are changed in one way.
struct Plan {
  std::vector<FileTensor> tensors;
  std::vector<std::pair<const FileTensor*, Tensor>> copies;
  LoadReport report;
  std::optional<InputError> problem;
};

/// Assigns the tensors of a file to parameters.
class Assignment {
 public:
  Assignment(const Checkpoint& checkpoint, const std::vector<Wanted>& all, const NameChange& change)
      : checkpoint_(checkpoint), all_(all) {
    plan_.tensors = changed_names(checkpoint, change);
    plan_.report.names = change.text();
    translates_ = change.table != nullptr;
  }

  Plan run() {
    for (const FileTensor& tensor : plan_.tensors) by_name_.emplace(tensor.name, &tensor);
    for (const FileTensor& tensor : plan_.tensors) assign(tensor);
    std::set<std::string> told;
    for (const Wanted& wanted : all_) {
      for (const auto& [name, parameter] : wanted.parameters) {
        take(name, parameter, told.insert(name).second);
      }
    }
    for (const CheckpointEntry& entry : checkpoint_.tensors) {
      if (!used_.contains(&entry)) plan_.report.unexpected.push_back(entry.name);
    }
    return std::move(plan_);
  }

 private:
  void assign(const FileTensor& tensor) {
    for (const Wanted& wanted : all_) {
      const std::string name =
          wanted.parameters.contains(tensor.name) ? tensor.name : wanted.renames.apply(tensor.name);
      if (!wanted.parameters.contains(name)) continue;
      // The present name stands over an older one where a file has both.
      if (name != tensor.name && by_name_.contains(name)) continue;
      auto [known, fresh] = sources_.emplace(name, &tensor);
      if (!fresh && known->second != &tensor) {
        refuse(cat("'", known->second->name, "' and '", tensor.name, "' are both names of '", name,
                   "'"),
               "remove one of them from the file");
      }
      used_.insert(tensor.parts.begin(), tensor.parts.end());
      const bool is_renamed = name != tensor.name || translates_;
      if (fresh && is_renamed && !tensor.parts.empty()) {
        plan_.report.renamed.emplace_back(tensor.parts[0]->name, name);
      }
    }
  }

  void take(const std::string& name, const NamedParameter& parameter, bool first) {
    LoadReport& report = plan_.report;
    const auto found = sources_.find(name);
    const bool required = is_weight(parameter);
    if (found == sources_.end()) {
      if (required && first) report.missing.push_back(name);
      return;
    }
    const FileTensor& tensor = *found->second;
    const bool fits = parameter.value.sizes() == at::IntArrayRef(tensor.shape);
    const bool same_kind = tensor.is_floating_point() == parameter.value.is_floating_point();
    if (required && !same_kind) {
      refuse(cat("'", name, "' has type ", c10::toString(tensor.parts[0]->value.scalar_type()),
                 ", expected a floating-point type"));
    } else if (fits && same_kind) {
      plan_.copies.emplace_back(&tensor, parameter.value);
      if (first) report.loaded.push_back(name);
    } else if (first && required) {
      report.wrong_shape.push_back({name, parameter.value.sizes().vec(), tensor.shape});
    } else if (first) {
      for (const CheckpointEntry* part : tensor.parts) used_.erase(part);
    }
  }

  void refuse(const std::string& problem, const std::string& advice = {}) {
    if (!plan_.problem) plan_.problem.emplace(problem, checkpoint_.file.string(), advice);
  }

  const Checkpoint& checkpoint_;
  const std::vector<Wanted>& all_;
  bool translates_;
  Plan plan_;
  std::unordered_map<std::string_view, const FileTensor*> by_name_;
  std::map<std::string, const FileTensor*> sources_;
  std::set<const CheckpointEntry*> used_;
};

/// The assignment that loads the most parameters; of equal ones that with the likelier names.
Plan plan_loading(const Checkpoint& checkpoint, const std::vector<Component*>& components) {
  std::vector<Wanted> all;
  for (Component* component : components) all.emplace_back(*component);
  Plan best = Assignment(checkpoint, all, {}).run();
  const bool complete = best.report.missing.empty() && best.report.wrong_shape.empty();
  if (!complete || best.problem) {
    for (const NameChange& change : name_changes(checkpoint)) {
      Plan other = Assignment(checkpoint, all, change).run();
      const bool better = other.report.loaded.size() > best.report.loaded.size();
      if (better && !other.problem) best = std::move(other);
    }
  }
  if (best.problem) throw *best.problem;
  return best;
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

/// The problem and the advice of a file that does not fit. Only where most of a model is there, or
/// whole parts of it are, may the rest start anew in a training; where the names of the file are
/// others, that would be all of it.
std::pair<std::string, std::string> refusal(const Checkpoint& checkpoint, const LoadReport& report,
                                            LoadReport refused) {
  refused.loaded = report.loaded;
  if (std::string classes = class_contradiction(refused); !classes.empty()) {
    return {cat(": ", classes),
            "use the classes of the data set that the file was trained on, or initialise a new "
            "class head in a training: [weights] allow_missing = [\"class_embed\", \"conv_cls\"]"};
  }
  if (const std::vector<std::string> absent = refused.absent_parts(); !absent.empty()) {
    return {cat(": it has no weights of ", join(absent)),
            cat("to run, use the weights of a whole model; a training can start from these with ",
                allow_missing_option(absent))};
  }
  const size_t all = report.loaded.size() + report.missing.size() + report.wrong_shape.size();
  if (2 * report.loaded.size() < all) {
    const std::optional<NameSource> source = name_source(checkpoint);
    return {source ? cat(": its names are those of ", source->title) : ": it is of another model",
            "use weights that fit this config; `clipwork weights FILE --which` lists the configs "
            "that these fit"};
  }
  return {"",
          "use weights that fit this config; a training can also initialise parameters that are "
          "listed in [weights] allow_missing"};
}

}  // namespace

std::vector<std::string> LoadReport::absent_parts() const {
  if (loaded.empty() || !wrong_shape.empty()) return {};
  struct Count {
    size_t loaded = 0, missing = 0;
  };
  std::map<std::string, Count> counts;  // by the first part of names
  std::set<std::string> present, absent;
  for (const std::string& name : loaded) {
    ++counts[name.substr(0, name.find('.'))].loaded;
    for (size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1)) {
      present.insert(name.substr(0, dot));
    }
  }
  for (const std::string& name : missing) {
    ++counts[name.substr(0, name.find('.'))].missing;
    size_t dot = name.find('.');
    while (dot != name.npos && present.contains(name.substr(0, dot))) dot = name.find('.', dot + 1);
    if (dot == name.npos) return {};
    absent.insert(name.substr(0, dot));
  }
  const bool any_is_fragment = std::any_of(counts.begin(), counts.end(), [](const auto& one) {
    return one.second.loaded > 0 && one.second.loaded < one.second.missing;
  });
  if (any_is_fragment || absent.size() > kMaxAbsentParts) return {};
  return {absent.begin(), absent.end()};
}

std::string allow_missing_option(const std::vector<std::string>& parts) {
  auto pattern = [](const std::string& part) { return cat("\"^", part, "\""); };
  return cat("--set 'weights.allow_missing=[", join(parts, pattern), "]'");
}

std::string LoadReport::text() const {
  std::string result =
      cat("loaded ", loaded.size(), " of ", loaded.size() + missing.size() + wrong_shape.size());
  if (!names.empty()) result += cat("\n", names);
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
    auto [problem, advice] = refusal(checkpoint, plan.report, refused);
    throw InputError(cat("does not fit the model", problem), checkpoint.file.string(),
                     cat(advice, "\n", plan.report.text()));
  }
  c10::NoGradGuard no_grad;
  for (auto& [tensor, value] : plan.copies) {
    checkpoint.check();
    tensor->copy_to(value);
  }
  return plan.report;
}

}  // namespace clipwork

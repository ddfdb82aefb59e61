#include <clipwork/backbone.h>
#include <clipwork/dataset.h>
#include <clipwork/error.h>
#include <clipwork/host/device.h>
#include <clipwork/host/plan.h>
#include <clipwork/loss.h>
#include <clipwork/pixel_decoder.h>
#include <clipwork/samples.h>
#include <clipwork/text.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "config/section_list.h"
#include "inference/check_contracts.h"
#include "inference/check_windows.h"

namespace clipwork {

namespace {

/// Results of two classes of one name, or of one id, could not be told apart.
template <class T>
void check_distinct(Plan& plan, const char* place, const std::vector<T>& values) {
  std::set<T> seen;
  for (const T& value : values) {
    if (seen.insert(value).second) continue;
    plan.faults.add(plan.config.find(place)->origin(),
                    cat(place, " has ", Value(value).toml(), " twice"));
    return;
  }
}

void check_classes(Plan& plan) {
  const ClassesSection& classes = plan.classes;
  const Value& root = plan.config.tree();
  const Value* section = root.find("classes");
  const Origin& at = section ? section->origin() : root.origin();
  if (classes.names.empty()) {
    plan.faults.add(at, "[classes] names is missing: the class head needs the number of classes",
                    "list the names in the order of the class head, or extend a file of "
                    "clipwork:_base_/classes");
  }
  if (!classes.ids.empty() && classes.ids.size() != classes.names.size()) {
    plan.faults.add(
        at, cat("[classes] has ", classes.names.size(), " names and ", classes.ids.size(), " ids"),
        "give one id per name, or none");
  }
  check_distinct(plan, "classes.names", classes.names);
  check_distinct(plan, "classes.ids", classes.ids);
}

void check_recompute(Plan& plan) {
  const Value& root = plan.config.tree();
  const std::vector<std::string>& places = plan.train.recompute;
  const bool named = std::find(places.begin(), places.end(), "pixel_decoder") != places.end();
  if (!named || root.find("model.pixel_decoder")) return;
  plan.faults.add(root.find("train.recompute")->origin(),
                  "train.recompute names the pixel decoder, but the model has none");
}

void check_device(Plan& plan) {
  const Value* device = plan.config.find("run.device");
  if (!device) return;
  try {
    if (parse_device(plan.run.device).is_cpu()) return;
  } catch (const InputError& error) {
    plan.faults.add(device->origin(), error.problem(), error.advice());
    return;
  }
  for (const auto& component : plan.components) {
    if (component->contract->cuda) continue;
    plan.faults.add(device->origin(), cat(component->called(), " runs on the CPU only"),
                    "use --device cpu");
  }
}

void read_sections(Plan& plan) {
  for (const SectionEntry& section : config_sections()) {
    if (!section.describe) continue;
    Describer describer(plan.config.find(section.name), section.name, plan.faults);
    section.describe(plan, describer);
    describer.finish();
  }
  check_classes(plan);
}

/// Adds the folders of plugins.path to the search path. A config alone cannot make code run: they
/// must be folders that the user named, or below one.
void load_plugins(Plan& plan) {
  Registry& registry = Registry::instance();
  registry.load_search_path();
  std::vector<std::string> folders;
  for (const std::string& named : plan.plugins.path) {
    const Origin& origin = plan.config.find("plugins.path")->origin();
    std::error_code unknown;
    const std::filesystem::path folder = std::filesystem::weakly_canonical(
        std::filesystem::path(origin.file).parent_path() / named, unknown);
    if (!std::filesystem::is_directory(folder, unknown)) {
      plan.faults.add(origin, cat("plugins.path: there is no folder '", named, "'"),
                      cat("it would be ", folder.string()));
    } else if (!registry.trusts(folder.string())) {
      plan.faults.add(origin,
                      cat("plugins.path: the plugins in '", named,
                          "' are not loaded: their code would run with all your rights"),
                      cat("if you trust them, add --plugin-path ", folder.string()));
    } else {
      folders.push_back(folder.string());
    }
  }
  registry.load_search_path(folders);
  plan.plugins.path = folders;
}

/// The component of kind `Kind` at this place of the config; null where there is none.
template <class Kind>
const PlannedComponent* plan_at(ComponentPlanner& planner, const Value& root, const char* place,
                                const Given& given) {
  const Value* table = root.find(place);
  return table ? planner.plan(place, Kind::kKind, *table, given) : nullptr;
}

template <class Kind>
const PlannedComponent* plan_required(ComponentPlanner& planner, Plan& plan, const char* place,
                                      const Given& given) {
  const Value& root = plan.config.tree();
  if (!root.find(place)) {
    plan.faults.add(
        root.origin(), cat("[", place, "] is missing"),
        cat("add a table with type = one of: ", join_or_nothing(component_names(Kind::kKind))));
  }
  return plan_at<Kind>(planner, root, place, given);
}

void add_maps(Given& given, const PlannedComponent& from) {
  for (const MapInfo& map : from.contract->maps) given.maps.push_back(map);
}

void check_terms(const PlannedComponent& loss, Faults& faults) {
  const auto* contract = dynamic_cast<const LossContract*>(loss.contract.get());
  if (!contract || !contract->empty) return;
  faults.add(loss.origin, cat(loss.called(), " has no terms: nothing would be trained"),
             "add tables [loss.terms.NAME]; where another loss.type dropped those of the config, "
             "loss.replace = false keeps them");
}

/// The model and the loss, each component checked against the one before it. Where one has a fault,
/// only the parameters of those behind it are checked: what they need follows from it.
void plan_model(Plan& plan) {
  const Value& root = plan.config.tree();
  ComponentPlanner planner(&root, plan.faults);
  Given given;
  given.classes = plan.classes.count();
  plan.backbone = plan_required<Backbone>(planner, plan, "model.backbone", given);
  if (!plan.backbone) planner.check_parameters_only();
  if (plan.backbone) add_maps(given, *plan.backbone);
  plan.pixel_decoder = plan_at<PixelDecoder>(planner, root, "model.pixel_decoder", given);
  if (!plan.pixel_decoder && root.find("model.pixel_decoder")) planner.check_parameters_only();
  if (plan.pixel_decoder) {
    check_needs(*plan.pixel_decoder, {plan.backbone, {}}, plan.faults);
    add_maps(given, *plan.pixel_decoder);
  }
  plan.decoder = plan_required<Decoder>(planner, plan, "model.decoder", given);
  if (!plan.decoder) planner.check_parameters_only();
  if (plan.decoder) {
    const PlannedComponent* before = plan.pixel_decoder ? plan.pixel_decoder : plan.backbone;
    check_needs(*plan.decoder, {before, {"observation"}}, plan.faults);
    add_maps(given, *plan.decoder);
  }
  plan.tracker = plan_required<Tracker>(planner, plan, "model.tracker", given);
  if (plan.tracker && plan.decoder) {
    check_needs(*plan.tracker, {plan.decoder, plan.decoder->contract->provided()}, plan.faults);
    plan.still_pictures = plan.tracker_contract().one_window && plan.window.length == 1;
  }
  plan.components = planner.planned();
  plan.loss = plan_at<Loss>(planner, root, "loss", given);
  plan.of_loss.assign(planner.planned().begin() + std::ssize(plan.components),
                      planner.planned().end());
  if (plan.loss && plan.decoder) {
    std::vector<std::string> names = plan.decoder->contract->provided();
    if (plan.tracker && plan.tracker_contract().trains) {
      const std::vector<std::string>& also = plan.tracker->contract->gives;
      names.insert(names.end(), also.begin(), also.end());
    }
    check_needs(*plan.loss, {plan.decoder, names}, plan.training_faults);
  }
  if (plan.loss) check_terms(*plan.loss, plan.training_faults);
}

void plan_data(Plan& plan) {
  const Value& root = plan.config.tree();
  ComponentPlanner planner(&root, plan.faults);
  Given given;
  given.classes = plan.classes.count();
  plan_at<Dataset>(planner, root, "data.eval", given);
  plan_at<Samples>(planner, root, "data.train", given);
  plan.data = planner.planned();
}

/// Sets the parameters of the table at `place` that the config leaves out.
void complete(Value& tree, const std::string& place, const std::vector<ParameterInfo>& parameters) {
  for (const ParameterInfo& parameter : parameters) {
    const std::string path = cat(place, ".", parameter.name);
    if (parameter.default_value.is_none() || tree.find(path)) continue;
    Value value = parameter.default_value;
    value.set_origin({"default"});
    tree.set(path, value);
  }
}

Config with_defaults(const Plan& plan) {
  Value tree = plan.config.tree();
  for (const auto* components : {&plan.components, &plan.data, &plan.of_loss}) {
    for (const auto& component : *components) {
      complete(tree, component->place, component->description);
    }
  }
  const bool trains = tree.find("train") || tree.find("loss");
  for (const SectionEntry& section : config_sections()) {
    // A config that only runs leaves training out.
    if (!section.describe || (section.name == "train" && !trains)) continue;
    // Read, and not only listed: defaults may follow from what is given.
    Sections values;
    Faults known;
    Describer describer(tree.find(section.name), section.name, known);
    section.describe(values, describer);
    complete(tree, section.name, describer.parameters());
  }
  // The resolved config is written elsewhere: full paths hold there, too.
  if (!plan.plugins.path.empty()) {
    const Origin origin = tree.find("plugins.path")->origin();
    tree.set("plugins.path",
             Value(Value::Array(plan.plugins.path.begin(), plan.plugins.path.end()), origin));
  }
  return Config(tree, plan.config.files());
}

}  // namespace

Faults Plan::faults_for_training() const {
  Faults all = faults;
  all.add(training_faults);
  return all;
}

const DecoderContract& Plan::decoder_contract() const {
  return dynamic_cast<const DecoderContract&>(*decoder->contract);
}

const TrackerContract& Plan::tracker_contract() const {
  return dynamic_cast<const TrackerContract&>(*tracker->contract);
}

Plan plan_pipeline(const Config& config) {
  Plan plan;
  plan.config = plan.resolved = config;
  read_sections(plan);
  const size_t before = plan.faults.size();
  load_plugins(plan);
  // Components of plugins that were not loaded would be unknown.
  if (plan.faults.size() > before) return plan;
  plan_model(plan);
  check_windows(plan);
  check_recompute(plan);
  plan_data(plan);
  check_device(plan);
  if (plan.faults.empty()) plan.resolved = with_defaults(plan);
  return plan;
}

}  // namespace clipwork

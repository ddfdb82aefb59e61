#include "inference/assembly.h"
#include <clipwork/host/registry.h>

#include <clipwork/backbone.h>
#include <clipwork/dataset.h>
#include <clipwork/decoder.h>
#include <clipwork/host/device.h>
#include <clipwork/loss.h>
#include <clipwork/pixel_decoder.h>
#include <clipwork/samples.h>
#include <clipwork/tracker.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace clipwork {

namespace {

std::string list(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "nothing" : text;
}

std::string called(const PlannedComponent& component) {
  return cat(component.info->kind, " '", component.info->name, "'");
}

/// One walk over [model]: plans components, the referred ones before their owners.
class Planner {
 public:
  /// Planned components are added to `planned`.
  Planner(const Value& root, std::vector<std::unique_ptr<PlannedComponent>>& planned,
          Faults& faults)
      : root_(root), components_(planned), faults_(faults) {}

  /// The component at `place`, or null where there is none or it is faulty.
  PlannedComponent* component(const std::string& place, const std::string& kind, const Given& given,
                              bool required) {
    const Value* table = root_.find(place);
    if (!table) {
      if (required) {
        faults_.add(root_.origin(), cat("[", place, "] is missing"),
                    cat("add a table with type = one of: ", list(names(kind))));
      }
      return nullptr;
    }
    return plan(place, kind, *table, given);
  }

 private:
  PlannedComponent* plan(const std::string& place, const std::string& kind, const Value& table,
                         const Given& given) {
    if (auto known = planned_.find(place); known != planned_.end()) return known->second;
    if (!under_way_.insert(place).second) {
      faults_.add(table.origin(), cat("[", place, "] refers to itself"));
      return nullptr;
    }
    auto component = std::make_unique<PlannedComponent>();
    component->place = place;
    component->origin = table.origin();
    component->given = given;
    PlannedComponent* result = read(*component, kind, table) ? component.get() : nullptr;
    under_way_.erase(place);
    planned_[place] = result;
    if (result) components_.push_back(std::move(component));
    return result;
  }

  bool read(PlannedComponent& component, const std::string& kind, const Value& table) {
    const Value* type = table.find("type");
    const std::string* name = type ? type->text() : nullptr;
    if (!name) {
      faults_.add(type ? type->origin() : table.origin(),
                  cat("[", component.place, "] needs type = \"...\", the name of a ", kind),
                  cat("available: ", list(names(kind))));
      return false;
    }
    try {
      component.info = &Registry::instance().find(kind, *name);
    } catch (const InputError& error) {
      faults_.add(type->origin(), error.problem(), error.advice());
      return false;
    }
    size_t before = faults_.size();
    Describer describer(&table, component.place, faults_, {"type"});
    component.parameters = component.info->describe(describer);
    describer.finish();
    component.references = describer.references();
    for (auto& [parameter, reference] : component.references) {
      component.referred.push_back(refer(component, parameter, *reference));
    }
    // Contracts may rely on sound parameters.
    if (faults_.size() != before) return false;
    try {
      component.contract = component.info->contract(component.parameters.get(), component.given);
    } catch (const Error& error) {
      faults_.add(table.origin(), cat(called(component), ": ", error.problem()), error.advice());
      return false;
    }
    return true;
  }

  PlannedComponent* refer(PlannedComponent& owner, const std::string& parameter,
                          RefBase& reference) {
    PlannedComponent* target = nullptr;
    if (reference.config.is_none()) return nullptr;
    if (const std::string* shared = reference.config.text()) {
      const Value* table = shared->starts_with("@") ? root_.find(shared->substr(1)) : nullptr;
      if (!table) {
        faults_.add(reference.config.origin(),
                    cat(owner.place, ".", parameter, " = \"", *shared, "\" is not a component"),
                    "write \"@model.NAME\" to refer to an existing component, or a table with type "
                    "= \"...\"");
        return nullptr;
      }
      target = plan(shared->substr(1), reference.kind, *table, owner.given);
    } else {
      target = plan(owner.place + "." + parameter, reference.kind, reference.config, owner.given);
    }
    if (target) reference.promise = target->contract;
    return target;
  }

  static std::vector<std::string> names(const std::string& kind) {
    std::vector<std::string> names;
    for (const ComponentInfo* info : Registry::instance().components(kind)) {
      names.push_back(info->name);
    }
    return names;
  }

  const Value& root_;
  std::vector<std::unique_ptr<PlannedComponent>>& components_;
  Faults& faults_;
  std::map<std::string, PlannedComponent*> planned_;
  std::set<std::string> under_way_;
};

void add_maps(Given& given, const PlannedComponent& from) {
  for (const MapInfo& map : from.contract->maps) given.maps.push_back(map);
}

/// A need of trackers that the windows provide, not a component.
constexpr const char* kSharedFrames = "frames.shared";

bool covers(const std::vector<std::string>& given, const std::vector<std::string>& needed) {
  return std::all_of(needed.begin(), needed.end(), [&](const std::string& name) {
    return std::find(given.begin(), given.end(), name) != given.end();
  });
}

/// The components of this kind whose contracts, with their default parameters, `fits` accepts.
template <class Fits>
std::vector<std::string> fitting(const std::string& kind, const Given& given, Fits fits) {
  std::vector<std::string> names;
  for (const ComponentInfo* info : Registry::instance().components(kind)) {
    try {
      Describer describer;
      std::shared_ptr<void> parameters = info->describe(describer);
      if (fits(*info->contract(parameters.get(), given))) names.push_back(info->name);
    } catch (const Error&) {
      // Defaults alone do not make sense of every component; such a one is not suggested.
    }
  }
  return names;
}

/// Names that a component needs from other components.
std::vector<std::string> needs(const Contract& contract) {
  std::vector<std::string> names = contract.needs;
  std::erase(names, kSharedFrames);
  return names;
}

/// Other components of this kind that would be content with `available`.
std::vector<std::string> content_with(const std::vector<std::string>& available,
                                      const std::string& kind, const Given& given) {
  return fitting(kind, given,
                 [&](const Contract& contract) { return covers(available, needs(contract)); });
}

void add_map_names(std::vector<std::string>& available, const Given& given) {
  for (const MapInfo& map : given.maps) available.push_back("map:" + map.name);
}

/// Components of this kind that give all of `names`.
std::vector<std::string> giving(const std::vector<std::string>& names, const std::string& kind,
                                const Given& given) {
  return fitting(kind, given,
                 [&](const Contract& contract) { return covers(contract.provided(), names); });
}

/// Faults of what a component needs of its neighbour, or of those that it refers to.
void check_needs(const PlannedComponent& component, std::vector<std::string> available,
                 const PlannedComponent* neighbour, Faults& faults) {
  add_map_names(available, component.given);
  std::vector<std::string> of_parts;
  const PlannedComponent* part = nullptr;
  for (const PlannedComponent* referred : component.referred) {
    if (!referred) continue;
    part = referred;
    std::vector<std::string> from = referred->contract->provided();
    of_parts.insert(of_parts.end(), from.begin(), from.end());
    check_needs(*referred, available, neighbour, faults);
  }
  // Needs that only a component of the part's kind could provide must come from the part.
  std::vector<std::string> of_a_part;
  for (const std::string& need : needs(*component.contract)) {
    if (part && !covers(available, {need}) &&
        !giving({need}, part->info->kind, part->given).empty()) {
      of_a_part.push_back(need);
    }
  }
  for (const std::string& need : needs(*component.contract)) {
    if (covers(available, {need}) || covers(of_parts, {need})) continue;
    const bool from_part = covers(of_a_part, {need});
    const PlannedComponent* giver = from_part ? part : neighbour;
    const std::string& kind = from_part ? part->info->kind : component.info->kind;
    faults.add(component.origin,
               cat(called(component), " needs ", need, ", but ",
                   giver ? called(*giver) : std::string("the component before it"), " provides ",
                   list(from_part ? of_parts : available)),
               cat("a ", kind, " that would fit: ",
                   list(from_part ? giving(of_a_part, kind, part->given)
                                  : content_with(available, kind, component.given))));
  }
}

/// Trackers that link windows of this plan's decoder, whether or not these share frames.
std::vector<std::string> linking_trackers(const Plan& plan) {
  std::vector<std::string> available = plan.decoder->contract->provided();
  add_map_names(available, plan.tracker->given);
  return fitting("tracker", plan.tracker->given, [&](const Contract& contract) {
    return covers(available, contract.needs) &&
           !dynamic_cast<const TrackerContract&>(contract).one_window;
  });
}

void check_windows(const Plan& plan, const Value& root, Faults& faults) {
  const WindowSection& window = plan.window;
  const Value* section = root.find("window");
  const Value* stride = root.find("window.stride");
  Origin at = section ? section->origin() : root.origin();
  if (!window.length && window.stride) {
    faults.add(stride ? stride->origin() : at,
               "window.stride has no meaning with length = \"video\"",
               "remove it, or set window.length to a number");
  } else if (window.length && window.step() > *window.length) {
    faults.add(stride ? stride->origin() : at,
               cat("window.stride ", window.step(), " is longer than window.length ",
                   *window.length, ": frames between windows would be lost"),
               cat("use a stride of 1 to ", *window.length));
  }
  if (!plan.decoder || !plan.tracker) return;
  const DecoderContract& decoder = plan.decoder_contract();
  std::string length =
      window.length ? cat("of ", *window.length, " frames") : "over the whole video";
  bool too_long = decoder.max_window > 0 && (!window.length || *window.length > decoder.max_window);
  bool too_short = window.length && *window.length < decoder.min_window;
  if (too_long || too_short) {
    faults.add(
        at, cat(called(*plan.decoder), " accepts windows of ", decoder.min_window,
                decoder.max_window > 0 ? cat(" to ", decoder.max_window) : std::string(" or more"),
                " frames, not windows ", length));
  }
  bool shares = covers(plan.tracker_contract().needs, {kSharedFrames});
  if (shares && window.length && window.step() == *window.length) {
    faults.add(plan.tracker->origin,
               cat(called(*plan.tracker), " compares frames that windows share, but windows of ",
                   *window.length, " frames every ", window.step(), " share none"),
               cat("make window.stride shorter than window.length, let the tracker compare "
                   "something else, or use a tracker that fits ",
                   called(*plan.decoder), ": ", list(linking_trackers(plan))));
  }
  if (plan.tracker_contract().one_window && window.length && !plan.still_pictures &&
      !decoder.carries_rows) {
    faults.add(plan.tracker->origin,
               cat(called(*plan.tracker),
                   " needs the whole video as one window, but the windows here are ", length),
               cat("set window.length = \"video\", or use a tracker that links the windows of ",
                   called(*plan.decoder), ": ", list(linking_trackers(plan))));
  }
}

void check_classes(const Plan& plan, const Value& root, Faults& faults) {
  const ClassesSection& classes = plan.classes;
  const Value* section = root.find("classes");
  Origin at = section ? section->origin() : root.origin();
  if (classes.names.empty()) {
    faults.add(at, "[classes] names is missing: the class head needs the number of classes",
               "list the names in the order of the class head, or extend a file of "
               "clipwork:_base_/classes");
  }
  if (!classes.ids.empty() && classes.ids.size() != classes.names.size()) {
    faults.add(
        at, cat("[classes] has ", classes.names.size(), " names and ", classes.ids.size(), " ids"),
        "give one id per name, or none");
  }
}

void check_recompute(const Plan& plan, const Value& root, Faults& faults) {
  const std::vector<std::string>& places = plan.train.recompute;
  const bool named = std::find(places.begin(), places.end(), "pixel_decoder") != places.end();
  if (!named || root.find("model.pixel_decoder")) return;
  faults.add(root.find("train.recompute")->origin(),
             "train.recompute names the pixel decoder, but the model has none");
}

void check_device(const Plan& plan, const Value& root, Faults& faults) {
  const Value* device = root.find("run.device");
  if (!device) return;
  try {
    if (parse_device(plan.run.device).is_cpu()) return;
  } catch (const InputError& error) {
    faults.add(device->origin(), error.problem(), error.advice());
    return;
  }
  for (const auto& component : plan.components) {
    if (component->contract->cuda) continue;
    faults.add(device->origin(), cat(called(*component), " runs on the CPU only"),
               "use --device cpu");
  }
}

/// The folders of plugins.path, which lie below the folder of the file that names them.
std::vector<std::string> plugin_folders(const Plan& plan, const Value& root, Faults& faults) {
  std::vector<std::string> folders;
  for (const std::string& folder : plan.plugins.path) {
    std::filesystem::path path(folder);
    const Origin& origin = root.find("plugins.path")->origin();
    bool outside = path.is_absolute() ||
                   std::find(path.begin(), path.end(), std::filesystem::path("..")) != path.end();
    if (outside) {
      faults.add(
          origin,
          cat("plugins.path contains '", folder, "', which is not below the folder of the config"),
          "use --plugin-path or CLIPWORK_PLUGIN_PATH for other folders");
    } else {
      folders.push_back((std::filesystem::path(origin.file).parent_path() / path).string());
    }
  }
  return folders;
}

template <class Section>
void read_section(Section& section, const Value& root, const char* name, Faults& faults) {
  const Value* table = root.find(name);
  section = read_parameters<Section>(table, name, faults);
}

}  // namespace

const DecoderContract& Plan::decoder_contract() const {
  return dynamic_cast<const DecoderContract&>(*decoder->contract);
}

const TrackerContract& Plan::tracker_contract() const {
  return dynamic_cast<const TrackerContract&>(*tracker->contract);
}

Plan plan_pipeline(const Config& config, Faults& faults) {
  const Value& root = config.tree();
  Plan plan;
  read_section(plan.window, root, "window", faults);
  read_section(plan.tracks, root, "tracks", faults);
  read_section(plan.classes, root, "classes", faults);
  read_section(plan.weights, root, "weights", faults);
  read_section(plan.memory, root, "memory", faults);
  read_section(plan.run, root, "run", faults);
  read_section(plan.output, root, "output", faults);
  read_section(plan.plugins, root, "plugins", faults);
  read_section(plan.preprocess, root, "preprocess", faults);
  read_section(plan.train, root, "train", faults);
  check_classes(plan, root, faults);

  Registry::instance().load_search_path(plugin_folders(plan, root, faults));

  Planner planner(root, plan.components, faults);
  Given given;
  given.classes = plan.classes.count();
  plan.backbone = planner.component("model.backbone", Backbone::kKind, given, true);
  if (plan.backbone) add_maps(given, *plan.backbone);
  plan.pixel_decoder = planner.component("model.pixel_decoder", PixelDecoder::kKind, given, false);
  if (plan.pixel_decoder) {
    check_needs(*plan.pixel_decoder, {}, plan.backbone, faults);
    add_maps(given, *plan.pixel_decoder);
  }
  plan.decoder = planner.component("model.decoder", Decoder::kKind, given, true);
  if (plan.decoder) {
    check_needs(*plan.decoder, {"observation"},
                plan.pixel_decoder ? plan.pixel_decoder : plan.backbone, faults);
  }
  if (plan.decoder) add_maps(given, *plan.decoder);
  plan.tracker = planner.component("model.tracker", Tracker::kKind, given, true);
  if (plan.tracker && plan.decoder) {
    check_needs(*plan.tracker, plan.decoder->contract->provided(), plan.decoder, faults);
    plan.still_pictures = plan.tracker_contract().one_window && plan.window.length == 1;
  }
  auto of_model = static_cast<std::ptrdiff_t>(plan.components.size());
  plan.loss = planner.component("loss", Loss::kKind, given, false);
  plan.of_loss.assign(std::make_move_iterator(plan.components.begin() + of_model),
                      std::make_move_iterator(plan.components.end()));
  plan.components.resize(of_model);
  if (plan.loss && plan.decoder) {
    check_needs(*plan.loss, plan.decoder->contract->provided(), plan.decoder, faults);
  }
  check_windows(plan, root, faults);
  check_recompute(plan, root, faults);
  Planner data(root, plan.data, faults);
  data.component("data.eval", Dataset::kKind, given, false);
  data.component("data.train", Samples::kKind, given, false);
  check_device(plan, root, faults);
  return plan;
}

void build_components(const std::vector<std::unique_ptr<PlannedComponent>>& components) {
  // Referred components stand before their owners.
  for (const auto& component : components) {
    for (size_t i = 0; i < component->references.size(); ++i) {
      if (component->referred[i])
        component->references[i].second->component = component->referred[i]->built;
    }
    try {
      component->built = component->info->make(component->parameters.get(), component->given);
    } catch (Error& error) {
      error.within(cat(component->origin.text(), ": ", called(*component)));
      throw;
    }
  }
}

}  // namespace clipwork

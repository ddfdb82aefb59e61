#include <clipwork/config_table.h>
#include <clipwork/error.h>
#include <clipwork/host/config.h>
#include <clipwork/host/config_layers.h>
#include <clipwork/host/installed_configs.h>
#include <clipwork/printable.h>
#include <clipwork/read_file.h>
#include <clipwork/suggestion.h>
#include <clipwork/text.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <unordered_map>

#include "base/synonyms.h"
#include "config/section_list.h"
#include "config/toml_reader.h"
#include "config/unknown_key.h"

namespace clipwork {
namespace fs = std::filesystem;
namespace {

/// Files that a config may extend, directly and through others.
constexpr size_t kMaxExtended = 100;

/// Bytes of a value in a message.
constexpr size_t kLongestShown = 200;

/// The keys that lead to a table, as long as it is looked at.
struct Place {
  const Place* outer = nullptr;
  const std::string& key;
  std::string path() const { return outer ? cat(outer->path(), ".", toml_key(key)) : key; }
};

// Checks of one file

void check_replace(const Value& table, const Place& place, Faults& faults) {
  for (const Value::Member& member : *table.table_members()) {
    if (member.key == "replace" && !member.value.boolean()) {
      faults.add(
          member.value.origin(),
          cat(place.path(), ".replace: expected true or false, found ", member.value.kind_name()),
          "true makes this table replace the inherited one, false keeps what is inherited");
    }
    if (member.value.is_table()) check_replace(member.value, {&place, member.key}, faults);
  }
}

/// True if the value is a table; otherwise reports its type.
bool check_is_table(const Value& value, const Place& place, const std::string& advice,
                    Faults& faults) {
  if (value.is_table()) {
    check_replace(value, place, faults);
    return true;
  }
  // A missing value was reported when it was read.
  if (!value.is_none()) {
    faults.add(value.origin(),
               cat(place.path(), ": expected a table, found ", value.kind_name(), " (",
                   shortened(value.toml(), kLongestShown), ")"),
               advice);
  }
  return false;
}

bool check_part(const SectionEntry& section, const Value::Member& part, Faults& faults) {
  if (part.key == "replace") return true;
  if (std::find(section.parts.begin(), section.parts.end(), part.key) == section.parts.end()) {
    faults.add(
        part.origin, cat("[", section.name, "] has no part '", part.key, "'"),
        advice_for_key(part.key, section.parts, section.name, "available: " + join(section.parts)));
    return false;
  }
  const Place outer{nullptr, section.name}, place{&outer, part.key};
  return check_is_table(part.value, place,
                        part.value.text()
                            ? cat("write ", place.path(), ".type = ", part.value.toml())
                            : std::string(),
                        faults);
}

/// "BASE_LR is train.rate here" for the keys of another project's section.
std::string translation(const Value::Member& section) {
  constexpr size_t kMost = 3;
  std::vector<std::string> known;
  if (!section.value.is_table()) return {};
  for (const Value::Member& member : *section.value.table_members()) {
    for (const std::string& ours : our_names(member.key)) {
      if (ours.find('.') == ours.npos || ours.starts_with("type.")) continue;
      known.push_back(cat(member.key, " is ", ours, " here"));
      break;
    }
    if (known.size() == kMost) break;
  }
  return join(known);
}

/// The section of that name; the end of the list where there is none.
std::vector<SectionEntry>::const_iterator section_called(const std::string& name) {
  return std::ranges::find(config_sections(), name, &SectionEntry::name);
}

void add_unknown_section(const Value::Member& section, const std::vector<std::string>& names,
                         Faults& faults) {
  std::string advice = advice_for_key(section.key, names, "", "available: " + join(names));
  if (const std::string more = translation(section); !more.empty()) advice += cat(" ", more);
  faults.add(section.origin, cat("a config has no section '", section.key, "'"), advice);
}

/// Reports what is not a section of a config, or not a part of its section, and removes it.
void check_sections(Value& file, Faults& faults) {
  constexpr size_t kMostUnknown = 20;
  std::vector<std::string> names;
  for (const SectionEntry& section : config_sections()) names.push_back(section.name);
  size_t unknown = 0;
  std::erase_if(*file.table_members(), [&](Value::Member& member) {
    const auto section = section_called(member.key);
    if (section == config_sections().end()) {
      if (++unknown <= kMostUnknown) add_unknown_section(member, names, faults);
      return true;
    }
    if (section->list) return false;
    std::string advice =
        cat("write its values as ", member.key, ".NAME = VALUE, or below [", member.key, "]");
    if (!check_is_table(member.value, {nullptr, member.key}, advice, faults)) return true;
    if (!section->parts.empty()) {
      std::erase_if(*member.value.table_members(),
                    [&](const Value::Member& part) { return !check_part(*section, part, faults); });
    }
    return false;
  });
  if (unknown > kMostUnknown) {
    faults.add(file.origin(),
               cat("the config has ", unknown - kMostUnknown, " more unknown sections"));
  }
}

// Merging

/// True if both name a type, and not the same one: "embedding" is the short name of
/// "plugin/embedding".
bool differs(const Value::Member* inherited, const Value::Member* given) {
  if (!inherited || !given || inherited->value == given->value) return false;
  const std::string *a = inherited->value.text(), *b = given->value.text();
  if (!a || !b) return true;
  const size_t slash_a = a->find('/'), slash_b = b->find('/');
  if ((slash_a == a->npos) == (slash_b == b->npos)) return true;
  return a->substr(slash_a + 1) != b->substr(slash_b + 1);
}

/// The members of a table by key, for many look-ups.
class MemberIndex {
 public:
  MemberIndex(Value& table, size_t lookups) : table_(*table.table_members()) {
    // Few look-ups are quicker without.
    constexpr size_t kFew = 8;
    indexed_ = lookups > kFew;
    for (size_t i = 0; indexed_ && i < table_.size(); ++i) places_.emplace(table_[i].key, i);
  }
  /// The member of this key, which is added where there is none.
  Value::Member& at(const std::string& key) {
    const size_t place = find(key);
    if (place == table_.size()) {
      table_.push_back({key, {}, {}});
      if (indexed_) places_.emplace(key, place);
    }
    return table_[place];
  }

 private:
  size_t find(const std::string& key) const {
    if (indexed_) {
      const auto found = places_.find(key);
      return found == places_.end() ? table_.size() : found->second;
    }
    const auto found = std::ranges::find(table_, key, &Value::Member::key);
    return static_cast<size_t>(found - table_.begin());
  }

  Value::Table& table_;
  bool indexed_ = false;
  std::unordered_map<std::string, size_t> places_;
};

/// Whether `given` takes the place of the inherited table: as its `replace` says, otherwise where
/// its type is another.
bool takes_place_of(const Value& inherited, const Value& given) {
  if (!inherited.is_table()) return true;
  const Value::Member* replace = given.member("replace");
  if (replace && replace->value.boolean()) return *replace->value.boolean();
  return differs(inherited.member("type"), given.member("type"));
}

/// Puts `given` over `inherited`, by the rules of docs/config.md.
void merge(Value& inherited, Value given) {
  if (!given.is_table()) {
    inherited = std::move(given);
    return;
  }
  const bool fresh = takes_place_of(inherited, given);
  given.erase("replace");
  if (fresh) inherited = Value::table();
  // A table that an option adds to still stands in its file.
  if (fresh || given.origin().line > 0) inherited.set_origin(given.origin());
  MemberIndex known(inherited, given.table_members()->size());
  for (Value::Member& member : *given.table_members()) {
    Value::Member& place = known.at(member.key);
    place.origin = member.origin;
    merge(place.value, std::move(member.value));
  }
}

// Files

/// The name of a file in messages: relative to the current folder where that is shorter.
std::string shown(const fs::path& file) {
  std::error_code unknown;
  fs::path folder = fs::current_path(unknown);
  std::string whole = file.string();
  std::string relative = folder.empty() ? whole : file.lexically_relative(folder).string();
  return relative.empty() || relative.size() >= whole.size() ? whole : relative;
}

/// Advice for a missing file: its folder does not exist, or the nearest name in it.
std::string advice_for_missing(const fs::path& file) {
  std::error_code unknown;
  fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, unknown)) {
    return cat("there is no folder ", shown(folder.lexically_normal()));
  }
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, unknown)) {
    names.push_back(entry.path().filename().string());
  }
  std::string beside = shown((folder / "x").lexically_normal());
  beside.pop_back();
  return did_you_mean(file.filename().string(), names, "", beside);
}

/// Reads files, each with its parents before it, into one tree.
class Loader {
 public:
  explicit Loader(Faults& faults) : faults_(faults) {}

  /// `from` is the place that names the file.
  void add_file(const std::string& name, const fs::path& folder, const Origin& from) {
    if (named_++ > kMaxExtended) {
      if (named_ == kMaxExtended + 2) {
        fail(from, cat("a config extends more than ", kMaxExtended, " files in all"),
             "join some of them");
      }
      return;
    }
    std::optional<fs::path> file = find(name, folder, from);
    if (!file) return;
    if (auto open = std::find(open_.begin(), open_.end(), *file); open != open_.end()) {
      std::string chain;
      for (; open != open_.end(); ++open) chain += shown(*open) + " extends ";
      fail(from, cat("a config extends itself: ", chain, shown(*file)), "remove one of these");
      return;
    }
    // A file that several parents share counts once, at its first place: what the first parent
    // changed is not undone by the second.
    if (std::find(read_.begin(), read_.end(), *file) != read_.end()) return;
    read_.push_back(*file);
    std::optional<Value> table = parsed(*file, from);
    if (!table) return;
    open_.push_back(*file);
    add_table(std::move(*table), shown(*file), file->parent_path());
    open_.pop_back();
  }

  void add_text(const std::string& text, const std::string& name, const fs::path& folder) {
    std::optional<Value> table = parse_toml(text, name, faults_);
    if (table) {
      add_table(std::move(*table), name, folder);
    } else {
      broken_ = true;
    }
  }

  void add_overrides(const std::vector<Override>& overrides) {
    // All of them are one file, so that a changed type does not drop what was set before it.
    Value file = Value::table({"--set"});
    for (const Override& one : overrides) {
      if (std::optional<Value> table = parse(one)) put(*table, file);
    }
    if (const Value::Member* extends = file.member("extends")) {
      faults_.add(extends->origin, "'extends' is only allowed in a file");
      file.erase("extends");
    }
    check_sections(file, faults_);
    merge(tree_, std::move(file));
  }

  std::optional<Config> result() {
    if (broken_) return {};
    return Config(std::move(tree_), std::move(files_));
  }

 private:
  void fail(const Origin& origin, std::string problem, std::string advice = {}) {
    faults_.add(origin, std::move(problem), std::move(advice));
    broken_ = true;
  }

  void add_table(Value table, const std::string& name, const fs::path& folder) {
    if (const Value::Member* extends = table.member("extends")) {
      add_parents(extends->value, folder);
      table.erase("extends");
    }
    check_sections(table, faults_);
    merge(tree_, std::move(table));
    files_.push_back(name);
  }

  void add_parents(const Value& extends, const fs::path& folder) {
    const Value::Array one = {extends};
    for (const Value& parent : extends.array() ? *extends.array() : one) {
      if (parent.text()) {
        add_file(*parent.text(), folder, parent.origin());
      } else {
        fail(parent.origin(),
             cat("extends: expected the name of a file, found ", parent.kind_name(), " (",
                 shortened(parent.toml(), kLongestShown), ")"),
             "write extends = \"base.toml\" or extends = [\"one.toml\", \"two.toml\"]");
      }
    }
  }

  std::optional<fs::path> find(const std::string& name, const fs::path& folder,
                               const Origin& from) {
    constexpr std::string_view kInstalled = "clipwork:";
    fs::path file = folder / name;
    if (name.starts_with(kInstalled)) {
      fs::path inside = fs::path(name.substr(kInstalled.size())).lexically_normal();
      if (inside.empty() || inside.is_absolute() || *inside.begin() == "..") {
        fail(from, cat("'", name, "' is not the name of an installed config"),
             "installed configs have names like clipwork:minvis/ovis_r50.toml");
        return {};
      }
      file = installed_configs() / inside;
    }
    std::error_code unknown;
    bool is_folder = fs::is_directory(file, unknown);
    if (is_folder) file /= "config.toml";
    if (!fs::exists(file, unknown)) {
      fail(from,
           from.file.empty()
               ? cat("there is no config '", name, "'")
               : cat("extends '", name, "', which does not exist (", shown(file), ")"),
           is_folder ? "it is a folder without a config.toml" : advice_for_missing(file));
      return {};
    }
    // One file has one name, whatever links lead to it.
    fs::path canonical = fs::canonical(file, unknown);
    return unknown ? file : canonical;
  }

  /// The table of a file, whose text is not kept.
  std::optional<Value> parsed(const fs::path& file, const Origin& from) {
    std::string text;
    try {
      text = read_file(file, kMaxConfigBytes);
    } catch (const InputError& error) {
      fail(from, cat("'", shown(file), "' cannot be a config: ", error.problem()));
      return {};
    }
    std::optional<Value> table = parse_toml(text, shown(file), faults_);
    if (!table) broken_ = true;
    return table;
  }

  /// The table of one override: its dotted key with the value at its end.
  std::optional<Value> parse(const Override& one) {
    Origin origin{one.option};
    std::string form = cat("write it as ", one.option, " model.decoder.queries=50");
    size_t equals = one.text.find('=');
    std::string key = one.text.substr(0, equals);
    std::string value = equals == std::string::npos ? "" : one.text.substr(equals + 1);
    Faults bad_key, bad_value;
    std::optional<Value> place = parse_toml(key + "=0", one.option, bad_key);
    if (equals == std::string::npos || !place || place->table_members()->empty()) {
      faults_.add(origin, cat("'", one.text, "' is not KEY=VALUE"), form);
      return {};
    }
    if (value.empty()) {
      faults_.add(origin, cat("'", one.text, "' has no value"),
                  form + ", or KEY='\"\"' for an empty string");
      return {};
    }
    std::optional<Value> table = parse_toml(cat(key, "=", value), one.option, bad_value);
    bool bare = value.find_first_of("[{\"'") != 0;
    if (!table && bare) {
      table = parse_toml(cat(key, "=", Value(value).toml()), one.option, bad_value = {});
    }
    for (const Faults::Fault& fault : bad_value.sorted()) {
      faults_.add(origin, cat("'", one.text, "': ", fault.problem), fault.advice);
    }
    if (table && bad_value.empty()) {
      forget_places(*table, origin);
      return table;
    }
    return {};
  }

  static void forget_places(Value& value, const Origin& origin) {
    value.set_origin(origin);
    if (Value::Table* members = value.table_members()) {
      for (Value::Member& member : *members) {
        member.origin = origin;
        forget_places(member.value, origin);
      }
    }
    if (Value::Array* elements = value.array()) {
      for (Value& element : *elements) forget_places(element, origin);
    }
  }

  /// Adds the members of `from` to `to`, later ones over earlier ones.
  static void put(const Value& from, Value& to) {
    for (const Value::Member& member : *from.table_members()) {
      Value::Member* known = to.member(member.key);
      if (!known) {
        to.table_members()->push_back(member);
      } else if (known->value.is_table() && member.value.is_table()) {
        put(member.value, known->value);
      } else {
        *known = member;
      }
    }
  }

  Faults& faults_;
  bool broken_ = false;
  size_t named_ = 0;  ///< files, however often
  Value tree_ = Value::table();
  std::vector<fs::path> read_, open_;
  std::vector<std::string> files_;
};

// Printing

std::string comment(const Origin& origin) {
  std::string text = "  # " + origin.text();
  // A file name may hold what a comment must not.
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return text;
}

void print(const Value& table, const std::string& path, bool origins, std::string& out) {
  constexpr size_t kWidest = 60;
  std::vector<std::pair<std::string, const Value*>> lines;
  std::vector<const Value::Member*> tables;
  size_t width = 0;
  for (const Value::Member& member : *table.table_members()) {
    if (member.value.is_table()) {
      tables.push_back(&member);
    } else {
      lines.emplace_back(cat(toml_key(member.key), " = ", member.value.toml()), &member.value);
      width = std::max(width, std::min(lines.back().first.size(), kWidest));
    }
  }
  if (!path.empty() && (!lines.empty() || tables.empty())) {
    out += cat(out.empty() ? "" : "\n", "[", path, "]\n");
  }
  for (auto& [line, value] : lines) {
    if (origins) line.resize(std::max(width, line.size()), ' ');
    out += line + (origins ? comment(value->origin()) : "") + "\n";
  }
  for (const Value::Member* member : tables) {
    print(member->value, cat(path, path.empty() ? "" : ".", toml_key(member->key)), origins, out);
  }
}

using ValueIndex = std::unordered_map<std::string_view, const Value*>;

/// The values of a table by key; none for anything else.
ValueIndex values_of(const Value& value) {
  ValueIndex index;
  if (!value.is_table()) return index;
  for (const Value::Member& member : *value.table_members()) {
    index.emplace(member.key, &member.value);
  }
  return index;
}

void compare(const std::string& path, const Value& here, const Value& there,
             std::vector<Difference>& found) {
  if (here == there) return;
  auto may_hold = [](const Value& value) { return value.is_none() || value.is_table(); };
  auto holds = [](const Value& value) {
    return value.is_table() && !value.table_members()->empty();
  };
  if (!may_hold(here) || !may_hold(there) || (!holds(here) && !holds(there))) {
    found.push_back({path, here, there});
    return;
  }
  auto below = [&](const Value::Member& member, const Value& a, const Value& b) {
    compare(cat(path, path.empty() ? "" : ".", toml_key(member.key)), a, b, found);
  };
  const ValueIndex of_here = values_of(here), of_there = values_of(there);
  const auto in = [](const ValueIndex& index, const std::string& key) {
    const auto found = index.find(key);
    return found == index.end() ? Value() : *found->second;
  };
  if (here.is_table()) {
    for (const Value::Member& member : *here.table_members()) {
      below(member, member.value, in(of_there, member.key));
    }
  }
  if (there.is_table()) {
    for (const Value::Member& member : *there.table_members()) {
      if (!of_here.contains(member.key)) below(member, {}, member.value);
    }
  }
}

}  // namespace

std::string Config::toml(bool origins) const {
  Value ordered = tree_;
  std::stable_sort(ordered.table_members()->begin(), ordered.table_members()->end(),
                   [](const Value::Member& a, const Value::Member& b) {
                     return section_called(a.key) < section_called(b.key);
                   });
  std::string out;
  print(ordered, "", origins, out);
  return out;
}

std::optional<Config> load_config(const std::string& file, const std::vector<Override>& overrides,
                                  Faults& faults) {
  return load_layers({file}, overrides, faults);
}

std::optional<Config> load_layers(const std::vector<std::string>& files,
                                  const std::vector<Override>& overrides, Faults& faults) {
  Loader loader(faults);
  for (const std::string& file : files) loader.add_file(file, "", {});
  loader.add_overrides(overrides);
  return loader.result();
}

Config load_config(const std::string& file, const std::vector<Override>& overrides) {
  Faults faults;
  std::optional<Config> config = load_config(file, overrides, faults);
  faults.raise();
  return std::move(*config);
}

Value read_config_table(const std::string& file) { return load_config(file).tree(); }

Config parse_config(const std::string& toml, const std::string& name) {
  Faults faults;
  Loader loader(faults);
  loader.add_text(toml, name, "");
  faults.raise();
  return std::move(*loader.result());
}

std::vector<Difference> differences(const Config& here, const Config& there) {
  std::vector<Difference> found;
  compare("", here.tree(), there.tree(), found);
  return found;
}

bool is_below(std::string_view path, std::string_view place) {
  return path == place || (path.starts_with(place) && path[place.size()] == '.');
}

}  // namespace clipwork

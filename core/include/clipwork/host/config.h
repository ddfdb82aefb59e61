#pragma once
// Configs: TOML files that extend each other, resolved into one tree of values, each of which knows
// where it came from. docs/config.md has the rules.

#include <clipwork/api.h>
#include <clipwork/parameters.h>
#include <clipwork/value.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clipwork {

/// One change from the command line: "model.decoder.queries=50". The value is TOML; a bare word is
/// text.
struct Override {
  Override(std::string text, std::string option = "--set")
      : text(std::move(text)), option(std::move(option)) {}
  Override(const char* text) : Override(std::string(text)) {}
  std::string text;
  std::string option;  ///< what was typed before it; the origin of the value
};

/// A resolved config.
class CLIPWORK_API Config {
 public:
  Config() = default;
  Config(Value tree, std::vector<std::string> files)
      : tree_(std::move(tree)), files_(std::move(files)) {}

  const Value& tree() const { return tree_; }
  /// The value at this dotted path, or null.
  const Value* find(std::string_view path) const { return tree_.find(path); }
  /// The files that were read, in the order in which they were merged.
  const std::vector<std::string>& files() const { return files_; }
  /// TOML that gives the same tree when it is loaded. With `origins` every value is followed by a
  /// comment that says where it came from.
  std::string toml(bool origins = false) const;

 private:
  Value tree_ = Value::table();
  std::vector<std::string> files_;
};

/// Reads `file` with all that it extends, and then the overrides. `file` may be a path, a folder
/// with a config.toml in it (a run's), or "clipwork:NAME", an installed config. Throws InputError
/// that lists all faults of all files.
Config load_config(const std::string& file, const std::vector<Override>& overrides = {});

/// The same, its faults collected with those that the caller finds later. None where a file is
/// missing, is no TOML, or extends itself: what follows from that cannot be judged.
std::optional<Config> load_config(const std::string& file, const std::vector<Override>& overrides,
                                  Faults& faults);

/// The same for a config that is given as text; what it extends is looked for in the current
/// folder. `name` stands in messages for the file.
Config parse_config(const std::string& toml, const std::string& name = "config");

/// A path whose values differ between two configs. `none` stands for a value that is not there.
struct Difference {
  std::string path;
  Value here, there;
};
std::vector<Difference> differences(const Config& here, const Config& there);

/// The path of the value that is called `name`, here or in other projects: "train.rate" for "lr".
/// Empty if none is known.
std::string path_called(std::string_view name);

/// Whether the path is that of `place`, or of something in it: "run.seed" is below "run".
bool is_below(std::string_view path, std::string_view place);

}  // namespace clipwork

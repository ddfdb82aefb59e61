#pragma once
// The arguments and options of a verb, described once, for parsing and `--help`.
//
//   int run_example(const std::vector<std::string>& arguments) {
//     std::string config, out;
//     bool json = false;
//     Options options("clipwork example", "Does one thing with a config.");
//     options.argument("CONFIG", &config, "the config")
//         .option("out", "DIR", &out, "where results are written")
//         .required()
//         .flag("json", &json, "print JSON")
//         .example("clipwork example a.toml --out results", "does it");
//     if (!options.parse(arguments)) return 0;
//     Config loaded = load_config(config, options.overrides());
//
// Every verb takes --help, --set, --seed, --log and --quiet as well; they are not described again.

#include <clipwork/host/config.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "cli/command_help.h"

namespace clipwork::cli {

class Options {
 public:
  /// The destination of a value. If the option is not given, an `optional` stays empty and the
  /// others keep their values; a vector collects the values of a repeated option.
  using Target = std::variant<bool*, int64_t*, double*, std::string*, std::optional<std::string>*,
                              std::optional<int64_t>*, std::vector<std::string>*>;

  /// `command` as it is typed ("clipwork config show"); `sentence` says what it does.
  Options(std::string command, std::string sentence);

  /// The next argument without a name: text must be given, optional text need not, a list takes
  /// all that follow (one at least).
  Options& argument(std::string name, Target target, std::string sentence);
  /// `--name WORD`, or `--name ONE TWO` with a list as target, which takes as many values.
  Options& option(std::string name, std::string word, Target target, std::string sentence);
  /// `--name`.
  Options& flag(std::string name, bool* target, std::string sentence);
  /// `--device`, for verbs that run models: a change of `run.device`.
  Options& device();
  /// `--plugin-path`, for verbs that use components.
  Options& plugins();
  /// The option described last must be given.
  Options& required();
  /// The argument described last must be given, though its target could stay empty.
  Options& needed();
  Options& example(std::string command_line, std::string sentence);

  /// Fills the targets. False: help was asked for, and printed. Throws InputError for what is
  /// unknown (with the nearest), missing, given twice or no number.
  bool parse(const std::vector<std::string>& arguments);

  /// Changes of the config from --set, --cfg-options, --seed and --device, in their order.
  const std::vector<Override>& overrides() const { return overrides_; }
  /// The folders of --plugin-path.
  const std::vector<std::string>& plugin_folders() const { return plugin_folders_; }
  /// --seed, for verbs without a config.
  std::optional<int64_t> seed() const { return seed_; }

 private:
  struct Entry {
    std::string name, word, sentence;
    Target target;
    bool required = false, common = false, given = false;
  };
  /// The peers' spellings as ours.
  std::vector<std::string> translated(const std::vector<std::string>& arguments) const;
  /// The number of values that follow an option.
  size_t values_of(const std::string& token) const;
  static bool may_be_absent(const Entry& argument);
  const Entry* find(const std::string& name) const;
  InputError unknown(const std::string& token) const;
  void take(Entry& entry, const std::string& text, const std::string& shown);
  void take_arguments(const std::vector<std::string>& values);
  std::string usage() const;
  CommandHelp help() const;

  std::string command_, sentence_;
  std::vector<Entry> arguments_, options_;
  std::vector<std::pair<std::string, std::string>> examples_;
  bool help_ = false, quiet_ = false;
  std::string level_;
  std::vector<std::string> sets_;
  std::optional<int64_t> seed_;
  std::string device_;
  std::vector<std::string> plugin_folders_;
  std::vector<Override> overrides_;
};

/// Prints rows of two columns, the first as wide as its widest entry, indented by two.
void print_columns(const std::vector<std::pair<std::string, std::string>>& rows);

}  // namespace clipwork::cli

#include "cli/options.h"

#include <clipwork/error.h>
#include <clipwork/host/log.h>
#include <clipwork/suggestion.h>
#include <clipwork/text.h>

#include <algorithm>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <charconv>
#include <cmath>
#include <iostream>

namespace clipwork::cli {
namespace po = boost::program_options;
namespace {

const std::vector<std::string> kLevels = {"error", "warn", "info", "debug"};

template <class T>
bool parse_number(const std::string& text, T& number) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(static_cast<double>(number));
}

bool is_list(const Options::Target& target) {
  return std::holds_alternative<std::vector<std::string>*>(target);
}

LogLevel level_named(const std::string& word) {
  auto found = std::find(kLevels.begin(), kLevels.end(), word);
  if (found == kLevels.end()) {
    throw InputError(cat("--log: expected error, warn, info or debug, found '", word, "'"));
  }
  return static_cast<LogLevel>(found - kLevels.begin());
}

}  // namespace

Options::Options(std::string command, std::string sentence)
    : command_(std::move(command)), sentence_(std::move(sentence)) {
  auto common = [&](const char* name, const char* word, Target target, const char* sentence) {
    options_.push_back({name, word, sentence, target, false, true});
  };
  common("set", "KEY=VALUE", &sets_,
         "override a value of the config; repeatable (also --cfg-options)");
  common("seed", "N", &seed_, "the seed of all random values (run.seed)");
  common("log", "LEVEL", &level_, "error, warn, info (default) or debug");
  common("quiet", "", &quiet_, "print only warnings and errors, no progress");
  common("help", "", &help_, "print this text (also -h)");
}

Options& Options::argument(std::string name, Target target, std::string sentence) {
  arguments_.push_back({std::move(name), "", std::move(sentence), target});
  return *this;
}

Options& Options::option(std::string name, std::string word, Target target, std::string sentence) {
  options_.push_back({std::move(name), std::move(word), std::move(sentence), target});
  return *this;
}

Options& Options::flag(std::string name, bool* target, std::string sentence) {
  return option(std::move(name), "", target, std::move(sentence));
}

Options& Options::device() {
  return option("device", "DEVICE", &device_, "cpu, or cuda:N for a GPU (run.device)");
}

Options& Options::plugins() {
  return option("plugin-path", "DIR", &plugin_folders_,
                "a folder of plugins, searched first; their code is trusted; repeatable");
}

Options& Options::required() {
  options_.back().required = true;
  return *this;
}

Options& Options::example(std::string command_line, std::string sentence) {
  examples_.emplace_back(std::move(command_line), std::move(sentence));
  return *this;
}

Options& Options::needed() {
  arguments_.back().required = true;
  return *this;
}

bool Options::may_be_absent(const Entry& argument) {
  return !argument.required && std::holds_alternative<std::optional<std::string>*>(argument.target);
}

const Options::Entry* Options::find(const std::string& name) const {
  for (const Entry& entry : options_) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

std::vector<std::string> Options::translated(const std::vector<std::string>& arguments) const {
  std::vector<std::string> ours;
  bool has_out = find("out"), has_config = !arguments_.empty() && !find("config");
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& token = arguments[i];
    size_t equals = token.find('=');
    std::string name = token.substr(0, equals);
    std::string joined = equals == std::string::npos ? "" : token.substr(equals);
    if (name == "--") {
      ours.insert(ours.end(), arguments.begin() + static_cast<ptrdiff_t>(i), arguments.end());
      break;
    }
    if (name == "--cfg-options") {
      if (!joined.empty()) ours.push_back("--set" + joined);
      bool any = !joined.empty();
      while (i + 1 < arguments.size() && arguments[i + 1].find('=') != std::string::npos &&
             !arguments[i + 1].starts_with("--")) {
        ours.insert(ours.end(), {"--set", arguments[++i]});
        any = true;
      }
      if (!any) throw InputError("--cfg-options expects KEY=VALUE");
    } else if (const size_t values = values_of(name); values > 1) {
      if (!joined.empty() || i + values >= arguments.size()) {
        throw InputError(cat(name, " expects ", values, " values"), {},
                         cat("see ", command_, " --help"));
      }
      for (size_t k = 0; k < values; ++k) ours.insert(ours.end(), {name, arguments[++i]});
    } else if (name == "--work-dir" && has_out) {
      ours.push_back("--out" + joined);
    } else if (name == "--config" && has_config) {
      std::string file = joined.empty() ? "" : joined.substr(1);
      if (joined.empty() && i + 1 < arguments.size()) file = arguments[++i];
      if (file.empty()) throw InputError("--config expects a file");
      ours.insert(ours.begin(), file);
    } else {
      ours.push_back(token);
    }
  }
  return ours;
}

size_t Options::values_of(const std::string& token) const {
  const Entry* entry = token.starts_with("--") ? find(token.substr(2)) : nullptr;
  if (!entry || entry->word.empty()) return 0;
  return 1 + static_cast<size_t>(std::count(entry->word.begin(), entry->word.end(), ' '));
}

InputError Options::unknown(const std::string& token) const {
  std::vector<std::string> names;
  for (const Entry& entry : options_) names.push_back(entry.name);
  const std::string name = token.substr(std::min(token.size(), token.find_first_not_of('-')));
  const std::string path = path_called(name);
  return InputError(cat("unknown option '", token, "'"), {},
                    did_you_mean(name, names,
                                 path.empty() ? cat("see ", command_, " --help")
                                              : cat("did you mean '--set ", path, "=VALUE'?"),
                                 "--"));
}

void Options::take(Entry& entry, const std::string& text, const std::string& shown) {
  if (entry.given && !entry.word.empty() && !is_list(entry.target)) {
    throw InputError(cat(shown, " is given twice"));
  }
  entry.given = true;
  auto number = [&](auto& target, const char* kind) {
    if (!parse_number(text, target)) {
      throw InputError(cat(shown, ": expected ", kind, ", found '", text, "'"));
    }
  };
  struct Taker {
    const std::string& text;
    decltype(number)& parse;
    void operator()(bool* target) const { *target = true; }
    void operator()(int64_t* target) const { parse(*target, "an integer"); }
    void operator()(double* target) const { parse(*target, "a number"); }
    void operator()(std::string* target) const { *target = text; }
    void operator()(std::optional<std::string>* target) const { *target = text; }
    void operator()(std::optional<int64_t>* target) const {
      parse(target->emplace(), "an integer");
    }
    void operator()(std::vector<std::string>* target) const { target->push_back(text); }
  };
  std::visit(Taker{text, number}, entry.target);
}

void Options::take_arguments(const std::vector<std::string>& values) {
  size_t next = 0;
  for (Entry& argument : arguments_) {
    size_t before = next;
    while (next < values.size() && (next == before || is_list(argument.target))) {
      take(argument, values[next++], argument.name);
    }
    if (next == before && !may_be_absent(argument)) {
      throw InputError(cat(argument.name, " is missing (", argument.sentence, ")"), {},
                       cat("usage: ", usage()));
    }
  }
  if (next < values.size()) {
    throw InputError(cat("unexpected argument '", values[next], "'"), {}, cat("usage: ", usage()));
  }
}

bool Options::parse(const std::vector<std::string>& arguments) {
  po::options_description described;
  for (const Entry& entry : options_) {
    // Boost tells the long name from the one letter by a comma.
    std::string names = entry.name == "help" ? "help,h" : entry.name;
    if (entry.word.empty()) {
      described.add_options()(names.c_str(), "");
    } else {
      described.add_options()(names.c_str(), po::value<std::string>(), "");
    }
  }
  std::vector<std::string> tokens = translated(arguments), values;
  try {
    // Boost takes the beginning of a name for the name unless it is told not to.
    int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::parsed_options parsed =
        po::command_line_parser(tokens).options(described).style(style).run();
    for (const po::option& option : parsed.options) {
      if (option.string_key.empty()) {
        values.insert(values.end(), option.value.begin(), option.value.end());
        continue;
      }
      auto entry = std::find_if(options_.begin(), options_.end(),
                                [&](const Entry& e) { return e.name == option.string_key; });
      take(*entry, option.value.empty() ? "" : option.value[0], "--" + entry->name);
      if (entry->name == "set") overrides_.emplace_back(sets_.back());
      if (entry->name == "seed") overrides_.emplace_back(cat("run.seed=", *seed_), "--seed");
      if (entry->name == "device") {
        overrides_.emplace_back(cat("run.device=", Value(device_).toml()), "--device");
      }
    }
  } catch (const po::unknown_option& error) {
    // Boost names the first letter alone where somebody wrote one dash for two.
    std::string name = error.get_option_name();
    auto whole = std::find_if(tokens.begin(), tokens.end(),
                              [&](const std::string& token) { return token.starts_with(name); });
    throw unknown(whole == tokens.end() ? name : whole->substr(0, whole->find('=')));
  } catch (const po::error& error) {
    throw InputError(error.what(), {}, cat("see ", command_, " --help"));
  }
  if (help_) {
    show(help());
    return false;
  }
  set_log_level(!level_.empty() ? level_named(level_) : quiet_ ? LogLevel::warn : LogLevel::info);
  take_arguments(values);
  for (const Entry& entry : options_) {
    if (entry.required && !entry.given) {
      throw InputError(cat("--", entry.name, " is missing (", entry.sentence, ")"), {},
                       cat("usage: ", usage()));
    }
  }
  return true;
}

std::string Options::usage() const {
  std::string text = command_;
  for (const Entry& argument : arguments_) {
    std::string name = argument.name + (is_list(argument.target) ? "..." : "");
    text += may_be_absent(argument) ? cat(" [", name, "]") : " " + name;
  }
  for (const Entry& entry : options_) {
    if (entry.required) text += cat(" --", entry.name, " ", entry.word);
  }
  return text + " [OPTIONS]";
}

CommandHelp Options::help() const {
  CommandHelp help{command_, usage(), sentence_, {}, {}, {}, {}, examples_};
  for (const Entry& argument : arguments_)
    help.arguments.push_back({argument.name, "", argument.sentence, is_list(argument.target)});
  for (const Entry& entry : options_) {
    (entry.common ? help.common : help.options)
        .push_back({entry.name, entry.word, entry.sentence, is_list(entry.target)});
  }
  return help;
}

void print_columns(const std::vector<std::pair<std::string, std::string>>& rows) {
  size_t width = 0;
  for (const auto& [left, right] : rows) width = std::max(width, left.size());
  for (const auto& [left, right] : rows) {
    std::cout << "  " << left << std::string(width - left.size() + 2, ' ')
              << indented(right, std::string(width + 4, ' ')) << "\n";
  }
}

}  // namespace clipwork::cli

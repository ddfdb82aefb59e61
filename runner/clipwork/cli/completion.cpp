#include "cli/completion.h"

#include <clipwork/error.h>
#include <clipwork/text.h>

namespace clipwork::cli {
namespace {

/// What completes a value.
enum class Completed { files, folders, configs, levels, devices, nothing };

Completed completed_by(const std::string& word) {
  if (word == "LEVEL") return Completed::levels;
  if (word == "DEVICE") return Completed::devices;
  if (word == "DIR") return Completed::folders;
  for (const char* number :
       {"N", "S", "MB", "I/N", "N,N,..", "NAME,NAME", "SECONDS", "KEY=VALUE", "KIND"})
    if (word == number) return Completed::nothing;
  return Completed::files;
}

bool takes_configs(const CommandHelp& command) {
  for (const CommandHelp::Row& argument : command.arguments)
    if (argument.name == "CONFIG" || argument.name == "OTHER") return true;
  return false;
}

std::vector<CommandHelp::Row> all_options(const CommandHelp& command) {
  std::vector<CommandHelp::Row> all = command.options;
  all.insert(all.end(), command.common.begin(), command.common.end());
  return all;
}

/// "config show": the words after the program's name.
std::string words_after_program(const CommandHelp& command) {
  const size_t space = command.command.find(' ');
  return space == std::string::npos ? "" : command.command.substr(space + 1);
}

/// Text as a word of a shell.
std::string quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

/// A sentence on one line.
std::string one_line(std::string text) {
  for (char& c : text)
    if (c == '\n') c = ' ';
  return text;
}

constexpr const char* kBashEnd = R"sh(
  # The words before the cursor, with clipwork:NAME in one piece, which bash takes apart.
  local line="${COMP_LINE:0:COMP_POINT}" cur words=() command="clipwork" i
  read -ra words <<< "$line"
  if [[ "$line" == *[[:space:]] ]]; then cur=""; else cur="${words[-1]}"; unset 'words[-1]'; fi
  for ((i = 1; i < ${#words[@]}; ++i)); do
    local longer="$command ${words[i]}"
    [[ -v "verbs[$longer]" ]] || break
    command="$longer"
  done
  local previous="${words[-1]}" choice="files"
  if [[ -v "values[$command $previous]" ]]; then
    choice="${values[$command $previous]}"
  elif [[ "$cur" == -* ]]; then
    COMPREPLY=($(compgen -W "${options[$command]}" -- "$cur"))
    return
  elif [[ -n "${verbs[$command]}" ]]; then
    COMPREPLY=($(compgen -W "${verbs[$command]}" -- "$cur"))
    return
  elif [[ -n "${takes_config[$command]}" ]]; then
    choice="configs"
  fi
  case "$choice" in
    levels) COMPREPLY=($(compgen -W "error warn info debug" -- "$cur")) ;;
    devices) COMPREPLY=($(compgen -W "cpu cuda:0" -- "$cur")) ;;
    folders) compopt -o filenames 2> /dev/null; COMPREPLY=($(compgen -d -- "$cur")) ;;
    configs)
      compopt -o filenames 2> /dev/null
      COMPREPLY=($(compgen -W "$configs" -- "$cur") $(compgen -f -- "$cur")) ;;
    nothing) COMPREPLY=() ;;
    *) compopt -o filenames 2> /dev/null; COMPREPLY=($(compgen -f -- "$cur")) ;;
  esac
  # What bash already has in front of a colon must not come again.
  if [[ "$cur" == *:* && "$COMP_WORDBREAKS" == *:* ]]; then
    COMPREPLY=("${COMPREPLY[@]#"${cur%:*}:"}")
  fi
}
complete -F _clipwork clipwork
)sh";

const char* name_of(Completed completed) {
  constexpr const char* kNames[] = {"files", "folders", "configs", "levels", "devices", "nothing"};
  return kNames[static_cast<size_t>(completed)];
}

std::string bash_script(const std::vector<CommandHelp>& commands,
                        const std::vector<std::string>& configs) {
  std::string script =
      "# Completion of clipwork for bash, made by `clipwork completion bash`.\n"
      "_clipwork() {\n  local -A verbs options takes_config values\n";
  for (const CommandHelp& command : commands) {
    const std::string& key = command.command;
    auto set = [&](const char* array, const std::string& at, const std::string& value) {
      script += cat("  ", array, "[", quoted(at), "]=", quoted(value), "\n");
    };
    set("verbs", key,
        join(
            command.verbs, [](const auto& row) { return row.name; }, " "));
    set("options", key,
        command.verbs.empty()
            ? join(
                  all_options(command), [](const auto& row) { return "--" + row.name; }, " ")
            : "--help");
    if (takes_configs(command)) set("takes_config", key, "yes");
    for (const CommandHelp::Row& option : all_options(command)) {
      if (option.word.empty()) continue;
      set("values", cat(key, " --", option.name), name_of(completed_by(option.word)));
    }
  }
  return cat(script, "  local configs=", quoted(join(configs, " ")), kBashEnd);
}

/// Text inside the brackets of _arguments.
std::string zsh_text(const std::string& text) {
  std::string shown;
  for (const char c : one_line(text)) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') shown += '\\';
    shown += c;
  }
  return shown;
}

const char* zsh_action(Completed completed) {
  switch (completed) {
    case Completed::folders:
      return "_files -/";
    case Completed::configs:
      return "_clipwork_configs";
    case Completed::levels:
      return "(error warn info debug)";
    case Completed::devices:
      return "(cpu cuda\\:0)";
    case Completed::nothing:
      return " ";
    case Completed::files:
      break;
  }
  return "_files";
}

std::string zsh_script(const std::vector<CommandHelp>& commands,
                       const std::vector<std::string>& configs) {
  std::string script =
      "#compdef clipwork\n# Completion of clipwork for zsh, made by `clipwork completion zsh`.\n"
      "_clipwork_configs() {\n  local -a configs=(";
  script += join(configs, quoted, " ");
  script +=
      ")\n  _alternative 'configs:config:compadd -a configs' 'files:file:_files'\n}\n"
      "_clipwork() {\n  local command=\"\" longer\n  local -i i\n"
      "  for ((i = 2; i < CURRENT; ++i)); do\n"
      "    longer=\"${command:+$command }${words[i]}\"\n"
      "    case \"$longer\" in\n";
  std::vector<std::string> names;
  for (const CommandHelp& command : commands) {
    if (const std::string key = words_after_program(command); !key.empty())
      names.push_back(quoted(key));
  }
  script += cat("      ", join(names, "|"),
                ") command=\"$longer\" ;;\n      *) break ;;\n    esac\n  done\n"
                "  case \"$command\" in\n");
  for (const CommandHelp& command : commands) {
    script += cat("    ", quoted(words_after_program(command)), ")\n");
    if (!command.verbs.empty()) {
      script += "      local -a verbs=(";
      for (const CommandHelp::Row& verb : command.verbs)
        script += cat(" ", quoted(cat(verb.name, ":", one_line(verb.sentence))));
      script += " )\n      _describe verb verbs ;;\n";
      continue;
    }
    script += "      _arguments";
    for (const CommandHelp::Row& option : all_options(command)) {
      std::string spec =
          cat(option.is_list ? "*" : "", "--", option.name, "[", zsh_text(option.sentence), "]");
      if (!option.word.empty()) {
        spec += cat(":", zsh_text(option.word), ":", zsh_action(completed_by(option.word)));
      }
      script += cat(" \\\n        ", quoted(spec));
    }
    script +=
        cat(" \\\n        '*:argument:",
            zsh_action(takes_configs(command) ? Completed::configs : Completed::files), "' ;;\n");
  }
  // Installed, the file is the function; sourced, it announces it.
  return script +
         "  esac\n}\n"
         "if [ \"$funcstack[1]\" = _clipwork ]; then _clipwork \"$@\"; else compdef _clipwork "
         "clipwork; fi\n";
}

std::string fish_script(const std::vector<CommandHelp>& commands,
                        const std::vector<std::string>& configs) {
  std::string script =
      "# Completion of clipwork for fish, made by `clipwork completion fish`.\n"
      "function __clipwork_command\n  set -l words (commandline -opc)[2..]\n"
      "  set -l command\n  for word in $words\n    switch \"$command $word\"\n";
  std::vector<std::string> names;
  for (const CommandHelp& command : commands) {
    if (const std::string key = words_after_program(command); !key.empty())
      names.push_back(quoted(" " + key));
  }
  script += cat("      case ", join(names, " "),
                "\n        set command \"$command $word\"\n      case '*'\n        break\n    end\n"
                "  end\n  string trim -- \"$command\"\nend\n");
  for (const CommandHelp& command : commands) {
    const std::string line = cat("complete -c clipwork -n \"test (__clipwork_command) = ",
                                 quoted(words_after_program(command)), "\"");
    for (const CommandHelp::Row& verb : command.verbs) {
      script += cat(line, " -f -a ", verb.name, " -d ", quoted(one_line(verb.sentence)), "\n");
    }
    if (!command.verbs.empty()) continue;
    if (takes_configs(command)) script += cat(line, " -a ", quoted(join(configs, " ")), "\n");
    for (const CommandHelp::Row& option : all_options(command)) {
      std::string values;
      if (!option.word.empty()) {
        switch (completed_by(option.word)) {
          case Completed::levels:
            values = " -x -a 'error warn info debug'";
            break;
          case Completed::devices:
            values = " -x -a 'cpu cuda:0'";
            break;
          case Completed::folders:
            values = " -x -a '(__fish_complete_directories)'";
            break;
          case Completed::nothing:
            values = " -x";
            break;
          default:
            values = " -r";
        }
      }
      script +=
          cat(line, " -l ", option.name, values, " -d ", quoted(one_line(option.sentence)), "\n");
    }
  }
  return script;
}

}  // namespace

std::string completion_script(Shell shell, const std::vector<CommandHelp>& commands,
                              const std::vector<std::string>& configs) {
  if (shell == Shell::zsh) return zsh_script(commands, configs);
  if (shell == Shell::fish) return fish_script(commands, configs);
  return bash_script(commands, configs);
}

}  // namespace clipwork::cli

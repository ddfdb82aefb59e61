#include "cli/verb.h"

#include <clipwork/error.h>
#include <clipwork/suggestion.h>
#include <clipwork/text.h>

#include "cli/command_help.h"

namespace clipwork::cli {

int dispatch(const VerbGroup& group, const std::vector<std::string>& arguments) {
  std::vector<std::string> names;
  for (const Verb& verb : group.verbs) names.push_back(verb.name);
  if (arguments.empty()) {
    throw InputError(cat(group.command, " needs a verb: ", join(names)), {},
                     cat("see ", group.command, " --help"));
  }
  const std::string& word = arguments[0];
  if (word == "--help" || word == "-h") {
    CommandHelp help{
        group.command, group.command + " VERB [OPTIONS]", group.sentence, {}, {}, {}, {},
        group.examples};
    for (const Verb& verb : group.verbs) help.verbs.push_back({verb.name, "", verb.sentence});
    show(help);
    return 0;
  }
  for (const Verb& verb : group.verbs) {
    if (word == verb.name) return verb.run({arguments.begin() + 1, arguments.end()});
  }
  if (word.starts_with('-')) {
    throw InputError(cat("expected a verb, found '", word, "'"), {},
                     cat("options follow the verb: ", group.command, " VERB [OPTIONS]"));
  }
  throw InputError(
      cat("unknown verb '", word, "'"), {},
      did_you_mean(word, names, cat("see ", group.command, " --help"), group.command + " "));
}

}  // namespace clipwork::cli

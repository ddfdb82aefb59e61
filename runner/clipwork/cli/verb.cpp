#include "cli/verb.h"

#include <clipwork/error.h>
#include <clipwork/suggestion.h>
#include <clipwork/text.h>

#include <iostream>

#include "cli/options.h"

namespace clipwork::cli {

int dispatch(const VerbGroup& group, const std::vector<std::string>& arguments) {
  std::vector<std::string> names;
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Verb& verb : group.verbs) {
    names.push_back(verb.name);
    rows.emplace_back(verb.name, verb.sentence);
  }
  if (arguments.empty()) {
    throw InputError(cat(group.command, " needs a verb: ", join(names)), {},
                     cat("see ", group.command, " --help"));
  }
  const std::string& word = arguments[0];
  if (word == "--help" || word == "-h") {
    std::cout << "usage: " << group.command << " VERB [OPTIONS]\n\n"
              << group.sentence << "\n\nverbs:\n";
    print_columns(rows);
    std::cout << "\n" << group.command << " VERB --help explains a verb.\n";
    print_examples(group.examples);
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

// The verbs of the program, in the order of its help.

#include "verb.h"

namespace clipwork::cli {

int run_config(const std::vector<std::string>& arguments);

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all = {
      {"config", "shows, checks and compares configs", run_config},
  };
  return all;
}

}  // namespace clipwork::cli

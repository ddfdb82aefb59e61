// The verbs of the program, in the order of its help.

#include "verb.h"

namespace clipwork::cli {

int run_bench(const std::vector<std::string>& arguments);
int run_config(const std::vector<std::string>& arguments);

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all = {
      {"bench", "measures what a frame costs", run_bench},
      {"config", "shows, checks and compares configs", run_config},
  };
  return all;
}

}  // namespace clipwork::cli

// The verbs of the program, in the order of its help.

#include "verb.h"

namespace clipwork::cli {

int run_config(const std::vector<std::string>& arguments);
int run_weights(const std::vector<std::string>& arguments);

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all = {
      {"config", "shows, checks and compares configs", run_config},
      {"weights", "lists, compares and converts checkpoints", run_weights},
  };
  return all;
}

}  // namespace clipwork::cli

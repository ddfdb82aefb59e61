// The verbs of the program, in the order of its help.

#include "verb.h"

namespace clipwork::cli {

int run_run(const std::vector<std::string>& arguments);
int run_config(const std::vector<std::string>& arguments);

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all = {
      {"run", "finds, masks and tracks the objects of a video", run_run},
      {"config", "shows, checks and compares configs", run_config},
  };
  return all;
}

}  // namespace clipwork::cli

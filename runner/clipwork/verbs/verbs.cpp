// The verbs of the program, in the order of its help.

#include "cli/verb.h"

namespace clipwork::cli {

int run_run(const std::vector<std::string>& arguments);
int run_eval(const std::vector<std::string>& arguments);
int run_bench(const std::vector<std::string>& arguments);
int run_config(const std::vector<std::string>& arguments);
int run_dataset(const std::vector<std::string>& arguments);
int run_doctor(const std::vector<std::string>& arguments);
int run_inspect(const std::vector<std::string>& arguments);
int run_plot(const std::vector<std::string>& arguments);
int run_plugins(const std::vector<std::string>& arguments);
int run_train(const std::vector<std::string>& arguments);
int run_weights(const std::vector<std::string>& arguments);

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all = {
      {"run", "detects, segments and tracks the objects in a video", run_run},
      {"eval", "scores results against ground truth", run_eval},
      {"train", "trains a model, or resumes a training", run_train},
      {"bench", "measures the cost per frame", run_bench},
      {"config", "shows, checks and compares configs", run_config},
      {"dataset", "generates, checks, splits and converts data sets", run_dataset},
      {"plot", "plots training curves", run_plot},
      {"inspect", "shows components, their parameters, and plugin files", run_inspect},
      {"plugins", "lists plugins", run_plugins},
      {"doctor", "checks this installation", run_doctor},
      {"weights", "lists, compares and converts checkpoints", run_weights},
  };
  return all;
}

}  // namespace clipwork::cli

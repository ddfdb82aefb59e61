// Clipwork from C++: a model over a data set, and its scores.
// Usage: evaluate_dataset CONFIG WEIGHTS OUT [KEY=VALUE...]
// The config's [data.eval] names the data set; finished videos in OUT are not run again.
#include <clipwork/host/config.h>
#include <clipwork/host/registry.h>
#include <clipwork/runs/dataset_run.h>

#include <iostream>

int main(int argc, char** argv) try {
  if (argc < 4) {
    throw clipwork::InputError("usage: evaluate_dataset CONFIG WEIGHTS OUT [KEY=VALUE...]");
  }
  clipwork::Registry::instance().load_search_path();
  std::vector<clipwork::Override> changes(argv + 4, argv + argc);
  changes.emplace_back("weights.file=" + clipwork::Value(argv[2]).toml());

  clipwork::runs::DatasetRunRequest request;
  request.config = argv[1];
  request.out = argv[3];
  request.score.tracking = true;
  clipwork::runs::DatasetRun run(request, clipwork::load_config(argv[1], changes));
  const clipwork::runs::DatasetRunReport report = run.run();

  std::cout << report.finished << " of " << report.videos << " videos\n";
  if (!report.incomplete.empty()) std::cout << "incomplete: " << report.incomplete << "\n";
  if (!report.scores) return 1;
  for (const char* name : {"AP", "AP50", "AR10"}) {
    std::cout << name << " "
              << 100 * *clipwork::runs::measure(report.scores->evaluation.stats, name) << "\n";
  }
} catch (const clipwork::Error& error) {
  std::cerr << error.what() << "\n";
  return static_cast<int>(error.code());
}
